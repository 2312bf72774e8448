// @ts-check
// The same calls, answered by a server (`osusume serve`, or the Lambda): for browsers where WebAssembly cannot run.

import { OsusumeError } from './errors.js';
import { patient } from './retry.js';

/** @typedef {import('./handle.js').Backend} Backend */

/** Most ids that the server takes in one request for items. */
const MOST_ITEMS = 1000;

/** Codes that say that the engine cannot run here, whatever release it is given. @type {Set<import('./index.d.ts').OsusumeErrorCode>} */
const CANNOT_RUN = new Set(['wasm_unsupported', 'wasm_blocked', 'wasm_missing', 'wasm_invalid', 'unsupported', 'out_of_memory']);

/**
 * Settles as `opening` does; but where the engine cannot run and `fallback` names a server, with that one.
 *
 * @param {Promise<Backend>} opening @param {string | URL | undefined} fallback @param {import('./index.d.ts').OpenOptions['onWarning']} onWarning
 */
export async function orByHttp(opening, fallback, onWarning) {
  try {
    return await opening;
  } catch (error) {
    const { code, part, message } = Object(error);
    if (fallback === undefined || !(part === 'wasm' || CANNOT_RUN.has(code))) throw error;
    onWarning?.({ code: 'http_fallback', message: `${fallback} answers instead of this device: ${message}`, cause: code });
    return openHttp(String(fallback).replace(/\/(v1\/?)?$/, ''));
  }
}

/** Opens the server at `base`; rejects where it does not answer. @param {string} base @returns {Promise<Backend>} */
async function openHttp(base) {
  /** @param {string} path @param {{ signal?: AbortSignal, body?: unknown }} [options] */
  async function ask(path, { signal, body } = {}) {
    const url = `${base}/v1/${path}`;
    /** @type {Response} */
    let response;
    /** @type {any} */
    let value;
    try {
      // Whatever language the browser speaks: titles as the engine here would give them.
      const headers = { 'Accept-Language': '*', ...(body !== undefined && { 'Content-Type': 'application/json' }) };
      response = await patient(fetch)(url, { signal, headers, ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }) });
      value = await response.json().catch((error) => {
        if (error instanceof SyntaxError) return undefined;
        throw error;
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new OsusumeError('network', `${url} could not be reached: offline, a wrong address, or a server without CORS headers for this page (${Object(error).message}).`, { url });
    }
    if (response.ok && value !== undefined) return value;
    const { status } = response;
    const { code, class: kind, detail, hint, candidates } = Object(value);
    if (typeof code !== 'string') throw new OsusumeError('http_status', `${url} answered ${status}, not as osusume does. Is ${base} the right address?`, { url, status });
    throw new OsusumeError(/** @type {import('./index.d.ts').OsusumeErrorCode} */ (code), detail, { class: kind, hint, candidates, url, status });
  }

  /** @param {Record<string, unknown>} fields */
  const query = (fields) => new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]));

  const methods = {
    /** @param {[string, number?]} args @param {AbortSignal} [signal] */
    find: ([text, limit], signal) => ask(`find?${query({ text, limit })}`, { signal }),
    /** @param {[import('./index.d.ts').Id]} args @param {AbortSignal} [signal] */
    item: ([id], signal) => ask(`items/${encodeURIComponent(id)}`, { signal }),
    /** @param {[import('./index.d.ts').Id[]]} args @param {AbortSignal} [signal] */
    items: async ([ids], signal) => {
      // The server refuses numbers that are no ids; no item has them.
      const sound = ids.filter((id) => typeof id === 'string' || id === id >>> 0);
      const parts = Array.from({ length: Math.ceil(sound.length / MOST_ITEMS) }, (_, at) => sound.slice(at * MOST_ITEMS, (at + 1) * MOST_ITEMS));
      const answers = await Promise.all(parts.map((part) => ask('items', { signal, body: { ids: part } })));
      return answers.flatMap(({ items }) => items);
    },
    /** @param {[import('./index.d.ts').Request]} args @param {AbortSignal} [signal] */
    recommend: ([request], signal) => ask('recommend', { signal, body: request }),
    /** @param {[import('./index.d.ts').Id, import('./index.d.ts').Settings?]} args @param {AbortSignal} [signal] */
    similar: ([id, options = {}], signal) => {
      const { limit, model, ...others } = options;
      const isSimple = Object.keys(others).length === 0 && typeof model !== 'object';
      return isSimple ? ask(`similar?${query({ id, limit, model })}`, { signal }) : ask('recommend', { signal, body: { ...options, liked: [id] } });
    },
    importProfile: async () => {
      throw new OsusumeError('unsupported', 'Lists are read on the device only, never sent to a server; this browser cannot run WebAssembly here.');
    },
    map: async () => {
      throw new OsusumeError('unsupported', 'The map is drawn from the release on the device; this browser cannot run WebAssembly here.');
    },
    /** @param {unknown[]} _ @param {AbortSignal} [signal] @returns {Promise<import('./index.d.ts').Info>} */
    info: async (_, signal) => {
      const { release, items, defaultModel, fields, models } = await ask('health', { signal });
      return { release, items, defaultModel, fields, map: false, models: models.map((/** @type {string} */ name) => ({ name, loaded: true })) };
    },
    /** @param {[string?]} args @param {AbortSignal} [signal] */
    loaded: async ([model], signal) => {
      const { models } = await methods.info([], signal);
      if (model !== undefined && !models.some(({ name }) => name === model)) {
        throw new OsusumeError('unknown_model', `there is no model ${JSON.stringify(model)}; ${base} has ${models.map(({ name }) => name).join(', ')}`);
      }
    },
  };

  await ask('health');
  return {
    thread: 'server',
    close: () => {},
    call: async (method, args, signal) => {
      const from = performance.now();
      const value = await /** @type {(args: any[], signal?: AbortSignal) => Promise<any>} */ (methods[method])(args, signal);
      return { value, ms: performance.now() - from };
    },
  };
}
