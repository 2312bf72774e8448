// Opens a release: manifest and module at once, from the server or from what is kept, and past a
// damaged cache if need be.

import { Engine, type Fresh } from './engine.js';
import { codeOf, messageOf, toOsusumeError } from './errors.js';
import { fetchManifest } from './manifest.js';
import type { Fetch, Listener, Opening } from './protocol.js';
import type { RecommenderClass } from './recommender.js';
import { openRelease } from './release.js';
import { withRetries } from './retry.js';
import { withSignature } from './signature.js';
import { openStore, type ReleaseStore } from './store.js';

/**
 * Codes that a stale or damaged copy, in the browser's cache or ours, can cause: worth one
 * request past the caches.
 */
const STALE = new Set([
  'release_changed',
  'integrity',
  'signature_invalid',
  'blob_truncated',
  'blob_length',
  'blob_magic',
  'blob_version',
  'blob_kind',
  'blob_shape',
  'blob_rows',
  'blob_value',
]);

/** Codes of a download that broke off. */
const UNREACHED = new Set(['network', 'http_status', 'file_missing']);

/** Runs `action`, and once more past every cache if its first outcome may be a cache's fault. */
const fresh: Fresh = async (action) => {
  try {
    return await action();
  } catch (error) {
    if (!STALE.has(codeOf(error) ?? '')) throw error;
    return action('reload');
  }
};

/** Opens the release and starts to load what is wanted. Resolves with its catalogue. */
export async function openEngine(
  opening: Opening,
  loadClass: () => Promise<RecommenderClass>,
  listener: Listener,
  signal?: AbortSignal,
  baseFetch: Fetch = (input, init) => globalThis.fetch(input, init),
): Promise<Engine> {
  const storing = openServer(opening, listener, baseFetch);
  const fetch: Fetch = async (input, init) => (await storing).fetch(input, init);
  const init = signal ? { signal } : {};
  // The manifest is on its way while the module is compiled.
  let early: Promise<unknown> | undefined = fetchManifest(opening.manifestUrl, fetch, init);
  early.catch(() => {}); // told when it is read
  const [Class, { store }] = await Promise.all([loadClass().catch(rejectAsModule), storing]);
  signal?.throwIfAborted();

  const open = async (cache?: RequestCache) => {
    const manifest =
      early ?? fetchManifest(opening.manifestUrl, fetch, { ...init, ...(cache && { cache }) });
    early = undefined;
    const options = {
      fetch,
      signal,
      keep: store?.keep,
      onProgress: listener.onProgress,
    };
    return openRelease(opening.manifestUrl, await manifest, Class, options, cache);
  };
  const release = await fresh(open).catch(async (error) => {
    signal?.throwIfAborted();
    // An update that broke off: the release kept here is whole and answers.
    if (!UNREACHED.has(codeOf(error) ?? '') || !(await store?.useKept(messageOf(error))))
      throw error;
    return open();
  });
  const engine = new Engine(release, { fresh, commit: store && (() => store.commit()) });
  engine.want(opening.load);
  return engine;
}

/**
 * Returns the `fetch` for this release: with retries, its signature checked, from the store if
 * there is one.
 */
async function openServer(
  { manifestUrl, publicKey, notBefore, cache }: Opening,
  { onWarning }: Listener,
  once: Fetch,
): Promise<{ fetch: Fetch; store?: ReleaseStore | undefined }> {
  const signed = (fetch: Fetch) =>
    publicKey === undefined ? fetch : withSignature(fetch, manifestUrl, publicKey, notBefore);
  const server = { fetch: signed(withRetries(once)), once: signed(once), publicKey };
  if (!globalThis.crypto?.subtle) {
    onWarning?.({
      code: 'unverified',
      message:
        'This page has no WebCrypto: it did not come over HTTPS. Hashes are not checked, and ' +
        'nothing is kept.',
    });
    return server;
  }
  const store = cache ? await openStore(manifestUrl, server, onWarning) : undefined;
  return { fetch: store?.fetch ?? server.fetch, store };
}

/**
 * Marks an error of the module, which a `fallback` server is for; the mark passes through
 * postMessage.
 */
function rejectAsModule(error: unknown): never {
  throw Object.assign(toOsusumeError(error), { part: 'wasm' });
}
