/**
 * A recommender that runs where your page runs: `open` a release, ask, show.
 *
 * ```js
 * import { open } from 'osusume';
 * const shop = await open('/embeddings/manifest.json');
 * const { items } = await shop.recommend({ liked: [1, 5], n: 3 });
 * ```
 *
 * @packageDocumentation
 */

/** The id of an item: its number or, where the catalogue came with text ids, that text (`key`). Never a BigInt. */
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
 * What the page should know though the call goes on. Codes of {@link OpenOptions.onWarning}:
 *
 * | code | meaning |
 * | --- | --- |
 * | `worker_blocked` | no worker could start, so the page's own thread ranks |
 * | `cache_refused` | the browser keeps nothing for this page (private mode, blocked storage): works online only |
 * | `cache_full` | no room to keep the release: works online only |
 * | `offline` | the release could not be had from its server, the one kept on this device answers |
 * | `http_fallback` | WebAssembly cannot run here, the server named by `fallback` answers |
 *
 * Codes of {@link Answer.warnings} are the engine's:
 *
 * | code | fields | meaning |
 * | --- | --- | --- |
 * | `few_matches` | `asked`, `found` | fewer items match than were asked for |
 * | `model_fallback` | `asked`, `used` | the model asked for knows none of the liked items; another one answered |
 * | `partly_covered` | `model`, `missing` | the model does not know some of the liked items |
 * | `start_list` | | nothing was liked: the answer is a start list for newcomers |
 */
export interface Warning {
  code: string;
  /** What it means and what can be done, where the code alone does not say it. */
  message?: string;
  [field: string]: unknown;
}

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
  /** Told what went another way than planned, see {@link Warning}. Nothing is written to the console. */
  onWarning?: (warning: Warning) => void;
  /** Used instead of `globalThis.fetch` for the release. A function cannot go to a worker, so this implies `worker: false`. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Ends this call with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Do not wait for the exact answer where the neighbour lists hold it: the items and their order are right, the scores are
   * relative to the best. Such an answer is marked `preliminary`; ask again when `loaded()` says so. Of an item, its id and
   * main title suffice. See {@link OpenOptions.preliminary}.
   */
  preliminary?: boolean;
  /** Told how many milliseconds the engine itself took: no download, no waiting for its turn. */
  onTime?: (ms: number) => void;
}

/** What the catalogue says about an item. */
export interface Facts {
  id: number;
  key?: string;
  title: string;
  /** By the name of the language's column: `english`, say. */
  titles: Record<string, string>;
  genres: string[];
  type?: string;
  year?: number;
  score?: number;
  members?: number;
  /** The id of the first item of its series, where the series has others: seasons, films and specials of a show share it. */
  series?: number;
  /** The address of a picture, where the release has such: whose it is, and whether to show it, is the page's to know. */
  image?: string;
}

/** An item that a typed text may mean. */
export interface Found extends Facts {
  /** The title, in whatever language, that matched; the main one, where the id did. */
  matched: string;
  /** Which language's column it stands in, or `id`. */
  language: string;
  /** The parts of `matched` that match, as `matched.slice(start, end)` cuts them: ascending, apart. None where the id matched. */
  spans: [start: number, end: number][];
}

export interface Item extends Facts {
  /** True while only its id and main title are here. */
  preliminary?: true;
  /** The models that know this item, of those that are loaded: which rows a model has stands in its own file. */
  models: string[];
}

/** Which items may come back. It is applied before the selection: `n` come back whenever n of the model's items match. */
export interface Filter {
  /** Items with at least one of these. */
  genres?: string[];
  /** No items with any of these. */
  excludeGenres?: string[];
  /** `TV`, `Movie`, … as the catalogue writes them. */
  types?: string[];
  /** First and last year, both included. */
  years?: [from: number, to: number];
  minScore?: number;
  minMembers?: number;
  /** A ceiling on popularity: what few know. */
  maxMembers?: number;
  /** Items seen already, say; thousands will do. */
  exclude?: Id[];
  /** One item of each series at most. */
  collapseSeries?: boolean;
}

/** Everything but the profile itself. */
export interface Settings {
  /** How many, 1 to 1000; 10 unless told. */
  n?: number;
  /** A model's name, or several with their weights: `{ ncf: 0.7, synopsis: 0.3 }`. The manifest's default unless told. */
  model?: string | Record<string, number>;
  filter?: Filter;
  /** 0 favours what everybody knows, 1 hidden gems. Each model's own default unless told. */
  niche?: number;
  /** 0 (unless told) is the plain order, 1 avoids results that are like each other. */
  diversity?: number;
  /** Also say which liked items carry each result, and what each model gave. */
  explain?: boolean;
}

/** A question. At most 10,000 ids in all; unknown fields are refused with `request_invalid`. */
export interface Request extends Settings {
  /** Items to be like, plain or weighted. Without any (and without `text`) a start list for newcomers comes back. */
  liked?: (Id | Weighted)[];
  /** Items to be unlike. Neither these nor the liked ones come back. */
  disliked?: (Id | Weighted)[];
  /** Words to be like, for a release with a text encoder; without one it is refused. */
  text?: string;
}

export interface SimilarOptions extends CallOptions, Settings {}

/** What carried a result: a liked item, or a word of `text`, and its part of the positive contributions (0 to 1). */
export type Because = { id: number; share: number } | { word: string; share: number };

export interface Recommended {
  id: number;
  /** Its text id, where the catalogue has such. */
  key?: string;
  title: string;
  /** Comparable within one answer only. */
  score: number;
  /** With `explain`: why, the strongest reason first. */
  because?: Because[];
  /** With `explain`: what each model gave. */
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
  quality?: Record<string, number>;
}

/** What the items can be chosen by, exactly: what a {@link Filter} may name. */
export interface Choices {
  /** Every genre, the most frequent first. */
  genres: string[];
  /** Every type, the most frequent first. */
  types: string[];
  /** The first and the last year; absent where no year is known. */
  years?: [from: number, to: number];
  /** Whether any item has a score. */
  scores: boolean;
  /** Whether any item shares a series with another. */
  series: boolean;
}

export interface Info {
  release: string;
  items: number;
  defaultModel: string;
  models: Model[];
  choices: Choices;
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
  /** The genres that say best what is where. */
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
   * Items that `text` may name, `n` of them, 10 unless told: by id; titles in any language that are the text, begin with
   * it, have its words or have it inside; then what is a few typos away. Popular ones first among equals. Case, accents,
   * width, punctuation and spaces do not count.
   */
  find(text: string, n?: number, options?: CallOptions): Promise<Found[]>;
  /** Everything the catalogue says about one item. */
  item(id: Id, options?: CallOptions): Promise<Item>;
  /** The same of several at once, in the order asked for. One that is unknown rejects all. */
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
 * What went wrong, with a stable `code` and a message that says what to do; some codes carry more fields.
 *
 * | code | fields | meaning |
 * | --- | --- | --- |
 * | `request_invalid` | | the request is not of the right shape; the message names the field |
 * | `n_out_of_range`, `unknown_id`, `unknown_model` | | as they say |
 * | `network`, `http_status`, `file_missing` | `url`, `status` | a file could not be fetched |
 * | `integrity`, `blob_…`, `manifest` | `url` | a file is not the one that the manifest pins |
 * | `no_map`, `unsupported` | | there is no such thing to ask for |
 * | `release_changed` | | another release was published meanwhile: open it again |
 * | `wasm_unsupported` | `missing` | no WebAssembly, or none with SIMD |
 * | `wasm_blocked` | `csp` | the page's policy forbids WebAssembly; `csp` is what to add |
 * | `wasm_missing`, `wasm_invalid` | `url` | the module was not uploaded, or is something else |
 * | `worker_lost` | | the browser has ended the worker: open the release again |
 * | `closed` | | `close()` was called |
 */
export class OsusumeError extends Error {
  constructor(code: string, message: string, fields?: Record<string, unknown>);
  readonly name: 'OsusumeError';
  readonly code: string;
  [field: string]: unknown;
}

/**
 * Opens the release that `manifestUrl` names: relative to the page; in Node a path, a `file:` or an `http(s):` URL.
 * Resolves when manifest and catalogue are here; the models follow on their own, and the calls that need one wait for it.
 */
export function open(manifestUrl: string | URL, options?: OpenOptions): Promise<Osusume>;

/**
 * Takes off this device whatever the client keeps of the releases that `manifestUrl` has named. A page that has one open goes on;
 * close it first, or what it still loads is kept again.
 */
export function forget(manifestUrl: string | URL): Promise<void>;
