// @ts-check
// The same `open` for Node: reads a release from disk or over http, ranks on the calling thread.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OsusumeError } from './errors.js';
import { openHere, openWith } from './handle.js';
import { compileBytes, loadRecommender } from './load.js';

export { OsusumeError };

/**
 * Opens the release that `manifest` names: a path, a `file:` or an `http(s):` URL.
 * @type {typeof import('./index.d.ts').open}
 */
export async function open(manifest, options = {}) {
  const isUrl = manifest instanceof URL || /^(file|https?):\/\//i.test(manifest);
  const url = isUrl ? new URL(manifest) : pathToFileURL(resolve(manifest));
  const fetch = readingFiles(options.fetch ?? globalThis.fetch);
  return openWith(options, (signal) => openHere(url.href, { ...options, fetch }, () => loadRecommender(compileFile), signal));
}

/** Returns a `fetch` that answers `file:` URLs from disk, a missing file with 404. @param {typeof globalThis.fetch} remote @returns {typeof globalThis.fetch} */
function readingFiles(remote) {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith('file:')) return remote(input, init);
    init?.signal?.throwIfAborted();
    try {
      const bytes = await readFile(fileURLToPath(url));
      return new Response(bytes, { headers: { 'Content-Length': String(bytes.length) } });
    } catch (error) {
      const missing = ['ENOENT', 'ENOTDIR'].includes(Object(error).code);
      if (missing) return new Response(null, { status: 404, statusText: 'no such file' });
      throw new TypeError(`${url}: ${Object(error).message}`); // as fetch fails
    }
  };
}

/** @param {URL} url */
async function compileFile(url) {
  const bytes = await readFile(url).catch((error) => {
    throw new OsusumeError('wasm_missing', `Could not read ${fileURLToPath(url)} (${error.message}). Install the whole package, wasm/ included.`, { url: url.href });
  });
  return compileBytes(new Uint8Array(bytes), url);
}
