/** The id of an item: its number, or the text it had in the catalogue (`key`). */
export type Id = number | string;

/** Bytes of one file so far. `total` is what the manifest promises. */
export interface Progress {
  file: string;
  kind: 'catalogue' | 'model';
  /** Which model the file belongs to; absent for the catalogue. */
  model?: string;
  loaded: number;
  total: number;
}

export interface OpenOptions {
  /** Models to load at once, in this order. All of the manifest's, the default one first, unless told; others load when first asked. */
  models?: string[];
  /** Rank in a worker, so that the page never waits. True unless told; where no worker can start the page's own thread does it. */
  worker?: boolean;
  /** Ends the opening and, later, everything: as `close()`, with the signal's reason. */
  signal?: AbortSignal;
  /** Called for every piece that arrives. */
  onProgress?: (progress: Progress) => void;
  /** Used instead of `globalThis.fetch`. A function cannot go to a worker, so this implies `worker: false`. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Ends this call with the signal's reason. */
  signal?: AbortSignal;
  /** Told how many milliseconds the engine itself took: no download, no waiting for its turn. */
  onTime?: (ms: number) => void;
}

export interface SimilarOptions extends CallOptions {
  /** How many, 1 to 1000; 10 unless told. */
  n?: number;
  /** A model's name; the manifest's default unless told. */
  model?: string;
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
  /** The models that know this item, of those that are loaded: which rows a model has stands in its own file. */
  models: string[];
}

export interface Request {
  /** Exactly one, today. */
  liked?: Id[] | { id: Id; weight: number }[];
  n?: number;
  model?: string;
}

export interface Answer {
  /** Best first. */
  items: { id: number; title: string; score: number }[];
  /** The model that answered: not the one asked for when `warnings` has `model_fallback`. */
  model: string;
  release: string;
  warnings: { code: string; [field: string]: unknown }[];
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

export interface Model {
  name: string;
  metric: string;
  dims: number;
  rows: number;
  bytes: number;
  loaded: boolean;
  quality: Record<string, number>;
}

export interface Info {
  release: string;
  items: number;
  defaultModel: string;
  models: Model[];
}

/** An opened release. Every method may reject with an {@link OsusumeError}. */
export interface Osusume {
  /** Who answers. */
  readonly backend: 'wasm';
  /** Where the ranking runs. */
  readonly thread: 'worker' | 'main';
  /**
   * Items that `text` may name, `n` of them, 10 unless told: by id; titles in any language that are the text, begin with
   * it, have its words or have it inside; then what is a few typos away. Popular ones first among equals. Case, accents,
   * width, punctuation and spaces do not count.
   */
  find(text: string, n?: number, options?: CallOptions): Promise<Found[]>;
  /** Everything the catalogue says about one item. */
  item(id: Id, options?: CallOptions): Promise<Item>;
  /** The exact top n. Waits for the model it needs. */
  recommend(request: Request, options?: CallOptions): Promise<Answer>;
  /** The request with one liked item. */
  similar(id: Id, options?: SimilarOptions): Promise<Answer>;
  /** Reads MyAnimeList's XML export or AniList's JSON, plain or gzip, of at most 32 MiB. It stays on the device. Rejects with `profile_invalid` or `profile_too_large`. */
  importProfile(file: Blob | Uint8Array | string, options?: CallOptions): Promise<Profile>;
  info(): Promise<Info>;
  /** Settles when this model is loaded, or, without a name, all that `open` was told to load. */
  loaded(model?: string): Promise<void>;
  /** Frees everything. Calls under way reject with the code `closed`. */
  close(): void;
}

/** What went wrong, with a stable `code`; some codes carry more fields (`url`, `status`, `model`, …). */
export class OsusumeError extends Error {
  constructor(code: string, message: string, fields?: Record<string, unknown>);
  readonly name: 'OsusumeError';
  readonly code: string;
  [field: string]: unknown;
}

/**
 * Opens the release that `manifestUrl` (relative to the page) names. Resolves when manifest and catalogue are here;
 * the models follow on their own, and the calls that need one wait for it.
 */
export function open(manifestUrl: string | URL, options?: OpenOptions): Promise<Osusume>;
