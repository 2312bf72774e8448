// The same `open` for Node: reads a release from disk or over http, ranks on the calling thread.
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { onAbort } from './abort.js';
import { compileBytes } from './compile.js';
import { fieldOf, messageOf, OsusumeError } from './errors.js';
import { withServerFallback } from './fallback.js';
import { openHandle } from './handle.js';
import { openLocal } from './local-backend.js';
import { loadRecommender } from './module.js';
import type { Fetch } from './protocol.js';
import type { OpenOptions } from './types/options.js';
import type { Osusume } from './types/osusume.js';

export { OsusumeError };

/** Node keeps nothing. */
export async function forget(_manifestUrl: string | URL): Promise<void> {}

/**
 * Opens the release that `manifest` names: a path, a `file:` or an `http(s):` URL. On the disk
 * its folder is enough.
 */
export async function open(manifest: string | URL, options: OpenOptions = {}): Promise<Osusume> {
  const isUrl = manifest instanceof URL || /^(file|https?):\/\//i.test(manifest);
  const named = isUrl ? new URL(manifest) : pathToFileURL(resolve(manifest));
  const { wasm, fallback, publicKey, notBefore, fetch = fetchOrRead } = options;
  const url = fetch === fetchOrRead ? await manifestIn(named) : named;
  const source = {
    manifestUrl: url.href,
    cache: false,
    publicKey,
    notBefore: Number(notBefore ?? 0),
  };
  const importGlue = () => import('./wasm/osusume.js');
  const module = wasm === undefined ? undefined : new URL(wasm);
  const loadClass = () => loadRecommender(importGlue, compileFile, module);
  return openHandle(options, async (load, signal) => {
    const opening = openLocal({ ...source, load }, loadClass, options, signal, fetch);
    const backend = await withServerFallback(opening, fallback?.toString(), options);
    onAbort(signal, () => backend.close());
    return backend;
  });
}

/**
 * Returns the manifest of a folder, and any other address as it is. Rejects if the disk has
 * nothing there.
 */
async function manifestIn(url: URL): Promise<URL> {
  if (url.protocol !== 'file:') return url;
  const path = fileURLToPath(url);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw missing(path, url);
  if (!found.isDirectory()) return url;
  const inside = join(path, 'manifest.json');
  const insideUrl = pathToFileURL(inside);
  if (await stat(inside).catch(() => undefined)) return insideUrl;
  throw missing(inside, insideUrl);
}

function missing(path: string, url: URL): OsusumeError {
  return new OsusumeError(
    'file_missing',
    `There is no ${path}. Name a release's manifest.json, or its folder, as osusume build ` +
      'writes it.',
    { url: url.href },
  );
}

/** `fetch` that also answers `file:` URLs: from disk, a missing file with 404. */
const fetchOrRead: Fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (!url.startsWith('file:')) return fetch(input, init);
  init?.signal?.throwIfAborted();
  try {
    return new Response(await readFile(fileURLToPath(url)));
  } catch (error) {
    const code = fieldOf(error, 'code');
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Response(null, { status: 404 });
    throw new TypeError(`${url}: ${messageOf(error)}`); // as fetch fails
  }
};

async function compileFile(url: URL): Promise<WebAssembly.Module> {
  const bytes = await readFile(url).catch((error) => {
    throw new OsusumeError(
      'wasm_missing',
      `Could not read ${fileURLToPath(url)} (${messageOf(error)}). Install the whole package, ` +
        'wasm/ included.',
      { url: url.href },
    );
  });
  return compileBytes(new Uint8Array(bytes), url);
}
