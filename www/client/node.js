// @ts-check
// The same `open` for Node: reads a release from disk or over http, ranks on the calling thread.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OsusumeError } from './errors.js';
import { openHere, openWith } from './handle.js';
import { orByHttp } from './http.js';
import { compileBytes, loadRecommender } from './load.js';

export { OsusumeError };

/** Nothing is kept in Node. @type {typeof import('./index.d.ts').forget} */
export const forget = async () => {};

/**
 * Opens the release that `manifest` names: a path, a `file:` or an `http(s):` URL.
 * @type {typeof import('./index.d.ts').open}
 */
export async function open(manifest, options = {}) {
  const isUrl = manifest instanceof URL || /^(file|https?):\/\//i.test(manifest);
  const url = isUrl ? new URL(manifest) : pathToFileURL(resolve(manifest));
  const { models, wasm, fallback, preliminary, publicKey, notBefore, fetch = fetchOrRead, onProgress, onWarning } = options;
  const loadClass = () => loadRecommender(() => import('./wasm/osusume.js'), compileFile, wasm === undefined ? undefined : new URL(wasm));
  return openWith(options, (signal) => orByHttp(
    openHere(url.href, { models, cache: false, preliminary, publicKey, notBefore, fetch, onProgress, onWarning }, loadClass, signal), fallback, onWarning));
}

/** `fetch` that also answers `file:` URLs: from disk, a missing file with 404. @param {Parameters<typeof fetch>[0]} input @param {RequestInit} [init] @returns {Promise<Response>} */
async function fetchOrRead(input, init) {
  const url = input instanceof Request ? input.url : String(input);
  if (!url.startsWith('file:')) return fetch(input, init);
  init?.signal?.throwIfAborted();
  try {
    return new Response(await readFile(fileURLToPath(url)));
  } catch (error) {
    const { code, message } = Object(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Response(null, { status: 404 });
    throw new TypeError(`${url}: ${message}`); // as fetch fails
  }
}

/** @param {URL} url */
async function compileFile(url) {
  const bytes = await readFile(url).catch((error) => {
    throw new OsusumeError('wasm_missing', `Could not read ${fileURLToPath(url)} (${error.message}). Install the whole package, wasm/ included.`, { url: url.href });
  });
  return compileBytes(new Uint8Array(bytes), url);
}
