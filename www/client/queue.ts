// Calls that rank, one a task in the order of asking. One that is aborted before its turn costs
// nothing, and on a page's own thread the page gets its turn between two.
import type { Call, Handlers, Method } from './protocol.js';

/**
 * Calls that only look something up. They are answered at once: a turn would wait for all that is
 * being read meanwhile.
 */
const IMMEDIATE = new Set<Method>(['info', 'item', 'items', 'load', 'ready']);

export function createQueue(handlers: Handlers): Call {
  let turns: (() => void)[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
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

  return (method, args, signal) =>
    new Promise((resolve, reject) => {
      const turn = () => {
        if (signal?.aborted) reject(signal.reason);
        else handlers[method](args).then(resolve, reject);
      };
      if (IMMEDIATE.has(method)) return turn();
      turns.push(turn);
      if (!isRunning) run();
    });
}

let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** Resolves in a task of its own. Timers would wait 4 ms each after a few. */
export function nextTask(): Promise<void> {
  // Node has it, where an open channel would keep the process alive.
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => void };
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve));
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
