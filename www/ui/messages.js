// @ts-check
// What the reader is told, by error code: what happened, and what to do about it.

import { MESSAGES_JA, OTHERS_JA } from './messages-ja.js';

/** @typedef {import('../client/index.js').OsusumeErrorClass} Class */
/** @typedef {import('../client/index.js').OsusumeErrorCode} Code */

const RELOAD = 'Reload the page.';
const UPLOAD = 'If this is your site: upload the release again, every file of it, then reload.';

/** @type {Map<string, [what: string, todo: string]>} */
const MESSAGES = new Map([
  ['network', ['A file could not be fetched.', 'Check the connection and try again. If this is your site and its release lies on another origin: that server must send Access-Control-Allow-Origin.']],
  ['http_status', ['The server did not hand out the release.', 'Try again later. If this is your site: check that the folder lies where the page’s osusume-manifest tag says.']],
  ['file_missing', ['A file of the release is not on the server.', 'If this is your site: upload every file of the release to where the page’s osusume-manifest tag says, then reload.']],
  ['integrity', ['A file arrived damaged and was not used.', `Try again. ${UPLOAD}`]],
  ['blob_truncated', ['A file broke off half way.', `Try again. ${UPLOAD}`]],
  ['blob_length', ['A file is longer than it should be and was not used.', UPLOAD]],
  ['blob_magic', ['The server sent something else in place of the data, an error page perhaps.', UPLOAD]],
  ['blob_version', ['The release is of another format than this page reads.', `${RELOAD} If this is your site: update the page’s files together with the release.`]],
  ['blob_kind', ['A file of the release lies in the place of another.', UPLOAD]],
  ['blob_shape', ['The vectors are of an impossible size.', UPLOAD]],
  ['blob_rows', ['The vectors do not fit the catalogue.', UPLOAD]],
  ['blob_value', ['The vectors hold values that are no numbers.', 'If this is your site: build the release again.']],
  ['catalogue_invalid', ['The catalogue cannot be read.', UPLOAD]],
  ['text_invalid', ['The words of this catalogue cannot be read.', UPLOAD]],
  ['text_unknown', ['None of these words is known here.', 'Say it in other words, in English.']],
  ['text_too_long', ['This text is too long.', 'Use its first words; 400 characters may be sent.']],
  ['no_text_encoder', ['This catalogue answers titles only.', 'Type a title above.']],
  ['manifest_invalid', ['The release’s manifest cannot be read.', 'If this is your site: check that osusume-manifest leads to a manifest.json and not to a web page.']],
  ['release_changed', ['The catalogue was updated while it was loading.', RELOAD]],
  ['signature_missing', ['The release is not signed, so it was not used.', 'If this is your site: sign its manifest.json with minisign -S -l and upload manifest.json.minisig beside it.']],
  ['signature_invalid', ['The release is not what its owner signed, so it was not used.', 'If this is your site: sign the manifest.json that is on the server; if you did, somebody has changed it.']],
  ['release_older', ['The server has an older release than this page takes, so it was not used.', UPLOAD]],
  ['profile_invalid', ['This is no list that can be read.', 'Choose the XML export of MyAnimeList or the JSON of AniList, as it was downloaded.']],
  ['profile_too_large', ['This list is too long.', 'A list may have 32 MiB.']],
  ['unknown_id', ['This catalogue has no show with that id.', 'Type a title above.']],
  ['unknown_title', ['This catalogue has no show of that name.', 'Try a part of the title, or its Japanese or English name.']],
  ['ambiguous_title', ['Several shows have that name.', 'Choose one from the suggestions.']],
  ['unknown_model', ['This release has no model for this list.', 'If this is your site: add the model to the release.']],
  ['no_map', ['This release has no map.', 'If this is your site: osusume map adds one.']],
  ['wasm_missing', ['The ranking engine is not on the server.', 'If this is your site: upload the whole client folder, wasm included.']],
  ['wasm_invalid', ['The server sent something else in place of the ranking engine.', `${RELOAD} If this is your site: upload the whole client folder again.`]],
  ['wasm_blocked', ['This site’s security policy forbids WebAssembly.', 'If this is your site: add ‘wasm-unsafe-eval’ to script-src in its Content-Security-Policy.']],
  ['worker_lost', ['The browser has ended the ranking engine, for want of memory perhaps.', RELOAD]],
  ['unsupported', ['This browser lacks something that the ranking engine needs.', 'Use a browser of 2023 or later.']],
  ['out_of_memory', ['This device has no memory left for the vectors.', 'Close other pages, then reload.']],
  ['wasm_unsupported', ['This browser cannot run the ranking engine.', 'Use a browser of 2023 or later, with WebAssembly switched on.']],
]);

/** What is told of a code without a sentence of its own, by class. @type {Record<Class, [what: string, todo: string]>} */
const OTHERS = {
  caller: ['Something broke that should not have.', RELOAD], // the page asks, so the page is wrong
  notReady: ['The server is not ready yet.', 'Try again in a moment.'],
  fault: ['Something broke that should not have.', RELOAD],
};

/** Codes after which the same call may well succeed. @type {Set<Code>} */
const RETRY = new Set(['network', 'http_status', 'file_missing', 'integrity', 'blob_truncated', 'blob_length', 'blob_magic']);

/**
 * Returns what to tell the reader about `error`; `detail` is for whoever runs the site.
 * @param {unknown} error @param {string} [language]
 */
export function messageFor(error, language = 'en') {
  const { code = 'internal', class: kind, message = String(error) } = Object(error);
  const [messages, others] = language === 'ja' ? [MESSAGES_JA, OTHERS_JA] : [MESSAGES, OTHERS];
  const own = messages.get(code);
  /** @type {Class} */
  const group = kind === 'caller' || kind === 'notReady' ? kind : 'fault';
  const [what, todo] = own ?? others[group];
  return { code: String(code), what, todo, detail: `${code}: ${message}`, retry: RETRY.has(code) || (!own && group === 'notReady') };
}

/** Codes with a sentence of their own. */
export const KNOWN_CODES = [...MESSAGES.keys()];
