// @ts-check
// What `open` resolves to, wherever the ranking runs: calls that can be aborted, one end of life, one error class.

import { openEngine } from './engine.js';
import { OsusumeError, toOsusumeError } from './errors.js';

/** @typedef {import('./index.d.ts').OpenOptions} OpenOptions */
/** @typedef {'find' | 'item' | 'recommend' | 'similar' | 'info' | 'loaded' | 'importProfile'} Method */
/**
 * @typedef {object} Backend
 * @property {'worker' | 'main'} thread
 * @property {(method: Method, args: unknown[]) => Promise<{ value: any, ms: number }>} call
 * @property {() => void} close
 */

/**
 * Opens a backend, and gives its calls their public shape: aborting, closing, one error class.
 *
 * @param {OpenOptions} options
 * @param {(signal: AbortSignal) => Promise<Backend>} openBackend
 * @returns {Promise<import('./index.d.ts').Osusume>}
 */
export async function openWith({ signal }, openBackend) {
  signal?.throwIfAborted();
  const life = new AbortController(); // over when closed, or when the caller's signal says so
  const abort = () => life.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  life.signal.addEventListener('abort', () => signal?.removeEventListener('abort', abort));

  const opening = openBackend(life.signal);
  opening.then((late) => life.signal.aborted && late.close(), () => {});
  /** @type {Backend} */
  let backend;
  try {
    backend = await untilAborted(opening, [life.signal]);
  } catch (error) {
    life.abort(error); // a failed opening leaves no download and no worker behind
    throw error;
  }
  life.signal.addEventListener('abort', () => backend.close());

  /** @param {Method} method @param {unknown[]} args @param {import('./index.d.ts').CallOptions} [options] */
  const call = async (method, args, { signal: callSignal, onTime } = {}) => {
    const signals = callSignal ? [life.signal, callSignal] : [life.signal];
    for (const each of signals) each.throwIfAborted();
    const { value, ms } = await untilAborted(backend.call(method, args), signals);
    onTime?.(ms);
    return value;
  };
  return {
    backend: 'wasm',
    thread: backend.thread,
    find: (text, n, options) => call('find', [text, n], options),
    item: (id, options) => call('item', [id], options),
    recommend: (request, options) => call('recommend', [defined(request)], options),
    similar: (id, { signal: callSignal, onTime, ...options } = {}) => call('similar', [id, defined(options)], { signal: callSignal, onTime }),
    importProfile: async (file, options) => call('importProfile', [await bytesOf(file)], options),
    info: () => call('info', []),
    loaded: (model) => call('loaded', [model]),
    close: () => life.abort(new OsusumeError('closed', 'This recommender was closed.')),
  };
}

/** Most bytes of a list; the engine refuses longer ones, and so they are not read at all. */
const MAX_PROFILE_BYTES = 32 << 20;

/** Returns the bytes of a file that a visitor chose. @param {Blob | Uint8Array | string} file @returns {Promise<Uint8Array>} */
async function bytesOf(file) {
  const size = file instanceof Blob ? file.size : file?.length;
  if (size > MAX_PROFILE_BYTES) throw new OsusumeError('profile_too_large', 'The list has more than 32 MiB.');
  if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer());
  if (typeof file === 'string') return new TextEncoder().encode(file);
  if (file instanceof Uint8Array) return file;
  throw new OsusumeError('request_invalid', 'A list is a Blob (a File, say), a Uint8Array or a string.');
}

/**
 * Returns `options` without the fields that are `undefined`: in JavaScript those mean the default, to the engine a wrong type.
 * @template T @param {T} options @returns {T}
 */
function defined(options) {
  if (Object(options) !== options || Array.isArray(options)) return options; // the engine says what is wrong with it
  return /** @type {T} */ (Object.fromEntries(Object.entries(/** @type {object} */ (options)).filter(([, value]) => value !== undefined)));
}

/**
 * Settles as `promise` does, or rejects with the reason of the first signal to abort.
 * @template T @param {Promise<T>} promise @param {AbortSignal[]} signals @returns {Promise<T>}
 */
function untilAborted(promise, signals) {
  return new Promise((resolve, reject) => {
    const forget = signals.map((signal) => onAbort(signal, () => settle(reject, signal.reason)));
    /** @param {(value: any) => void} how @param {unknown} value */
    function settle(how, value) {
      for (const each of forget) each();
      how(value);
    }
    promise.then((value) => settle(resolve, value), (error) => settle(reject, error));
  });
}

/** @type {WeakMap<AbortSignal, Set<() => void>>} */
const waiting = new WeakMap();

/**
 * Calls `listener` when `signal` aborts; the function returned forgets it. However many calls share a signal, it has
 * one event listener: Node warns of a leak from the eleventh on.
 * @param {AbortSignal} signal @param {() => void} listener
 */
function onAbort(signal, listener) {
  const listeners = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) {
    waiting.set(signal, listeners);
    signal.addEventListener('abort', () => {
      for (const each of [...listeners]) each();
    }, { once: true });
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Opens the release on the thread this runs on.
 * @param {string} url @param {OpenOptions} options @param {() => Promise<import('./recommender.d.ts').RecommenderClass>} loadClass @param {AbortSignal} signal
 * @returns {Promise<Backend>}
 */
export async function openHere(url, { models, onProgress, fetch }, loadClass, signal) {
  try {
    const engine = await openEngine(url, loadClass, { models, onProgress, fetch }, signal);
    // @ts-expect-error the public methods above give each method its own arguments
    return { thread: 'main', call: (method, args) => engine[method](...args), close: engine.close };
  } catch (error) {
    throw toOsusumeError(error);
  }
}
