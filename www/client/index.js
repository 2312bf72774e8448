// @ts-check
// The package's one entry for browsers: opens a release in a worker, or on the page's own thread where no worker starts.
// Imports nothing of a browser at load time, so that a server may render a page that imports it.

import { fromPlain, OsusumeError } from './errors.js';
import { openHere, openWith } from './handle.js';
import { orByHttp } from './http.js';
import { loadRecommender, WASM_URL } from './load.js';
import { forgetReleases } from './store.js';

export { OsusumeError };

/** @typedef {import('./index.d.ts').OpenOptions} OpenOptions */
/** @typedef {import('./handle.js').Backend} Backend */
/** @typedef {Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror' | 'addEventListener'>} Started */

/** @type {typeof import('./index.d.ts').open} */
export async function open(manifestUrl, options = {}) {
  const url = absolute(manifestUrl);
  const wasm = options.wasm === undefined ? undefined : absolute(options.wasm);
  const fallback = options.fallback === undefined ? undefined : absolute(options.fallback);
  const given = { ...options, wasm };
  return openWith(options, (signal) => orByHttp(openBackend(url, given, signal), fallback, options.onWarning));
}

/** @type {typeof import('./index.d.ts').forget} */
export const forget = (manifestUrl) => forgetReleases(absolute(manifestUrl));

/** Returns an address that may be relative to the page. @param {string | URL} address */
const absolute = (address) => new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href).href;

/** @param {string} url @param {OpenOptions & { wasm: string | undefined }} options @param {AbortSignal} signal @returns {Promise<Backend>} */
async function openBackend(url, options, signal) {
  const { models, worker: wanted, wasm, cache, preliminary, publicKey, notBefore, fetch, onProgress, onWarning } = options;
  const plain = { models, cache, preliminary, publicKey, notBefore };
  if (wanted !== false && !fetch) {
    const worker = await startWorker(typeof wanted === 'function' ? () => /** @type {Started} */ (wanted()) : createWorker, signal, onWarning);
    if (worker) return openInWorker(worker, url, { ...plain, wasm }, options, signal);
  }
  const loadClass = () => loadRecommender(() => import('./wasm/osusume.js'), undefined, wasm ? new URL(wasm) : undefined);
  return openHere(url, { ...plain, fetch, onProgress, onWarning }, loadClass, signal);
}

/**
 * Returns a running worker, or nothing where none can start: no module workers, or a policy against them.
 * @param {() => Started} create @param {AbortSignal} signal @param {OpenOptions['onWarning']} onWarning
 */
async function startWorker(create, signal, onWarning) {
  const ways = [create];
  if (create === createWorker && WASM_URL.protocol.startsWith('http') && WASM_URL.origin !== globalThis.location?.origin) ways.push(createShim);
  let reason = '';
  for (const way of ways) {
    /** @type {Started | undefined} */
    let worker;
    try {
      worker = way();
      await new Promise((resolve, reject) => {
        Object.assign(/** @type {Started} */ (worker), { onmessage: resolve, onerror: reject });
        signal.addEventListener('abort', reject, { once: true });
      });
      return worker;
    } catch (error) {
      if (error instanceof Event) error.preventDefault(); // handled: the page's own thread does it
      reason = Object(error).message || 'its script did not load';
      worker?.terminate();
      signal.throwIfAborted();
    }
  }
  onWarning?.({
    code: 'worker_blocked',
    message: `No worker could start (${reason}); the page's own thread ranks. A Content-Security-Policy needs worker-src 'self', or blob: where this package comes from another origin.`,
  });
  return undefined;
}

// Written in one piece: bundlers look for this very expression.
const createWorker = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

// A browser starts workers from the page's own origin only; this one imports the rest from where this package lies.
// By `import()`: a policy judges it by script-src, which let this module in, where `import` would need worker-src too.
// The address is not written as above, or bundlers would copy the script without what it imports.
function createShim() {
  const script = new URL('../worker.js', WASM_URL).href;
  const source = `import(${JSON.stringify(script)}).catch((error) => setTimeout(() => { throw error; }));`;
  const shim = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(shim, { type: 'module' });
  for (const event of ['message', 'error']) worker.addEventListener(event, () => URL.revokeObjectURL(shim), { once: true });
  return worker;
}

/** How often a worker that owes an answer is asked whether it is still there, and how often it may stay silent. */
const [ASK_MS, SILENCES] = [4000, 4];

/**
 * @param {Started} worker @param {string} url @param {Pick<OpenOptions, 'models' | 'wasm' | 'cache' | 'preliminary' | 'publicKey' | 'notBefore'>} sent
 * @param {OpenOptions} told @param {AbortSignal} signal @returns {Promise<Backend>}
 */
async function openInWorker(worker, url, sent, { onProgress, onWarning }, signal) {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: unknown) => void }>} */
  const waiting = new Map();
  let lastId = 0;
  let silences = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let asking;
  /** Why nothing will be answered any more. @type {unknown} */
  let ended;

  /** @param {unknown} reason */
  function end(reason) {
    ended = reason;
    clearInterval(asking);
    worker.terminate();
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  }

  // A worker that the browser has ended says nothing at all.
  function ask() {
    if (waiting.size === 0) {
      clearInterval(asking);
      asking = undefined;
    } else if (++silences > SILENCES) end(new OsusumeError('worker_lost', 'The browser has ended the worker that ranks, for want of memory perhaps. Open the release again.'));
    else worker.postMessage({ ping: true });
  }

  worker.onmessage = ({ data }) => {
    silences = 0;
    if (data.pong) return;
    if (data.progress) return onProgress?.(data.progress);
    if (data.warning) return onWarning?.(data.warning);
    const { resolve, reject } = waiting.get(data.id) ?? {};
    waiting.delete(data.id);
    if (data.error) reject?.(fromPlain(data.error));
    else resolve?.(data.result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const error = new OsusumeError('internal', `The worker failed: ${event.message}`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  signal.addEventListener('abort', () => end(signal.reason), { once: true });

  /** @type {(method: import('./handle.js').Method | 'open', args: unknown[], signal?: AbortSignal) => Promise<any>} */
  const call = (method, args, callSignal) => new Promise((resolve, reject) => {
    if (ended) throw ended;
    asking ??= setInterval(ask, ASK_MS);
    const id = ++lastId;
    const abort = () => {
      waiting.delete(id);
      worker.postMessage({ abort: id });
    };
    const settle = (/** @type {(value: any) => void} */ how) => (/** @type {any} */ value) => {
      callSignal?.removeEventListener('abort', abort);
      how(value);
    };
    waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    callSignal?.addEventListener('abort', abort, { once: true });
    worker.postMessage({ id, method, args });
  });

  await call('open', [url, sent]);
  return { thread: 'worker', call, close: () => worker.terminate() };
}
