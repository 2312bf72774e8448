// @ts-check
// Calls that rank, one a task in the order of asking: one that is aborted before its turn costs nothing, and on a page's own
// thread the page gets its turn between two.

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./handle.js').Method} Method */

/** Calls that only look something up: answered at once, since each turn waits for all that is being read meanwhile. @type {Set<Method>} */
const LOOK_UP = new Set(['info', 'item', 'items', 'loaded']);

/** @param {Engine} engine */
export function createQueue(engine) {
  /** @type {(() => void)[]} */
  let turns = [];
  let isRunning = false;

  async function run() {
    isRunning = true;
    while (turns.length) {
      const batch = turns;
      turns = [];
      for (const turn of batch) {
        await nextTask();
        turn();
      }
    }
    isRunning = false;
  }

  /** @param {Method} method @param {any[]} args @param {AbortSignal} [signal] @returns {Promise<{ value: any, ms: number }>} */
  return (method, args, signal) => new Promise((resolve, reject) => {
    const turn = () => {
      if (signal?.aborted) return reject(signal.reason);
      const call = /** @type {(...args: any[]) => Promise<{ value: any, ms: number }>} */ (engine[method]); // the page's side has the types
      call(...args).then(resolve, reject);
    };
    if (LOOK_UP.has(method)) return turn();
    turns.push(turn);
    if (!isRunning) run();
  });
}

/** @type {MessageChannel | undefined} */
let channel;
/** @type {(() => void)[]} */
const waiting = [];

/** Resolves in a task of its own. Timers would wait 4 ms each after a few. @returns {Promise<void>} */
export function nextTask() {
  const { setImmediate } = /** @type {any} */ (globalThis);
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve)); // Node, where an open channel keeps the process alive
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
  }
  const { port2 } = channel;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(0);
  });
}
