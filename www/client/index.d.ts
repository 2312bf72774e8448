/**
 * A recommender that runs where your page runs: `open` a release, ask, show.
 *
 * ```js
 * import { open } from 'osusume';
 * const shop = await open('/embeddings/manifest.json');
 * const { items } = await shop.recommend({ liked: [1, 5], limit: 3 });
 * ```
 *
 * @packageDocumentation
 */

/** The id of an item: its number or, if the catalogue has text ids, that text (`key`). Never a BigInt. */
export type Id = number | string;

/** An item and how much it counts. */
export interface Weighted {
  id: Id;
  /** Above 0 and at most 1000; 1, as a plain id counts, unless told. */
  weight?: number;
}

/** Bytes of one file so far. `total` is what the manifest promises. */
export interface Progress {
  file: string;
  kind: 'catalogue' | 'titles' | 'model' | 'residual' | 'neighbours' | 'map' | 'images';
  /** Which model the file belongs to; absent for the catalogue, the titles, the map and the images. */
  model?: string;
  loaded: number;
  total: number;
}

/**
 * A remark of {@link OpenOptions.onWarning}: the client goes on in another way.
 *
 * | code | meaning |
 * | --- | --- |
 * | `worker_blocked` | no worker could start, so the page's own thread ranks |
 * | `cache_refused` | the browser keeps nothing for this page (private mode, blocked storage): it works online only |
 * | `cache_full` | there is no room to keep the release: it works online only |
 * | `unverified` | the page did not come over HTTPS, so there is no WebCrypto: hashes are not checked and nothing is kept |
 * | `offline` | the server of the release did not answer; the release kept on this device answers |
 * | `http_fallback` | WebAssembly cannot run here; the server named by `fallback` answers |
 */
export interface ClientWarning {
  code: 'worker_blocked' | 'cache_refused' | 'cache_full' | 'unverified' | 'offline' | 'http_fallback';
  /** The meaning, and what to do about it, if the code alone does not say it. */
  message?: string;
  /** With `http_fallback`: the code of the error that prevented WebAssembly. */
  cause?: string;
}

/** A remark about an answer. Its `code` says which other fields it has. */
export type Warning =
  /** The release does not have these ids of `liked`, `disliked` or `only`. The answer uses the others. */
  | { code: 'unknown_ids'; ids: Id[] }
  /** The text is longer than 400 characters. The answer uses the first `used` of them. */
  | { code: 'text_cut'; used: number }
  /** The requested model covers none of the liked items. Another model answered. */
  | { code: 'model_fallback'; asked: string; used: string }
  /** The model does not cover some of the items. The answer uses the others. */
  | { code: 'partly_covered'; model: string; missing: number[] }
  /** Fewer items match than were requested. */
  | { code: 'few_matches'; asked: number; found: number }
  /** Nothing was liked: the answer is a start list for newcomers. */
  | { code: 'start_list' }
  /** The text encoder does not know these words. The answer uses the others. */
  | { code: 'unknown_words'; words: string[] }
  /** The text is the title of these items. The visitor may want the items themselves. */
  | { code: 'is_title'; ids: number[] };

/** As much of a `Worker` as the client uses. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
}

export interface OpenOptions {
  /** Models to load at once, in this order. All of the manifest's, the default one first, unless told; others load when first asked. */
  models?: string[];
  /**
   * Rank in a worker, so that the page never waits. True unless told; where no worker can start, the page's own thread
   * does it in short slices, with the warning `worker_blocked`. A function starts the worker itself, for a bundler that
   * does not find it: `() => new Worker(new URL('osusume/worker.js', import.meta.url), { type: 'module' })`.
   */
  worker?: boolean | (() => WorkerLike);
  /** Where the wasm module lies, if not where this package has it: the address that a bundler gave `osusume/osusume_bg.wasm`, say. */
  wasm?: string | URL;
  /** Address of a server that answers where WebAssembly cannot run: `https://api.example`, without `/v1`. Its answers are the same. */
  fallback?: string | URL;
  /**
   * Keep the release on this device, and answer from there when its server cannot be reached. True unless told, where the
   * browser has Cache Storage (HTTPS or localhost). A new release takes the place of the old one only once it is whole.
   */
  cache?: boolean;
  /**
   * Also fetch, before all else, what the release has for first answers: the titles and neighbour lists of the default
   * model, a tenth of the whole. `open` then resolves when they are here, and calls that say `preliminary` are
   * answered from them until the rest has come. False unless told; a page that opens with one item's neighbours wants it.
   */
  preliminary?: boolean;
  /**
   * Takes only what the owner of this minisign key has signed, as `manifest.json.minisig` says: whoever can change files on
   * the server or CDN, but has not the secret key, can then change no recommendation. In Base64, 56 letters, `RW…`. Once a
   * signed release is kept on this device, one with an older signature is refused, and the kept one answers.
   */
  publicKey?: string;
  /** With `publicKey`: refuse a release signed before this, on a first visit too. */
  notBefore?: Date | number;
  /** Ends the opening and, later, everything: as `close()`, with the signal's reason. */
  signal?: AbortSignal;
  /** Called for every piece that arrives. */
  onProgress?: (progress: Progress) => void;
  /** Called when something goes another way than planned, see {@link ClientWarning}. Nothing is written to the console. */
  onWarning?: (warning: ClientWarning) => void;
  /** Used instead of `globalThis.fetch` for the release. A function cannot go to a worker, so this implies `worker: false`. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Ends this call with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Do not wait for the exact answer where the neighbour lists hold it: the items and their order are right, the scores are
   * relative to the best. Such an answer is marked `preliminary` and its items have no `fields`; ask again when `loaded()`
   * says so. An item has its id and main title alone. See {@link OpenOptions.preliminary}.
   */
  preliminary?: boolean;
  /** Told how many milliseconds the engine itself took: no download, no waiting for its turn. */
  onTime?: (ms: number) => void;
}

/**
 * The value of a field, by the field's type: a list for `tags`, a text for `category` and `text`, a number for `number`, a
 * day as `YYYY-MM-DD` for `date`.
 */
export type Value = string[] | string | number;

/** Known values by the name of a declared field. A field without a known value is absent. */
export type Values = Record<string, Value>;

/** An item of the catalogue. */
export interface Item {
  id: number;
  /** Its text id, if the catalogue has text ids. */
  key?: string;
  /** Main title. */
  title: string;
  /** The address of its page, if the catalogue has one. */
  url?: string;
  /** The address of a picture, if the release has one. The page must know whose it is, and whether it may show it. */
  image?: string;
  /** The known values of every declared field; titles in other languages are among them. */
  fields: Values;
}

/** The answer to `item`. */
export interface KnownItem extends Item {
  /** True while only its id and main title are here. */
  preliminary?: true;
  /** The loaded models that cover this item. */
  models: string[];
}

/** An item that a typed text may mean. */
export interface Found extends Item {
  /** The title, in any language, that matched; the main one if the id matched. */
  matched: string;
  /** The name of the field of that title, the catalogue's name for the main one, or `id`. */
  language: string;
  /** The parts of `matched` that match, as `matched.slice(start, end)` cuts them: ascending, apart. None if the id matched. */
  spans: [start: number, end: number][];
}

/** A condition on a field of tags or categories. Case does not matter. An item without a value meets `none` alone. */
export interface NameCondition {
  /** The item has at least one of these. */
  any?: string[];
  /** The item has all of these. */
  all?: string[];
  /** The item has none of these. */
  none?: string[];
  min?: never;
  max?: never;
}

/** A condition on a field of numbers or dates. An item without a value does not meet it. */
export interface RangeCondition {
  /** At least this: a number, or a date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
  min?: number | string;
  /** At most this. The last day of a year or a month counts. */
  max?: number | string;
  any?: never;
  all?: never;
  none?: never;
}

export type Condition = NameCondition | RangeCondition;

/** Everything in a request but the likes, the dislikes and the text. */
export interface Settings {
  /** The number of results, 1 to 1000; 10 by default. */
  limit?: number;
  /** A model's name, or several with their weights: `{ ncf: 0.7, synopsis: 0.3 }`. The release's default model by default. */
  model?: string | Record<string, number>;
  /**
   * Conditions by the name of a declared field (see {@link Info.fields}); a result meets all of them. They apply before the
   * selection: `limit` results come back whenever as many of the model's items pass.
   */
  filter?: Record<string, Condition>;
  /** Only these items may be results: those of a watch list, for instance. */
  only?: Id[];
  /** Items to leave out: those that the visitor has seen, for instance. Unknown ids are ignored. */
  exclude?: Id[];
  /** At most one result of each group (the field with the role `group`): one of each series, for instance. */
  collapse?: boolean;
  /** 0 favours popular items, 1 hidden gems. Without it popularity changes no score, unless the release's default question says so and no `model` is named. */
  niche?: number;
  /** 0 (the default) is the plain order, 1 avoids results that are like each other. */
  diversity?: number;
  /** Whether each result names the liked items and the models that speak for it. `limit` × (likes + dislikes) is at most 100,000. */
  explain?: boolean;
  /** The declared fields whose values come with each result. */
  fields?: string[];
}

/** A request. It has at most 10,000 ids; unknown keys are refused with `request_invalid`. */
export interface Request extends Settings {
  /**
   * Items to be like, plain or weighted. Without any (and without `text`) a start list for newcomers comes back. Unknown ids are
   * skipped with the warning `unknown_ids`; if none is known and there is no text, the call rejects with `unknown_id`.
   */
  liked?: (Id | Weighted)[];
  /** Items to be unlike. Neither these nor the liked ones come back. */
  disliked?: (Id | Weighted)[];
  /** A description in the visitor's own words, for a release with a text encoder; without one it is refused. */
  text?: string;
}

export interface SimilarOptions extends CallOptions, Settings {}

/** What carried a result: a liked item, or a word of `text`, and its part of the positive contributions (0 to 1). */
export type Because = { id: number; share: number } | { word: string; share: number };

export interface Recommended {
  id: number;
  /** Its text id, if the catalogue has text ids. */
  key?: string;
  /** Main title. */
  title: string;
  /** The address of its page, if the catalogue has one. */
  url?: string;
  /** The address of a picture, if the release has one. */
  image?: string;
  /** Comparable within one answer only. */
  score: number;
  /** With `fields`: the known values of the requested fields. */
  fields?: Values;
  /** With `explain`: at most ten reasons, the strongest first. */
  because?: Because[];
  /** With `explain`: what each model contributes to the score. */
  byModel?: Record<string, number>;
}

export interface Answer {
  /** Best first; equal scores in the catalogue's order. */
  items: Recommended[];
  /** The model that answered: not the one asked for when `warnings` has `model_fallback`. */
  model: string;
  release: string;
  /** True for an answer from neighbour lists, before the vectors are here. */
  preliminary?: true;
  warnings: Warning[];
}

/** A visitor's own list of shows, in the terms of a request. */
export interface Profile {
  /** Whose format it was: `MyAnimeList` or `AniList`. */
  source: string;
  /** Scores from the visitor's own mean on, and what was watched without a score. */
  liked: { id: number; weight: number }[];
  /** Scores below the mean, and what was dropped. */
  disliked: { id: number; weight: number }[];
  /** Everything but the planned: known already. */
  exclude: number[];
  /** What the visitor means to watch. */
  planned: number[];
  /** What this release does not have. */
  unknown: { id?: number; title?: string }[];
  counts: { entries: number; rated: number; liked: number; disliked: number; planned: number; unknown: number };
}

/** A model of the release. What is marked optional is absent where a server answers. */
export interface Model {
  name: string;
  loaded: boolean;
  metric?: string;
  dims?: number;
  rows?: number;
  /** Size of its file. */
  bytes?: number;
  /** The file of its text encoder, where it has one: then `text` may be asked for. */
  text?: string;
  /** Whether that is loaded; it is fetched by the first question with a `text`. */
  textLoaded?: boolean;
}

/** A purpose of a field: a title in another language, the item's page, a picture, how many people know it, its series, its date. */
export type Role = 'title' | 'url' | 'image' | 'popularity' | 'group' | 'published';

interface FieldOf<Type extends string> {
  /** Name in requests and answers. */
  name: string;
  type: Type;
  role?: Role;
}

/** Any number of names an item; `values` has every name, mostly the most frequent first. */
export interface TagsField extends FieldOf<'tags'> { values: string[] }
/** At most one name an item. */
export interface CategoryField extends FieldOf<'category'> { values: string[] }
/** A number; the bounds are the smallest and the largest known one. */
export interface NumberField extends FieldOf<'number'> { min?: number; max?: number }
/** A day; the bounds are the first and the last known one, as `YYYY-MM-DD`. */
export interface DateField extends FieldOf<'date'> { min?: string; max?: string }
/** A text, which no filter can name. */
export interface TextField extends FieldOf<'text'> {}

/** A declared field: its name, its type, its role, and the values that a filter may ask for. */
export type Field = TagsField | CategoryField | NumberField | DateField | TextField;

export interface Info {
  release: string;
  items: number;
  defaultModel: string;
  models: Model[];
  /**
   * The declared fields in the order of the catalogue, then the titles in other languages. With `preliminary`, and until the
   * catalogue is here, a field has its name, type and role alone.
   */
  fields: Field[];
  /** Whether there is a map to ask for. */
  map: boolean;
}

/**
 * Where each item of the catalogue lies in the plane: what is alike lies near each other, the axes mean nothing. The lists
 * have one entry for each item, in the same order, the popular ones first.
 */
export interface ItemMap {
  ids: Uint32Array;
  /** From the left edge, 0 to 65535. */
  x: Uint16Array;
  /** From the upper edge, on the same scale. */
  y: Uint16Array;
  /** Which of `names` the item is coloured by, counted from 1; 0 is none. */
  groups: Uint8Array;
  /** The tags that say best what is where. */
  names: string[];
}

/**
 * An opened release. Every method may reject with an {@link OsusumeError}, or with the reason of a signal that aborted.
 * Calls that can be answered are answered in the order of asking; one that needs a model still to arrive waits for it,
 * and keeps no other waiting.
 */
export interface Osusume {
  /** Who answers: the engine on this device, or the server that `fallback` named. */
  readonly backend: 'wasm' | 'http';
  /** Where the ranking runs. */
  readonly thread: 'worker' | 'main' | 'server';
  /**
   * Items that `text` may name, `limit` of them, 10 by default: by id; titles in any language that are the text, begin with
   * it, have its words or have it inside; then what is a few typos away. Popular ones first among equals. Case, accents,
   * width, punctuation and spaces do not count.
   */
  find(text: string, limit?: number, options?: CallOptions): Promise<Found[]>;
  /** Everything the catalogue says about one item. */
  item(id: Id, options?: CallOptions): Promise<KnownItem>;
  /** Several items in one call, in the order of the ids. Ids that the release does not have are left out. */
  items(ids: Id[], options?: CallOptions): Promise<Item[]>;
  /** The exact top n. Waits for the models it needs. */
  recommend(request: Request, options?: CallOptions): Promise<Answer>;
  /** The request with one liked item. */
  similar(id: Id, options?: SimilarOptions): Promise<Answer>;
  /** Reads MyAnimeList's XML export or AniList's JSON, plain or gzip, of at most 32 MiB. It stays on the device. Rejects with `profile_invalid`, `profile_too_large` or, where a server answers, `unsupported`. */
  importProfile(file: Blob | Uint8Array | string, options?: CallOptions): Promise<Profile>;
  info(options?: CallOptions): Promise<Info>;
  /** Where the items lie in the plane; fetched when first asked for. Rejects with `no_map` where the release has none (see `info`), and with `unsupported` where a server answers. */
  map(options?: CallOptions): Promise<ItemMap>;
  /** Settles when this model is loaded, or, without a name, all that `open` was told to load and, with `cache`, kept: then the whole release, its map included, unless `models` named some. */
  loaded(model?: string): Promise<void>;
  /** Frees everything. Calls under way reject with the code `closed`. */
  close(): void;
}

/**
 * An error, with a stable `code`, a `class`, and a message that says what to do; some codes carry more fields.
 *
 * | code | fields |
 * | --- | --- |
 * | `network`, `http_status`, `file_missing` | `url`, `status` |
 * | `model_not_loaded`, `text_not_loaded` | `model` |
 * | `wasm_unsupported` | `missing`: what the browser lacks |
 * | `wasm_blocked` | `csp`: what to add to the page's policy |
 * | `wasm_missing`, `wasm_invalid` | `url` |
 * | every code of a `fallback` server | `url`, `status`, `hint`, perhaps `candidates` |
 */
export class OsusumeError extends Error {
  constructor(code: OsusumeErrorCode, message: string, fields?: Record<string, unknown> & { class?: OsusumeErrorClass });
  readonly name: 'OsusumeError';
  readonly code: OsusumeErrorCode;
  readonly class: OsusumeErrorClass;
  [field: string]: unknown;
}

/**
 * Whose turn it is: the caller changes something, the same call may succeed later, or the release, the site or this
 * package is at fault.
 */
export type OsusumeErrorClass = 'caller' | 'notReady' | 'fault';

/** What went wrong; docs/ERRORS.md has the meaning of each code, its class and what to do. */
export type OsusumeErrorCode =
  // table of errors: begin
  | 'address_too_long'
  | 'ambiguous_title'
  | 'answer_too_large'
  | 'blob_kind'
  | 'blob_length'
  | 'blob_magic'
  | 'blob_rows'
  | 'blob_shape'
  | 'blob_truncated'
  | 'blob_value'
  | 'blob_version'
  | 'body_incomplete'
  | 'body_timeout'
  | 'body_too_large'
  | 'busy'
  | 'catalogue_invalid'
  | 'catalogue_not_loaded'
  | 'closed'
  | 'deadline_exceeded'
  | 'encoding_unsupported'
  | 'explain_too_large'
  | 'file_missing'
  | 'filter_invalid'
  | 'headers_too_large'
  | 'http_status'
  | 'integrity'
  | 'internal'
  | 'limit_out_of_range'
  | 'manifest_invalid'
  | 'method_not_allowed'
  | 'model_not_loaded'
  | 'network'
  | 'no_map'
  | 'no_text_encoder'
  | 'out_of_memory'
  | 'out_of_range'
  | 'profile_invalid'
  | 'profile_too_large'
  | 'release_changed'
  | 'release_older'
  | 'release_unavailable'
  | 'request_invalid'
  | 'signature_invalid'
  | 'signature_missing'
  | 'text_invalid'
  | 'text_not_loaded'
  | 'text_too_long'
  | 'text_unknown'
  | 'too_many_ids'
  | 'unknown_field'
  | 'unknown_id'
  | 'unknown_model'
  | 'unknown_route'
  | 'unknown_title'
  | 'unknown_value'
  | 'unsupported'
  | 'wasm_blocked'
  | 'wasm_invalid'
  | 'wasm_missing'
  | 'wasm_unsupported'
  | 'worker_lost'
  // table of errors: end
  ;

/**
 * Opens the release that `manifestUrl` names: relative to the page; in Node a path, a `file:` or an `http(s):` URL, on the disk also its folder.
 * Resolves when manifest and catalogue are here; the models follow on their own, and the calls that need one wait for it.
 */
export function open(manifestUrl: string | URL, options?: OpenOptions): Promise<Osusume>;

/**
 * Takes off this device whatever the client keeps of the releases that `manifestUrl` has named. A page that has one open goes on;
 * close it first, or what it still loads is kept again.
 */
export function forget(manifestUrl: string | URL): Promise<void>;
