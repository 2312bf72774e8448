// Starts the worker, or says why none can start: no module workers, a policy against them, a script
// that does not arrive.
import { untilAborted } from './abort.js';
import { messageOf } from './errors.js';
import { STALL_MS } from './stall.js';
import type { ClientWarning, WorkerLike } from './types/options.js';
import { WASM_URL } from './wasm-url.js';

/** Returns a running worker, or nothing if none can start; then the page's own thread ranks. */
export async function startWorker(
  create: (() => WorkerLike) | undefined,
  signal: AbortSignal,
  onWarning: (warning: ClientWarning) => void,
  stallMs = STALL_MS,
): Promise<WorkerLike | undefined> {
  const deadline = performance.now() + stallMs;
  let reason = '';
  for (const way of create ? [create] : ownWays()) {
    let worker: WorkerLike | undefined;
    try {
      worker = way();
      await untilAborted(whenReady(worker, deadline - performance.now()), [signal]);
      return worker;
    } catch (error) {
      worker?.terminate();
      signal.throwIfAborted();
      reason = messageOf(error);
    }
  }
  onWarning({
    code: 'worker_blocked',
    message:
      `No worker could start (${reason}); the page's own thread ranks. A ` +
      "Content-Security-Policy needs worker-src 'self', or blob: if this package comes from " +
      'another origin.',
  });
  return undefined;
}

/** Resolves at the worker's first message. */
function whenReady(worker: WorkerLike, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error('its script did not arrive in time'));
    const timer = setTimeout(late, ms);
    worker.addEventListener('message', () => {
      clearTimeout(timer);
      resolve();
    });
    worker.addEventListener('error', (event) => {
      clearTimeout(timer);
      event.preventDefault(); // handled: the page's own thread ranks
      reject(new Error(event.message || 'its script did not load'));
    });
  });
}

function ownWays(): (() => WorkerLike)[] {
  const isForeign =
    WASM_URL.protocol.startsWith('http') && WASM_URL.origin !== globalThis.location?.origin;
  return isForeign ? [createWorker, createShim] : [createWorker];
}

// Written in one piece: bundlers look for this very expression.
const createWorker = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

/**
 * A browser starts workers from the page's own origin only. This one imports the rest from where
 * this package lies, by `import()`: a policy judges that by script-src, which let this module in,
 * while `import` would need worker-src too. The address is not written as above, or bundlers would
 * copy the script without what it imports.
 */
function createShim(): WorkerLike {
  const script = new URL('../worker.js', WASM_URL).href;
  const rethrow = '(error) => setTimeout(() => { throw error; })';
  const source = `import(${JSON.stringify(script)}).catch(${rethrow});`;
  const shim = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(shim, { type: 'module' });
  for (const event of ['message', 'error']) {
    worker.addEventListener(event, () => URL.revokeObjectURL(shim), { once: true });
  }
  return worker;
}
