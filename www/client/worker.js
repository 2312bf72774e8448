// @ts-check
// The engine off the page's thread. Calls come in as `{ id, method, args }` or `{ abort: id }`, answers go out as
// `{ id, result }` or `{ id, error }`; `{ ping }` is answered with `{ pong }`.

import { openEngine } from './engine.js';
import { OsusumeError, toPlain } from './errors.js';
import { loadRecommender } from './load.js';
import { createQueue } from './queue.js';
import * as glue from './wasm/osusume.js'; // not by `import()`: Vite to version 7 makes workers of one file

/** @typedef {{ id: number, method: 'open' | import('./handle.js').Method, args: any[], abort?: number }} Call */

/** @type {ReturnType<typeof createQueue> | undefined} */
let ask;
/** @type {Map<number, AbortController>} */
const calls = new Map();

/** @param {Call} call @param {AbortSignal} signal @returns {Promise<unknown>} */
async function run({ method, args }, signal) {
  if (method === 'open') {
    const [manifestUrl, { wasm, ...options }] = args;
    ask = createQueue(await openEngine(manifestUrl, () => loadRecommender(async () => glue, undefined, wasm && new URL(wasm)), {
      ...options,
      onProgress: (progress) => postMessage({ progress }),
      onWarning: (warning) => postMessage({ warning }),
    }));
    return undefined;
  }
  if (!ask) throw new OsusumeError('internal', 'A call came before the release was open.');
  return ask(method, args, signal);
}

addEventListener('message', async (/** @type {MessageEvent<Call>} */ { data }) => {
  if ('ping' in data) return postMessage({ pong: true });
  if (data.abort !== undefined) return calls.get(data.abort)?.abort();
  const { id } = data;
  const call = new AbortController();
  calls.set(id, call);
  try {
    postMessage({ id, result: await run(data, call.signal) });
  } catch (error) {
    if (!call.signal.aborted) postMessage({ id, error: toPlain(error) });
  } finally {
    calls.delete(id);
  }
});

postMessage({ ready: true });
