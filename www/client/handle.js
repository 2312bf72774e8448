// @ts-check
// What `open` resolves to, wherever the ranking runs: calls that can be aborted, one end of life, one error class.

import { openEngine } from './engine.js';
import { OsusumeError, toOsusumeError } from './errors.js';
import { bytesOf } from './list.js';
import { createQueue } from './queue.js';
import { checked } from './request.js';

/** @typedef {import('./index.d.ts').OpenOptions} OpenOptions */
/** @typedef {'find' | 'item' | 'items' | 'recommend' | 'similar' | 'info' | 'map' | 'loaded' | 'importProfile'} Method */
/**
 * @typedef {object} Backend
 * @property {'worker' | 'main' | 'server'} thread
 * @property {(method: Method, args: any[], signal?: AbortSignal) => Promise<{ value: any, ms: number }>} call
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
    const read = /** @type {(...args: unknown[]) => unknown[]} */ (checked[method])(...args);
    const { value, ms } = await untilAborted(backend.call(method, read, callSignal), signals);
    onTime?.(ms);
    return value;
  };
  return {
    backend: backend.thread === 'server' ? 'http' : 'wasm',
    thread: backend.thread,
    find: (text, limit, options) => call('find', [text, limit], options),
    item: (id, options) => call('item', [id, options?.preliminary], options),
    items: (ids, options) => call('items', [ids], options),
    recommend: (request, options) => call('recommend', [request, options?.preliminary], options),
    similar: (id, options = {}) => {
      const { signal: callSignal, onTime, preliminary, ...settings } = Object(options);
      return call('similar', [id, Object(options) === options ? settings : options, preliminary], { signal: callSignal, onTime });
    },
    importProfile: async (file, options) => call('importProfile', [await bytesOf(file)], options),
    info: (options) => call('info', [options?.preliminary], options),
    map: (options) => call('map', [], options),
    loaded: (model) => call('loaded', [model]),
    close: () => life.abort(new OsusumeError('closed', 'This recommender was closed.')),
  };
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
 * @param {string} url
 * @param {NonNullable<Parameters<typeof openEngine>[2]>} options
 * @param {() => Promise<import('./recommender.d.ts').RecommenderClass>} loadClass
 * @param {AbortSignal} signal
 * @returns {Promise<Backend>}
 */
export async function openHere(url, options, loadClass, signal) {
  try {
    const engine = await openEngine(url, loadClass, options, signal);
    return { thread: 'main', call: createQueue(engine), close: engine.close };
  } catch (error) {
    throw toOsusumeError(error);
  }
}
