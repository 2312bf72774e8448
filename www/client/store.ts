// A release kept on the device, in Cache Storage: one cache for each release of a manifest's
// address. The manifest goes in last, so a cache that holds it is whole; only then are the other
// caches of that address removed.
import { inTime } from './abort.js';
import { fieldOf, messageOf, OsusumeError } from './errors.js';
import { addressesOf } from './file.js';
import {
  json,
  KEY,
  type Kept,
  namesOf,
  newestWhole,
  prefixOf,
  STORED,
  withoutHash,
} from './kept.js';
import type { Fetch } from './protocol.js';
import { SIGNED } from './signature.js';
import type { ClientWarning } from './types/options.js';

export interface Server {
  fetch: Fetch;
  /** The same without retries: if a kept release can answer, nobody waits. */
  once: Fetch;
  /** The key that `fetch` checks signatures with; only releases signed by it are kept and used. */
  publicKey?: string | undefined;
}

type Warn = (warning: ClientWarning) => void;

/** Long enough for a slow server. Without a kept release nothing is cut short. */
const PATIENCE_MS = 5000;

/** Returns the store for this manifest, or nothing if the browser keeps nothing. */
export async function openStore(
  manifestUrl: string,
  server: Server,
  onWarning: Warn = () => {},
): Promise<ReleaseStore | undefined> {
  const storage = globalThis.caches;
  if (!storage) return undefined; // no HTTPS, or no browser
  try {
    await storage.keys();
  } catch (error) {
    onWarning({
      code: 'cache_refused',
      message:
        `This browser keeps nothing for this page (${messageOf(error)}); the release works ` +
        'online only.',
    });
    return undefined;
  }
  return new ReleaseStore(storage, withoutHash(manifestUrl), server, onWarning);
}

export class ReleaseStore {
  readonly #storage: CacheStorage;
  readonly #manifestUrl: string;
  readonly #server: Server;
  readonly #onWarning: Warn;
  /** The release in use. */
  #current: Kept | undefined;
  /** Whether that is the kept one, because the server has no whole one. */
  #isStale = false;
  /** Whether something could not be kept. */
  #hasFailed = false;
  /** Files on their way into the cache. */
  readonly #writes = new Map<string, Promise<void>>();
  /** Files that came from the cache in use. */
  readonly #hits = new Set<string>();

  constructor(storage: CacheStorage, manifestUrl: string, server: Server, onWarning: Warn) {
    this.#storage = storage;
    this.#manifestUrl = manifestUrl;
    this.#server = server;
    this.#onWarning = onWarning;
  }

  /** Answers from the server and the store. */
  readonly fetch: Fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return withoutHash(url) === this.#manifestUrl
      ? this.#fetchManifest(init)
      : this.#fetchFile(url, init);
  };

  /** Keeps a copy of a file that was checked. */
  readonly keep = (url: string, bytes: Uint8Array<ArrayBuffer>): void => {
    if (!this.#current || this.#hits.has(url)) return;
    const { cache } = this.#current;
    const copy = new Response(bytes, { headers: { 'Content-Type': 'application/octet-stream' } });
    const earlier = this.#writes.get(url) ?? Promise.resolve();
    this.#writes.set(
      url,
      earlier.then(() => cache.put(url, copy)).catch((error) => this.#refuse(error)),
    );
  };

  /** Turns to the release kept here, if there is a whole one that is not in use already. */
  async useKept(why: string): Promise<boolean> {
    const kept = this.#isStale
      ? undefined
      : await newestWhole(this.#storage, this.#manifestUrl, this.#server.publicKey);
    if (!kept || kept.manifest === this.#current?.manifest) return false;
    this.#answerFrom(kept, why);
    return true;
  }

  /**
   * Declares the release in use whole, and removes the others. Call it when everything wanted was
   * read without error.
   */
  async commit(): Promise<void> {
    await Promise.all(this.#writes.values());
    if (!this.#current) return;
    const { name } = this.#current;
    if (this.#hasFailed) {
      // Half a release is of no use to anyone, and takes the room of the next.
      if (
        (await newestWhole(this.#storage, this.#manifestUrl, this.#server.publicKey))?.name !== name
      )
        await this.#storage.delete(name).catch(() => {});
    } else if (!this.#isStale)
      await this.#seal(this.#current).catch((error) => this.#refuse(error));
  }

  async #seal({ name, manifest, signed }: Kept): Promise<void> {
    const cache = await this.#storage.open(name);
    for (const url of this.#writes.keys()) {
      if (!(await cache.match(url, { ignoreVary: true }))) return; // another page removed it
    }
    if (!(await cache.match(this.#manifestUrl))) {
      const signature: Record<string, string> = signed
        ? { [SIGNED]: signed, [KEY]: this.#server.publicKey ?? '' }
        : {};
      await cache.put(
        this.#manifestUrl,
        json(manifest, { [STORED]: String(Date.now()), ...signature }),
      );
    }
    for (const other of await namesOf(this.#storage, this.#manifestUrl)) {
      if (other === name) continue;
      // Without room for both, what is missing is fetched again.
      await this.#takeOver(await this.#storage.open(other), cache, manifest).catch(() => {});
      await this.#storage.delete(other);
    }
  }

  /** Moves the files of an older release that the new one has too, and that nobody has asked for yet. */
  async #takeOver(from: Cache, to: Cache, manifest: string): Promise<void> {
    const { files }: { files: { name: string; bytes: number }[] } = JSON.parse(manifest);
    const urls = files.flatMap(({ name, bytes }) =>
      addressesOf(new URL(name, this.#manifestUrl).href, bytes),
    );
    for (const url of urls) {
      const file = await from.match(url, { ignoreVary: true });
      if (file && !(await to.match(url, { ignoreVary: true }))) await to.put(url, file);
    }
  }

  #refuse(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onWarning({
      code: fieldOf(error, 'name') === 'QuotaExceededError' ? 'cache_full' : 'cache_refused',
      message:
        `The release could not be kept on this device (${messageOf(error)}); it works online ` +
        'only.',
    });
  }

  #answerFrom(release: Kept, why: string): Response {
    this.#onWarning({
      code: 'offline',
      message:
        `The server of the release did not give it (${why}); the one kept on this device ` +
        'answers.',
    });
    this.#current = release;
    this.#isStale = true;
    return json(release.manifest);
  }

  async #fetchManifest(init: RequestInit | undefined): Promise<Response> {
    if (this.#isStale && this.#current) return json(this.#current.manifest);
    const kept = await newestWhole(this.#storage, this.#manifestUrl, this.#server.publicKey);
    const found = await this.#askServer(kept, init).catch((error) => {
      if (!kept || init?.signal?.aborted) throw error;
      return this.#answerFrom(kept, messageOf(error));
    });
    if (found instanceof Response) return found;
    const { manifest, signed } = found;
    try {
      const release = fieldOf(JSON.parse(manifest), 'release');
      const name = `${prefixOf(this.#manifestUrl)}${release}`;
      this.#current =
        typeof release === 'string'
          ? { name, cache: await this.#storage.open(name), manifest, signed }
          : undefined;
    } catch (error) {
      this.#current = undefined; // not JSON: the engine says so
      if (!(error instanceof SyntaxError)) this.#refuse(error);
    }
    return json(manifest);
  }

  /**
   * Returns the server's manifest, or its answer if that is none. Rejects if a kept release is to
   * answer.
   */
  async #askServer(kept: Kept | undefined, init: RequestInit | undefined) {
    const { once, fetch } = this.#server;
    const response = await (kept
      ? inTime(once(this.#manifestUrl, init), PATIENCE_MS)
      : fetch(this.#manifestUrl, init));
    const isDown = response.status >= 500 || response.status === 429;
    if (kept && isDown) throw new Error(`status ${response.status}`);
    if (response.status !== 200) return response;
    const manifest = await (kept ? inTime(response.text(), PATIENCE_MS) : response.text());
    if (kept) JSON.parse(manifest); // the page of a hotel's network is no answer either
    const signed = response.headers.get(SIGNED) ?? undefined;
    if (Number(signed) < Number(kept?.signed)) {
      throw new OsusumeError('release_older', 'it is older than the one kept on this device');
    }
    return { manifest, signed };
  }

  async #fetchFile(url: string, init: RequestInit | undefined): Promise<Response> {
    this.#hits.delete(url);
    const hit = init?.cache === 'reload' ? undefined : await this.#lookUp(url);
    return hit ?? this.#server.fetch(url, init);
  }

  /**
   * Returns a file kept earlier. Its name has its hash, so the one of an older release is the
   * same file.
   */
  async #lookUp(url: string): Promise<Response | undefined> {
    try {
      const hit = await this.#current?.cache.match(url, { ignoreVary: true });
      if (hit) this.#hits.add(url);
      if (hit) return hit;
      for (const name of this.#current ? await namesOf(this.#storage, this.#manifestUrl) : []) {
        const older = await (await this.#storage.open(name)).match(url, { ignoreVary: true });
        if (older) return older;
      }
    } catch {
      // A broken store is no reason to fail: the server has the file.
    }
    return undefined;
  }
}
