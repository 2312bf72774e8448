// @ts-check
// Fetches and compiles the wasm module, and says what to do where that is impossible.

import { OsusumeError } from './errors.js';
import { PASSING, pauseMs, TRIES } from './retry.js';

/** @typedef {import('./recommender.d.ts').RecommenderClass} RecommenderClass */
/** @typedef {typeof import('./wasm/osusume.js')} Glue */

/** Where the module lies, beside its glue. Written out in full: bundlers look for this very expression. */
export const WASM_URL = new URL('./wasm/osusume_bg.wasm', import.meta.url);

/** The smallest module with a SIMD instruction: `(func (result v128) i32.const 0, i8x16.splat, i8x16.popcnt)`. */
const SIMD_PROBE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

/** @type {Promise<RecommenderClass> | undefined} */
let shared;

/**
 * Returns the module's class. Loads once a realm, however often it is called; a failure is forgotten, so that a later call tries again.
 * @param {() => Promise<Glue>} importGlue the module's JavaScript; given, since bundlers may not find an `import()` in a worker
 * @param {(url: URL) => Promise<WebAssembly.Module>} [compile] how to get the module; by `fetch` unless told
 * @param {URL} [url] where it lies
 */
export function loadRecommender(importGlue, compile = fetchModule, url = WASM_URL) {
  shared ??= instantiate(importGlue, compile, url).catch((error) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

/** @param {() => Promise<Glue>} importGlue @param {(url: URL) => Promise<WebAssembly.Module>} compile @param {URL} url @returns {Promise<RecommenderClass>} */
async function instantiate(importGlue, compile, url) {
  checkSupport();
  const missing = (/** @type {unknown} */ error) => {
    throw new OsusumeError('wasm_missing', `Could not load wasm/osusume.js (${message(error)}). Upload the whole client folder, wasm/ included.`);
  };
  const [glue, module] = await Promise.all([importGlue().catch(missing), compile(url)]);
  try {
    await glue.default({ module_or_path: module });
  } catch (error) {
    // A LinkError: glue and module are of two builds, as a cache may serve after an update.
    throw new OsusumeError('wasm_invalid', `The wasm module and its JavaScript do not belong together (${message(error)}). Reload the page, or build both again.`, { url: url.href });
  }
  return glue.Recommender;
}

function checkSupport() {
  if (typeof WebAssembly !== 'object') {
    throw new OsusumeError('wasm_unsupported', 'This browser has no WebAssembly, or it is switched off. Any browser of 2023 or later has it.', { missing: 'WebAssembly' });
  }
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw new OsusumeError('wasm_unsupported', 'This browser has WebAssembly without SIMD. Chrome 91, Firefox 89 and Safari 16.4 have it.', { missing: 'simd128' });
  }
}

/**
 * Returns the compiled module at `url`, asked for up to three times.
 * @param {URL} url
 */
export async function fetchModule(url) {
  for (let tries = 0; ; ) {
    try {
      return await compile(url);
    } catch (error) {
      if (Object(error).code !== 'network' || ++tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs(tries)));
    }
  }
}

/**
 * Streams the module when the server gives it the right type, and takes it from bytes otherwise. Its response is used as
 * it is: the browser keeps the compiled code of such a one only.
 * @param {URL} url
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(url) {
  const response = await fetch(url, { credentials: 'same-origin' }).catch((error) => {
    throw new OsusumeError('network', `Could not fetch ${url} (${message(error)}).`, { url: url.href });
  });
  if (PASSING.has(response.status)) throw new OsusumeError('network', `${url} answered ${response.status}; try again later.`, { url: url.href, status: response.status });
  if (!response.ok) {
    throw new OsusumeError('wasm_missing', `${url} answered ${response.status}. Upload the whole client folder, wasm/ included; with a bundler, name the address of osusume/osusume_bg.wasm in the option "wasm".`, { url: url.href, status: response.status });
  }
  try {
    if (response.headers.get('Content-Type')?.toLowerCase() === 'application/wasm') return await WebAssembly.compileStreaming(response);
    return await compileBytes(new Uint8Array(await response.arrayBuffer()), url);
  } catch (error) {
    throw error instanceof OsusumeError ? error : compileError(error, url);
  }
}

/**
 * Returns the module in `bytes`, or the error that says what they are instead.
 * @param {Uint8Array<ArrayBuffer>} bytes @param {URL} url
 */
export async function compileBytes(bytes, url) {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== '\0asm') {
    const page = /^\s*</.test(String.fromCharCode(...bytes.subarray(0, 64)));
    throw new OsusumeError('wasm_invalid', `${url} is ${page ? 'a web page' : 'something else'}, not a wasm module. Check that the file was uploaded, as application/wasm, and that the server does not answer every path with one page; with Vite's development server, add optimizeDeps: { exclude: ['osusume'] }.`, { url: url.href });
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw compileError(error, url);
  }
}

/** @param {unknown} error @param {URL} url */
function compileError(error, url) {
  const text = message(error);
  if (isBlocked()) {
    return new OsusumeError('wasm_blocked', "The page's Content-Security-Policy forbids WebAssembly. Add 'wasm-unsafe-eval' to its script-src.", { url: url.href, csp: "script-src 'wasm-unsafe-eval'" });
  }
  if (error instanceof TypeError) return new OsusumeError('network', `${url} broke off (${text}).`, { url: url.href });
  return new OsusumeError('wasm_invalid', `${url} does not compile (${text}). It is damaged or cut short: upload it again.`, { url: url.href });
}

/** Says whether a policy forbids to compile: not even a module that is valid does. */
function isBlocked() {
  try {
    return !new WebAssembly.Module(SIMD_PROBE);
  } catch {
    return true;
  }
}

/** @param {unknown} error */
function message(error) {
  return error instanceof Error ? error.message : String(error);
}
