// The opened release: every call a page can make.
import type { Answer, Profile } from './answer.js';
import type { Found, Id, Info, Item, ItemMap, KnownItem } from './catalogue.js';
import type { CallOptions, Part } from './options.js';
import type { RelatedOptions, Request } from './request.js';

/**
 * An opened release. Every method may reject with an {@link OsusumeError}, or with the reason of
 * a signal that aborted. The engine answers calls in the order of asking. A call that needs a model
 * still on its way waits for it, and keeps no other waiting.
 */
export interface Osusume {
  /**
   * Who answers: the engine on this device, or the server that `fallback` named; with `load:
   * 'related'` the files of related lists, until a call needs more.
   */
  readonly backend: 'files' | 'wasm' | 'http';
  /** Where the ranking runs. */
  readonly thread: 'worker' | 'main' | 'server';
  /**
   * Items that `text` may name, `limit` of them, 10 by default. First comes the item with that
   * id, then titles in any language that are the text, begin with it, have its words or contain
   * it, then titles a few typos away. Popular ones come first among equals. Case, accents, width,
   * punctuation and spaces do not count.
   */
  find(text: string, limit?: number, options?: CallOptions): Promise<Found[]>;
  /** Everything the catalogue says about one item. */
  item(id: Id, options?: CallOptions): Promise<KnownItem>;
  /**
   * Several items in one call, in the order of the ids, without those that the release does not
   * have.
   */
  items(ids: Id[], options?: CallOptions): Promise<Item[]>;
  /** The exact top n. Waits for the models it needs. */
  recommend(request: Request, options?: CallOptions): Promise<Answer>;
  /**
   * The items most like one item: `recommend` with one liked item. While a model is not loaded, its
   * related lists answer if they can: for one model, no setting but `limit`, and as many results as
   * they have. It is the same answer, from one small file.
   */
  related(id: Id, options?: RelatedOptions): Promise<Answer>;
  /**
   * Reads MyAnimeList's XML export or AniList's JSON, plain or gzip, of at most 32 MiB. It stays
   * on the device. Rejects with `profile_invalid`, `profile_too_large` or, if a server answers,
   * `unsupported`.
   */
  importProfile(file: Blob | Uint8Array | string, options?: CallOptions): Promise<Profile>;
  info(options?: CallOptions): Promise<Info>;
  /**
   * The place of each item in the plane; fetched at the first call. Rejects with `no_map` if the
   * release has none (see `info`), and with `unsupported` if a server answers.
   */
  map(options?: CallOptions): Promise<ItemMap>;
  /**
   * Resolves when a part is loaded, and loads it if nobody has yet. Without a part: when everything
   * that `open` was told to load is loaded and, with `cache`, kept. Rejects with `no_text_encoder`
   * or `no_map` if the release has no such part.
   */
  ready(part?: Part, options?: CallOptions): Promise<void>;
  /**
   * Closes this handle. Calls under way reject with the code `closed`. The last handle of a
   * release ends its worker.
   */
  close(): void;
}
