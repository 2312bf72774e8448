// @ts-check
// The engine off the page's thread. Calls come in as `{ id, method, args }`, answers go out as `{ id, result }` or `{ id, error }`.

import { openEngine } from './engine.js';
import { OsusumeError, toPlain } from './errors.js';
import { loadRecommender } from './load.js';

/** @typedef {{ id: number, method: 'open' | import('./handle.js').Method, args: any[] }} Call */

/** @type {import('./engine.js').Engine | undefined} */
let engine;

/** @param {Call} call @returns {Promise<unknown>} */
async function run({ method, args }) {
  if (method === 'open') {
    const [manifestUrl, options] = args;
    engine = await openEngine(manifestUrl, loadRecommender, { ...options, onProgress: (progress) => postMessage({ progress }) });
    return undefined;
  }
  if (!engine) throw new OsusumeError('internal', 'A call came before the release was open.');
  const call = /** @type {(...args: any[]) => Promise<unknown>} */ (engine[method]); // the page's side has the types
  return call(...args);
}

addEventListener('message', async (/** @type {MessageEvent<Call>} */ { data }) => {
  try {
    postMessage({ id: data.id, result: await run(data) });
  } catch (error) {
    postMessage({ id: data.id, error: toPlain(error) });
  }
});

postMessage({ ready: true });
