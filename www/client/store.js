// @ts-check
// A release kept on the device, in Cache Storage: one cache for each release of a manifest's address. The manifest goes
// in last, so a cache that holds it is whole; only then are the other caches of that address removed.

import { OsusumeError } from './errors.js';
import { SIGNED } from './signature.js';

/** @typedef {import('./index.d.ts').ClientWarning} ClientWarning */
/**
 * @typedef {object} Server
 * @property {typeof globalThis.fetch} fetch
 * @property {typeof globalThis.fetch} once the same, but failing at once: where a kept release answers, nobody waits
 * @property {string} [publicKey] whose signature `fetch` has checked; releases that another or none has signed are not kept
 */

/** Long enough for a slow server; without a kept release nothing is cut short. */
const PATIENCE_MS = 5000;
const STORED = 'x-osusume-stored';
const KEY = 'x-osusume-key';

/**
 * Returns the store for this manifest, or nothing where the browser keeps nothing.
 *
 * @param {string} manifestUrl absolute
 * @param {Server} server
 * @param {(warning: ClientWarning) => void} [onWarning]
 */
export async function openStore(manifestUrl, { fetch, once, publicKey = '' }, onWarning = () => {}) {
  const address = manifestUrl.replace(/#.*/, '');
  const prefix = prefixOf(manifestUrl);
  const storage = globalThis.caches;
  if (!storage) return undefined; // no HTTPS, or no browser
  const names = async () => (await storage.keys()).filter((name) => name.startsWith(prefix));
  try {
    await names();
  } catch (error) {
    onWarning({ code: 'cache_refused', message: `This browser keeps nothing for this page (${Object(error).message}); the release works online only.` });
    return undefined;
  }

  /** The release in use. @type {{ name: string, cache: Cache, manifest: string, signed?: string } | undefined} */
  let current;
  /** Whether the release in use is the kept one, because the server has no whole one. */
  let isBack = false;
  /** Whether something could not be kept. */
  let hasFailed = false;
  /** Files on their way into the cache. @type {Map<string, Promise<void>>} */
  const writes = new Map();
  /** Files that came from the cache in use. @type {Set<string>} */
  const hits = new Set();

  /** Returns the newest release that is wholly here. */
  async function whole() {
    const found = [];
    for (const name of await names().catch(() => [])) {
      const cache = await storage.open(name);
      const response = await cache.match(address);
      if (!response || (response.headers.get(KEY) ?? '') !== publicKey) continue;
      found.push({ name, cache, stored: Number(response.headers.get(STORED)), signed: response.headers.get(SIGNED) ?? undefined, manifest: await response.text() });
    }
    return found.sort((a, b) => b.stored - a.stored)[0];
  }

  /** @param {unknown} error */
  function refuse(error) {
    if (hasFailed) return;
    hasFailed = true;
    const isFull = Object(error).name === 'QuotaExceededError';
    onWarning({
      code: isFull ? 'cache_full' : 'cache_refused',
      message: `The release could not be kept on this device (${Object(error).message}); it works online only.`,
    });
  }

  /** @param {{ name: string, cache: Cache, manifest: string }} release @param {string} why */
  function answerFrom(release, why) {
    onWarning({ code: 'offline', message: `The release could not be had from its server (${why}); the one kept on this device answers.` });
    current = release;
    isBack = true;
    return json(release.manifest);
  }

  /** @param {RequestInit} [init] */
  async function fetchManifest(init) {
    if (isBack && current) return json(current.manifest);
    const kept = await whole();
    /** @type {string} */
    let manifest;
    /** @type {string | undefined} */
    let signed;
    try {
      const response = await (kept ? inTime(once(address, init)) : fetch(address, init));
      const isDown = response.status >= 500 || response.status === 429;
      if (kept && isDown) throw new Error(`status ${response.status}`);
      if (response.status !== 200) return response;
      manifest = await (kept ? inTime(response.text()) : response.text());
      if (kept) JSON.parse(manifest); // the page of a hotel's network is no answer either
      signed = response.headers.get(SIGNED) ?? undefined;
      if (Number(signed) < Number(kept?.signed)) throw new OsusumeError('release_older', 'it is older than the one kept on this device');
    } catch (error) {
      if (!kept || init?.signal?.aborted) throw error;
      return answerFrom(kept, Object(error).message);
    }
    try {
      const { release } = JSON.parse(manifest);
      const name = `${prefix}${release}`;
      current = typeof release === 'string' ? { name, cache: await storage.open(name), manifest, signed } : undefined;
    } catch (error) {
      current = undefined; // not JSON: the engine says so
      if (!(error instanceof SyntaxError)) refuse(error);
    }
    return json(manifest);
  }

  /** @param {string} url @param {RequestInit} [init] */
  async function fetchFile(url, init) {
    hits.delete(url);
    const hit = init?.cache === 'reload' ? undefined : await lookUp(url);
    return hit ?? fetch(url, init);
  }

  /** Returns a file kept earlier. Its name has its hash, so the one of an older release is the same file. @param {string} url */
  async function lookUp(url) {
    try {
      const hit = await current?.cache.match(url, { ignoreVary: true });
      if (hit) return hits.add(url), hit;
      for (const name of current ? await names() : []) {
        const older = await (await storage.open(name)).match(url, { ignoreVary: true });
        if (older) return older;
      }
    } catch {
      // A broken store is no reason to fail: the server has the file.
    }
    return undefined;
  }

  return {
    /** Answers from the server and the store. @type {typeof globalThis.fetch} */
    fetch: (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return url.replace(/#.*/, '') === address ? fetchManifest(init) : fetchFile(url, init);
    },

    /** Keeps a file that was checked. @param {string} url @param {Uint8Array<ArrayBuffer>} bytes copied */
    keep(url, bytes) {
      if (!current || hits.has(url)) return;
      const { cache } = current;
      const copy = new Response(bytes, { headers: { 'Content-Type': 'application/octet-stream' } });
      writes.set(url, (writes.get(url) ?? Promise.resolve()).then(() => cache.put(url, copy)).catch(refuse));
    },

    /** Turns to the release kept here, if there is a whole one that is not in use already. @param {string} why */
    async goBack(why) {
      const kept = isBack ? undefined : await whole();
      if (!kept || kept.manifest === current?.manifest) return false;
      answerFrom(kept, why);
      return true;
    },

    /** Declares the release in use whole, and removes the others. Call it when all that is wanted was read without error. */
    async commit() {
      await Promise.all(writes.values());
      if (!current) return;
      const { name, manifest, signed } = current;
      if (hasFailed) {
        // Half a release is of no use to anyone, and takes the room of the next.
        const kept = await whole();
        if (kept?.name !== name) await storage.delete(name).catch(() => {});
        return;
      }
      if (isBack) return;
      try {
        const cache = await storage.open(name);
        for (const url of writes.keys()) if (!(await cache.match(url, { ignoreVary: true }))) return; // removed by another page
        if (!(await cache.match(address))) await cache.put(address, json(manifest, { [STORED]: String(Date.now()), ...(signed && { [SIGNED]: signed, [KEY]: publicKey }) }));
        for (const other of await names()) if (other !== name) await storage.delete(other);
      } catch (error) {
        refuse(error);
      }
    },
  };
}

/** What the names of this manifest's caches begin with. @param {string} manifestUrl absolute */
const prefixOf = (manifestUrl) => `osusume ${manifestUrl.replace(/#.*/, '')} `;

/** Removes every release that is kept for this manifest. @param {string} manifestUrl absolute */
export async function forgetReleases(manifestUrl) {
  const storage = globalThis.caches;
  const names = (await storage?.keys().catch(() => [])) ?? []; // refused: then nothing is kept
  await Promise.all(names.filter((name) => name.startsWith(prefixOf(manifestUrl))).map((name) => storage.delete(name)));
}

/** @param {string} text @param {Record<string, string>} [headers] */
function json(text, headers) {
  return new Response(text, { headers: { 'Content-Type': 'application/json', ...headers } });
}

/** Settles as `promise` does, or rejects when it takes too long. @template T @param {Promise<T>} promise @returns {Promise<T>} */
function inTime(promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
