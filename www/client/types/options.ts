// The options of `open` and of the calls of an opened release.

/**
 * The parts that `open` loads at once. Everything else loads when a call first needs it.
 *
 * - `related`: nothing but the manifest; `related` answers from a small file for each item
 * - `default`: the catalogue and the default model
 * - `all`: the whole release, every model, text encoder and map
 */
export type Load = 'related' | 'default' | 'all';

/**
 * A part of a release to wait for.
 *
 * - `default`: the default model
 * - `stories`: every other model; in the releases of this project that is the one made from texts
 * - `words`: the text encoders, which requests with a `text` need
 * - `map`: the map
 */
export type Part = 'default' | 'stories' | 'words' | 'map';

/**
 * Bytes of one file so far. `total` is what the manifest promises. A download that fails reports
 * nothing after its error.
 */
export interface Progress {
  file: string;
  kind: 'catalogue' | 'model' | 'residual' | 'text' | 'map' | 'images';
  /** The model of the file; absent for the catalogue, the map and the images. */
  model?: string;
  loaded: number;
  total: number;
}

/**
 * The codes of {@link ClientWarning}.
 *
 * | code | meaning |
 * | --- | --- |
 * | `worker_blocked` | no worker could start, so the page's own thread ranks |
 * | `cache_refused` | the browser keeps nothing for this page (private mode): it works online only |
 * | `cache_full` | there is no room to keep the release: it works online only |
 * | `unverified` | no HTTPS, so no WebCrypto: hashes are not checked, nothing is kept |
 * | `offline` | the server of the release did not answer; the release kept on this device answers |
 * | `http_fallback` | WebAssembly cannot run here; the server named by `fallback` answers |
 */
export type ClientWarningCode =
  | 'worker_blocked'
  | 'cache_refused'
  | 'cache_full'
  | 'unverified'
  | 'offline'
  | 'http_fallback';

/** A remark of {@link OpenOptions.onWarning}: the client goes on in another way. */
export interface ClientWarning {
  code: ClientWarningCode;
  /** The meaning, and what to do about it. */
  message: string;
  /** With `http_fallback`: the code of the error that prevented WebAssembly. */
  cause?: string;
}

/** The methods of a `Worker` that the client uses. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(
    type: 'error',
    listener: (event: { message?: string; preventDefault(): void }) => void,
  ): void;
}

/** Options of `open`. */
export interface OpenOptions {
  /** The parts to load at once, see {@link Load}. `default` by default. */
  load?: Load | undefined;
  /**
   * Rank in a worker, so that the page never waits. True by default. If no worker can start, the
   * page's own thread ranks in short slices, with the warning `worker_blocked`. A function starts
   * the worker itself, for a bundler that does not find it: `() => new Worker(new
   * URL('osusume/worker.js', import.meta.url), { type: 'module' })`.
   */
  worker?: boolean | (() => WorkerLike) | undefined;
  /**
   * The address of the wasm module, if it is not where this package has it: what a bundler gave
   * `osusume/osusume_bg.wasm`, say.
   */
  wasm?: string | URL | undefined;
  /**
   * Address of a server that answers if WebAssembly cannot run: `https://api.example`, without
   * `/v1`. Its answers are the same.
   */
  fallback?: string | URL | undefined;
  /**
   * Keep the release on this device, and answer from there if its server cannot be reached. True by
   * default; it needs Cache Storage (HTTPS or localhost). A new release replaces the old one only
   * once it is whole.
   */
  cache?: boolean | undefined;
  /**
   * Accept only what the owner of this minisign key has signed, as `manifest.json.minisig` says.
   * Whoever can change files on the server or CDN, but has not the secret key, can then change no
   * recommendation. In Base64, 56 letters, `RW…`. Once a signed release is kept on this device, one
   * with an older signature is refused, and the kept one answers.
   */
  publicKey?: string | undefined;
  /** With `publicKey`: refuse a release signed before this, on a first visit too. */
  notBefore?: Date | number | undefined;
  /** Ends the opening and, later, everything: as `close()`, with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called for every piece that arrives. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /**
   * Called when something goes another way than planned, see {@link ClientWarningCode}. The
   * client writes nothing to the console.
   */
  onWarning?: ((warning: ClientWarning) => void) | undefined;
  /**
   * Used instead of `globalThis.fetch` for the release. A function cannot go to a worker, so this
   * implies `worker: false`.
   */
  fetch?: typeof fetch | undefined;
}

/** Options of each call. */
export interface CallOptions {
  /** Ends this call with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * For `item`: accept what its related lists say of it, no `fields` and no picture, while the
   * default model is not loaded. It is marked `preliminary`.
   */
  preliminary?: boolean | undefined;
  /**
   * Called with the milliseconds that the engine itself took, without downloads and without the
   * queue.
   */
  onTime?: ((ms: number) => void) | undefined;
}
