// @ts-check
// What the reader is told in Japanese, by error code. The codes and the detail line are the same in every language.

const RELOAD = 'ページを再読み込みしてください。';
const UPLOAD = 'サイトの管理者の方へ：リリースのファイルをすべて置き直して、再読み込みしてください。';

/** @type {Map<string, [what: string, todo: string]>} */
export const MESSAGES_JA = new Map([
  ['network', ['ファイルを取得できませんでした。', '接続を確かめて、もう一度お試しください。サイトの管理者の方へ：リリースが別のオリジンにある場合、そのサーバーは Access-Control-Allow-Origin を送る必要があります。']],
  ['http_status', ['サーバーがリリースを渡しませんでした。', 'しばらくしてからもう一度お試しください。サイトの管理者の方へ：osusume-manifest の示す場所にフォルダーがあるか確かめてください。']],
  ['file_missing', ['リリースのファイルがサーバーにありません。', 'サイトの管理者の方へ：osusume-manifest の示す場所にリリースのファイルをすべて置いて、再読み込みしてください。']],
  ['integrity', ['ファイルが壊れて届いたため、使いませんでした。', `もう一度お試しください。${UPLOAD}`]],
  ['blob_truncated', ['ファイルが途中で切れました。', `もう一度お試しください。${UPLOAD}`]],
  ['blob_length', ['ファイルが長すぎるため、使いませんでした。', UPLOAD]],
  ['blob_magic', ['データの代わりに別のもの（エラーページなど）が届きました。', UPLOAD]],
  ['blob_version', ['リリースの形式がこのページの読めるものと違います。', `${RELOAD}サイトの管理者の方へ：ページのファイルもリリースと一緒に更新してください。`]],
  ['blob_kind', ['リリースのファイルが別のファイルの場所にあります。', UPLOAD]],
  ['blob_shape', ['ベクトルの大きさがありえない値です。', UPLOAD]],
  ['blob_rows', ['ベクトルがカタログと合いません。', UPLOAD]],
  ['blob_value', ['ベクトルに数でない値があります。', 'サイトの管理者の方へ：リリースを作り直してください。']],
  ['catalogue_invalid', ['カタログを読めません。', UPLOAD]],
  ['text_invalid', ['このカタログの言葉を読めませんでした。', UPLOAD]],
  ['text_unknown', ['知っている言葉がありませんでした。', '別の言葉（英語）でお試しください。']],
  ['text_too_long', ['文章が長すぎます。', '最初の400文字までにしてください。']],
  ['no_text_encoder', ['このカタログはタイトルだけに答えます。', '上の欄にタイトルを入力してください。']],
  ['manifest_invalid', ['リリースのマニフェストを読めません。', 'サイトの管理者の方へ：osusume-manifest がウェブページではなく manifest.json を指しているか確かめてください。']],
  ['release_changed', ['読み込み中にカタログが更新されました。', RELOAD]],
  ['signature_missing', ['リリースに署名がないため、使いませんでした。', 'サイトの管理者の方へ：manifest.json に minisign -S -l で署名し、manifest.json.minisig を隣に置いてください。']],
  ['signature_invalid', ['リリースが署名されたものと違うため、使いませんでした。', 'サイトの管理者の方へ：サーバーにある manifest.json に署名してください。署名済みなら、誰かに書き換えられています。']],
  ['release_older', ['サーバーのリリースが古いため、使いませんでした。', UPLOAD]],
  ['profile_invalid', ['このリストは読めません。', 'MyAnimeListのXMLかAniListのJSONを、ダウンロードしたまま選んでください。']],
  ['profile_too_large', ['リストが長すぎます。', '32 MiBまで読めます。']],
  ['unknown_id', ['この番号の作品はカタログにありません。', '上にタイトルを入力してください。']],
  ['unknown_title', ['この名前の作品はカタログにありません。', 'タイトルの一部や、日本語名・英語名でも試してください。']],
  ['ambiguous_title', ['同じ名前の作品がいくつかあります。', '候補から選んでください。']],
  ['unknown_model', ['このリリースには、この一覧のモデルがありません。', 'サイトの管理者の方へ：リリースにモデルを加えてください。']],
  ['no_map', ['このリリースに地図はありません。', 'サイトの管理者の方へ：osusume map で追加できます。']],
  ['wasm_missing', ['順位付けエンジンがサーバーにありません。', 'サイトの管理者の方へ：clientフォルダーをwasmも含めてすべて置いてください。']],
  ['wasm_invalid', ['順位付けエンジンの代わりに別のものが届きました。', `${RELOAD}サイトの管理者の方へ：clientフォルダーを置き直してください。`]],
  ['wasm_blocked', ['このサイトのセキュリティーポリシーがWebAssemblyを禁じています。', 'サイトの管理者の方へ：Content-Security-Policyのscript-srcに‘wasm-unsafe-eval’を加えてください。']],
  ['worker_lost', ['メモリー不足などのため、ブラウザーが順位付けエンジンを終了しました。', RELOAD]],
  ['unsupported', ['このブラウザーには必要な機能がありません。', '2023年以降のブラウザーをお使いください。']],
  ['out_of_memory', ['この端末にはベクトルを置くメモリーが残っていません。', '他のページを閉じて、再読み込みしてください。']],
  ['wasm_unsupported', ['このブラウザーでは順位付けエンジンが動きません。', 'WebAssemblyを有効にした、2023年以降のブラウザーをお使いください。']],
]);

/** What is told of a code without a sentence of its own, by class. @type {Record<import('../client/index.js').OsusumeErrorClass, [what: string, todo: string]>} */
export const OTHERS_JA = {
  caller: ['起きるはずのないことが起きました。', RELOAD],
  notReady: ['サーバーの準備ができていません。', 'しばらくしてからもう一度お試しください。'],
  fault: ['起きるはずのないことが起きました。', RELOAD],
};
