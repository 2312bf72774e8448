// @ts-check
// The same `open` for Node: reads a release from disk or over http, ranks on the calling thread.

import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OsusumeError } from './errors.js';
import { openHere, openWith } from './handle.js';
import { orByHttp } from './http.js';
import { compileBytes, loadRecommender } from './load.js';

export { OsusumeError };

/** Nothing is kept in Node. @type {typeof import('./index.d.ts').forget} */
export const forget = async () => {};

/**
 * Opens the release that `manifest` names: a path, a `file:` or an `http(s):` URL. On the disk its folder is enough.
 * @type {typeof import('./index.d.ts').open}
 */
export async function open(manifest, options = {}) {
  const isUrl = manifest instanceof URL || /^(file|https?):\/\//i.test(manifest);
  const named = isUrl ? new URL(manifest) : pathToFileURL(resolve(manifest));
  const { models, wasm, fallback, preliminary, publicKey, notBefore, fetch = fetchOrRead, onProgress, onWarning } = options;
  const url = fetch === fetchOrRead ? await manifestIn(named) : named;
  const loadClass = () => loadRecommender(() => import('./wasm/osusume.js'), compileFile, wasm === undefined ? undefined : new URL(wasm));
  return openWith(options, (signal) => orByHttp(
    openHere(url.href, { models, cache: false, preliminary, publicKey, notBefore, fetch, onProgress, onWarning }, loadClass, signal), fallback, onWarning));
}

/**
 * Returns the manifest of a folder, and any other address as it is. Rejects where the disk has nothing.
 * @param {URL} url
 */
async function manifestIn(url) {
  if (url.protocol !== 'file:') return url;
  const path = fileURLToPath(url);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw missing(path, url);
  if (!found.isDirectory()) return url;
  const inside = join(path, 'manifest.json');
  const inUrl = pathToFileURL(inside);
  if (await stat(inside).catch(() => undefined)) return inUrl;
  throw missing(inside, inUrl);
}

/** @param {string} path @param {URL} url */
const missing = (path, url) => new OsusumeError('file_missing',
  `There is no ${path}. Name a release's manifest.json, or its folder, as osusume build writes it.`, { url: url.href });

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
