/**
 * A recommender that runs where your page runs: `open` a release, ask, show.
 *
 * ```js
 * import { open } from 'osusume';
 * const shop = await open('/embeddings/manifest.json');
 * const { items } = await shop.recommend({ liked: [1, 5], limit: 3 });
 * ```
 *
 * Imports nothing of a browser at load time, so that a server may render a page that imports it.
 *
 * @packageDocumentation
 */
import { onAbort } from './abort.js';
import { withServerFallback } from './fallback.js';
import { openHandle } from './handle.js';
import { forgetReleases } from './kept.js';
import type { Backend, Fetch, Listener, Opening } from './protocol.js';
import { RelatedLists } from './related.js';
import { joinSession } from './session.js';
import { startWorker } from './start-worker.js';
import type { Load, OpenOptions } from './types/options.js';
import type { Osusume } from './types/osusume.js';
import { WorkerBackend } from './worker-backend.js';

export type { OsusumeErrorClass, OsusumeErrorCode } from './codes.js';
export { OsusumeError } from './errors.js';
export type * from './types/answer.js';
export type * from './types/catalogue.js';
export type * from './types/options.js';
export type * from './types/osusume.js';
export type * from './types/request.js';

/**
 * Opens the release that `manifestUrl` names, relative to the page; in Node a path, a `file:` or an
 * `http(s):` URL, on the disk also its folder. Resolves when manifest and catalogue are loaded; the
 * models that `load` names follow on their own, others when a call first needs one, and calls wait
 * for theirs. With `load: 'related'` it resolves with the manifest alone. However often a page opens a
 * release with the same options, it has one worker and one download.
 */
export async function open(manifestUrl: string | URL, options: OpenOptions = {}): Promise<Osusume> {
  const url = absolute(manifestUrl);
  const { worker, publicKey, notBefore, fetch, onProgress, onWarning } = options;
  const source = {
    manifestUrl: url,
    wasm: options.wasm === undefined ? undefined : absolute(options.wasm),
    fallback: options.fallback === undefined ? undefined : absolute(options.fallback),
    cache: options.cache !== false,
    publicKey,
    notBefore: Number(notBefore ?? 0),
  };
  const lists = new RelatedLists({ ...source, fetch });
  const connect = async (load: Load, signal: AbortSignal) => {
    const key = JSON.stringify([source, worker !== false, idOf(fetch)]);
    const listener: Listener = { onProgress, onWarning };
    const { session, isNew } = joinSession(key, listener, (all, life) => {
      const backend = openBackend({ ...source, load }, options, all, life);
      return withServerFallback(backend, source.fallback, all);
    });
    onAbort(signal, () => session.leave(listener, signal.reason));
    const connection = await session.connect();
    if (!isNew) await connection.call('load', [load]);
    return connection;
  };
  return openHandle(options, connect, lists);
}

/**
 * Removes from this device whatever the client keeps of the releases that `manifestUrl` has
 * named. A page that has one open goes on; close it first, or what it still loads is kept again.
 */
export function forget(manifestUrl: string | URL): Promise<void> {
  return forgetReleases(absolute(manifestUrl));
}

/** Returns an address that may be relative to the page. */
function absolute(address: string | URL): string {
  return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href).href;
}

/** Opens the release in a worker, or on the page's own thread if no worker starts. */
async function openBackend(
  { wasm, ...opening }: Opening & { wasm: string | undefined },
  { worker: wanted, fetch }: OpenOptions,
  listener: Required<Listener>,
  signal: AbortSignal,
): Promise<Backend> {
  if (wanted !== false && !fetch) {
    const create = typeof wanted === 'function' ? wanted : undefined;
    const worker = await startWorker(create, signal, (warning) => listener.onWarning?.(warning));
    if (worker) return WorkerBackend.open(worker, opening, wasm, listener, signal);
  }
  const { openOnMainThread } = await import('./main-thread.js');
  return openOnMainThread(opening, wasm, listener, signal, fetch);
}

const ids = new WeakMap<Fetch, number>();
let lastId = 0;

/** A number for each `fetch` of a caller's own. */
function idOf(fetch: Fetch | undefined): number {
  if (!fetch) return 0;
  const id = ids.get(fetch) ?? ++lastId;
  ids.set(fetch, id);
  return id;
}
