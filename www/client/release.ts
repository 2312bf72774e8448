// The files of one release, each loaded and added to the recommender as a part. No DOM.
import { onAbort } from './abort.js';
import { codeOf, OsusumeError } from './errors.js';
import { receiveFile } from './file.js';
import { fetchManifest } from './manifest.js';
import type { Fetch } from './protocol.js';
import type {
  FileEntry,
  Manifest,
  ModelEntry,
  ReceivedFile,
  Recommender,
  RecommenderClass,
} from './recommender.js';
import type { Info, ItemMap } from './types/catalogue.js';
import type { Progress } from './types/options.js';

/** A part of a release that loads as one. */
export type FilePart = 'catalogue' | 'model' | 'text';

export interface ReleaseOptions {
  fetch: Fetch;
  /** Ends every download. */
  signal?: AbortSignal | undefined;
  keep?: ((url: string, bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** Codes of a file whose release may have been replaced meanwhile. */
const MAY_BE_REPLACED = new Set([
  'file_missing',
  'integrity',
  'blob_magic',
  'blob_truncated',
  'blob_length',
]);

/**
 * Opens the release of this manifest, with its catalogue.
 * `cache` is how to fetch: past every cache for a retry of a file that a cache may have damaged.
 */
export async function openRelease(
  manifestUrl: string,
  manifest: unknown,
  Class: RecommenderClass,
  options: ReleaseOptions,
  cache?: RequestCache,
): Promise<Release> {
  const release = new Release(manifestUrl, manifest, Class, options);
  await release.load('catalogue', '', cache);
  return release;
}

export class Release {
  readonly recommender: Recommender;
  readonly #manifestUrl: string;
  readonly #manifest: Manifest;
  readonly #Class: RecommenderClass;
  readonly #options: ReleaseOptions;
  #hasCatalogue = false;

  constructor(
    manifestUrl: string,
    manifest: unknown,
    Class: RecommenderClass,
    options: ReleaseOptions,
  ) {
    this.recommender = new Class(manifest);
    this.#manifest = manifest as Manifest; // the constructor above has checked it
    this.#manifestUrl = manifestUrl;
    this.#Class = Class;
    this.#options = options;
  }

  /** Loads a part of the release, of this model if it has one. */
  async load(part: FilePart, model = '', cache?: RequestCache): Promise<void> {
    try {
      await this.#load(part, model, cache);
    } catch (error) {
      throw await this.#explained(error, cache);
    }
  }

  /** Loads the map. */
  async map(cache?: RequestCache): Promise<ItemMap> {
    try {
      const map = await this.#add([this.#file('map')], (file) => this.recommender.map(file), cache);
      if (map) return map;
    } catch (error) {
      throw await this.#explained(error, cache);
    }
    throw new OsusumeError(
      'no_map',
      'this release has no map; `osusume map` adds one to a release',
    );
  }

  /** The names of all models, the default one first. */
  get models(): string[] {
    const { models, default: first } = this.#manifest;
    const names = models.map(({ name }) => name);
    return [first.model, ...names.filter((name) => name !== first.model)];
  }

  /** The names of the models that have a text encoder. */
  get texts(): string[] {
    return this.#manifest.models.flatMap(({ name, text }) => (text === undefined ? [] : name));
  }

  /** Describes the release, with the sizes of its files. */
  info(): Info {
    const info = this.recommender.info();
    const models = info.models.map((model) => {
      const text = model.text === undefined ? undefined : this.#file('text', model.text);
      return { ...model, ...(text && { textBytes: text.bytes }) };
    });
    const map = this.#file('map');
    return { ...info, models, ...(map && { mapBytes: map.bytes }) };
  }

  get hasMap(): boolean {
    return this.#file('map') !== undefined;
  }

  async #load(part: FilePart, model: string, cache: RequestCache | undefined): Promise<void> {
    const to = this.recommender;
    if (part === 'catalogue') return this.#loadCatalogue(cache);
    const { file: vectors, residual, text = '' } = this.#model(model);
    if (part === 'model') {
      const files = [
        this.#file('model', vectors),
        residual ? this.#file('residual', residual.file) : undefined,
      ];
      await this.#add(files, (...both) => to.addModel(model, ...both), cache, model);
    } else {
      await this.#add([this.#file(part, text)], (file) => to.addText(model, file), cache, model);
    }
  }

  async #loadCatalogue(cache: RequestCache | undefined): Promise<void> {
    if (this.#hasCatalogue) return;
    const files = [this.#file('catalogue'), this.#file('images')];
    await this.#add(files, (...both) => this.recommender.addCatalogue(...both), cache);
    this.#hasCatalogue = true;
  }

  /**
   * Fetches one or two files at once and adds them; does nothing without the first. When one fails,
   * the other's download and its progress end too.
   */
  async #add<T>(
    [first, second]: (FileEntry | undefined)[],
    add: (file: ReceivedFile, second?: ReceivedFile) => T,
    cache: RequestCache | undefined,
    model?: string,
  ): Promise<Awaited<T> | undefined> {
    if (!first) return undefined;
    const attempt = new AbortController();
    const { signal } = this.#options;
    const forget = signal && onAbort(signal, () => attempt.abort(signal.reason));
    const init = { signal: attempt.signal, ...(cache && { cache }) };
    const loading = [first, second].map((entry) => entry && this.#receive(entry, init, model));
    try {
      const [file, other] = await Promise.all(loading).catch((error) => {
        attempt.abort(error);
        for (const each of loading) each?.then((unused) => unused.free()).catch(() => {});
        throw error;
      });
      return file && (await add(file, other));
    } finally {
      forget?.();
    }
  }

  #receive(entry: FileEntry, init: RequestInit, model: string | undefined): Promise<ReceivedFile> {
    const { name: file, kind, bytes: total } = entry;
    const onLoaded = (loaded: number) => {
      if (init.signal?.aborted) return;
      const progress = { file, kind, ...(model && { model }), loaded, total };
      this.#options.onProgress?.(progress);
    };
    const { fetch, keep } = this.#options;
    const receiver = { Class: this.#Class, fetch, init, onLoaded, keep };
    return receiveFile(new URL(file, this.#manifestUrl).href, entry, receiver);
  }

  #file(kind: string, name?: string): FileEntry | undefined {
    return this.#manifest.files.find(
      (entry) => entry.kind === kind && (name === undefined || entry.name === name),
    );
  }

  #model(name: string): ModelEntry {
    const { models } = this.#manifest;
    const entry = models.find((each) => each.name === name);
    if (entry) return entry;
    const names = models.map((each) => each.name).join(', ');
    throw new OsusumeError(
      'unknown_model',
      `there is no model ${JSON.stringify(name)}; this release has ${names}`,
    );
  }

  /** Returns the error, or that the release was replaced meanwhile if that explains it. */
  async #explained(error: unknown, cache: RequestCache | undefined): Promise<unknown> {
    if (!MAY_BE_REPLACED.has(codeOf(error) ?? '')) return error;
    const { fetch, signal } = this.#options;
    const init = { ...(signal && { signal }), ...(cache && { cache }) };
    const now = await fetchManifest(this.#manifestUrl, fetch, init).catch(() => undefined);
    const release =
      typeof now === 'object' && now !== null && 'release' in now ? now.release : undefined;
    if (typeof release !== 'string' || release === this.#manifest.release) return error;
    return new OsusumeError(
      'release_changed',
      'a new release was published in the meantime; open it again',
    );
  }
}
