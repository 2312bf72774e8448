// The worker's script: the engine off the page's thread. protocol.ts has its messages.
import { OsusumeError, toPlain } from './errors.js';
import { loadRecommender } from './module.js';
import { openEngine } from './opening.js';
import type { Call, FromWorker, ToWorker } from './protocol.js';
import { createQueue } from './queue.js';
// Not by `import()`: Vite to version 7 makes workers of one file.
import * as glue from './wasm/osusume.js';

let answer: Call | undefined;
const calls = new Map<number, AbortController>();

const send = (message: FromWorker): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'ping') send({ type: 'pong' });
  else if (data.type === 'abort') calls.get(data.id)?.abort();
  else reply(data);
});

async function reply(
  message: Extract<ToWorker, { id: number; type: 'open' | 'call' }>,
): Promise<void> {
  const { id } = message;
  const call = new AbortController();
  calls.set(id, call);
  try {
    send({ type: 'result', id, result: await run(message, call.signal) });
  } catch (error) {
    if (!call.signal.aborted) send({ type: 'error', id, error: toPlain(error) });
  } finally {
    calls.delete(id);
  }
}

async function run(
  message: Extract<ToWorker, { type: 'open' | 'call' }>,
  signal: AbortSignal,
): Promise<unknown> {
  if (message.type === 'open') return open(message);
  if (!answer) throw new OsusumeError('internal', 'A call came before the release was open.');
  return answer(message.method, message.args, signal);
}

async function open({ opening, wasm }: Extract<ToWorker, { type: 'open' }>): Promise<void> {
  const url = wasm === undefined ? undefined : new URL(wasm);
  const engine = await openEngine(
    opening,
    () => loadRecommender(async () => glue, undefined, url),
    {
      onProgress: (progress) => send({ type: 'progress', progress }),
      onWarning: (warning) => send({ type: 'warning', warning }),
    },
  );
  answer = createQueue(engine.handlers);
}

send({ type: 'ready' });
