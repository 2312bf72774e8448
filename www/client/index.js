// @ts-check
// The package's one entry for browsers: opens a release in a worker, or on the page's own thread where no worker starts.

import { fromPlain, OsusumeError } from './errors.js';
import { openHere, openWith } from './handle.js';
import { loadRecommender } from './load.js';

export { OsusumeError };

/** @typedef {import('./index.d.ts').OpenOptions} OpenOptions */
/** @typedef {import('./handle.js').Backend} Backend */

/** @type {typeof import('./index.d.ts').open} */
export async function open(manifestUrl, options = {}) {
  const url = new URL(manifestUrl, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  return openWith(options, (signal) => openBackend(url, options, signal));
}

/** @param {string} url @param {OpenOptions} options @param {AbortSignal} signal @returns {Promise<Backend>} */
async function openBackend(url, options, signal) {
  if (options.worker !== false && !options.fetch) {
    const worker = await startWorker(signal);
    if (worker) return openInWorker(worker, url, options, signal);
  }
  return openHere(url, options, loadRecommender, signal);
}

/** Returns a running worker, or nothing where none can start: no module workers, or a policy against them. @param {AbortSignal} signal */
async function startWorker(signal) {
  /** @type {Worker | undefined} */
  let worker;
  try {
    worker = createWorker();
    await new Promise((resolve, reject) => {
      Object.assign(/** @type {Worker} */ (worker), { onmessage: resolve, onerror: reject });
      signal.addEventListener('abort', reject);
    });
    return worker;
  } catch (error) {
    if (error instanceof Event) error.preventDefault(); // handled: the page's own thread does it
    worker?.terminate();
    signal.throwIfAborted();
    return undefined;
  }
}

function createWorker() {
  if (new URL(import.meta.url).origin === location.origin) return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  // A browser starts workers from the page's own origin only; this one imports the rest from where this module lies.
  // By `import()`: a policy judges it by script-src, which let this module in, where `import` would need worker-src too.
  const source = `import(${JSON.stringify(new URL('./worker.js', import.meta.url).href)}).catch((error) => setTimeout(() => { throw error; }));`;
  const shim = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(shim, { type: 'module' });
  worker.addEventListener('message', () => URL.revokeObjectURL(shim), { once: true });
  return worker;
}

/** @param {Worker} worker @param {string} url @param {OpenOptions} options @param {AbortSignal} signal @returns {Promise<Backend>} */
async function openInWorker(worker, url, { models, onProgress }, signal) {
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: unknown) => void }>} */
  const waiting = new Map();
  let lastId = 0;

  worker.onmessage = ({ data }) => {
    if (data.progress) return onProgress?.(data.progress);
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
  signal.addEventListener('abort', () => worker.terminate());

  /** @param {string} method @param {unknown[]} args */
  const call = (method, args) => new Promise((resolve, reject) => {
    const id = ++lastId;
    waiting.set(id, { resolve, reject });
    try {
      worker.postMessage({ id, method, args });
    } catch (error) {
      waiting.delete(id); // an argument that cannot be posted, a function say
      reject(new OsusumeError('request_invalid', `The request cannot be sent to the worker: ${/** @type {Error} */ (error).message}`));
    }
  });

  await call('open', [url, { models }]);
  return { thread: 'worker', call, close: () => worker.terminate() };
}
