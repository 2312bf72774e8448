// The engine in a worker: sends it calls, and notices when the browser has ended it.
import { onAbort } from './abort.js';
import { fromPlain, OsusumeError } from './errors.js';
import type {
  Args,
  Backend,
  Call,
  FromWorker,
  Listener,
  Method,
  Opening,
  Timed,
  ToWorker,
} from './protocol.js';
import type { WorkerLike } from './types/options.js';

/**
 * How often the client pings a worker that owes an answer, and how many pings may stay without
 * one.
 */
const PING_MS = 4000;
const MAX_SILENT_PINGS = 4;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export class WorkerBackend implements Backend {
  readonly thread = 'worker';
  readonly #worker: WorkerLike;
  readonly #listener: Listener;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #silentPings = 0;
  #pinging: ReturnType<typeof setInterval> | undefined;
  /** Why nothing will be answered any more. */
  #endReason: unknown;

  constructor(worker: WorkerLike, listener: Listener) {
    this.#worker = worker;
    this.#listener = listener;
    // The worker runs our own script.
    worker.addEventListener('message', ({ data }) => this.#receive(data as FromWorker));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#rejectAll(new OsusumeError('internal', `The worker failed: ${event.message}`));
    });
  }

  /** Opens a release in a running worker. */
  static async open(
    worker: WorkerLike,
    opening: Opening,
    wasm: string | undefined,
    listener: Listener,
    signal: AbortSignal,
  ): Promise<WorkerBackend> {
    const backend = new WorkerBackend(worker, listener);
    onAbort(signal, () => backend.#end(signal.reason));
    await backend.#ask((id) => ({ type: 'open', id, opening, wasm }));
    return backend;
  }

  readonly call: Call = async <M extends Method>(
    method: M,
    args: Args<M>,
    signal?: AbortSignal,
  ) => {
    // The arguments are of this method.
    const call = (id: number) => ({ type: 'call', id, method, args }) as ToWorker;
    return (await this.#ask(call, signal)) as Timed<M>; // by our own script
  };

  close(): void {
    this.#end(new OsusumeError('closed', 'This recommender was closed.'));
  }

  #ask(message: (id: number) => ToWorker, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#endReason !== undefined) throw this.#endReason;
      const id = ++this.#lastId;
      const abort = () => {
        this.#waiting.delete(id);
        this.#worker.postMessage({ type: 'abort', id } satisfies ToWorker);
      };
      const forget = signal && onAbort(signal, abort);
      this.#waiting.set(id, {
        resolve: (result) => {
          forget?.();
          resolve(result);
        },
        reject: (error) => {
          forget?.();
          reject(error);
        },
      });
      this.#pinging ??= setInterval(() => this.#ping(), PING_MS);
      this.#worker.postMessage(message(id));
    });
  }

  #receive(message: FromWorker): void {
    this.#silentPings = 0;
    if (message.type === 'progress') this.#listener.onProgress?.(message.progress);
    else if (message.type === 'warning') this.#listener.onWarning?.(message.warning);
    else if (message.type === 'result' || message.type === 'error') {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.type === 'error') waiting?.reject(fromPlain(message.error));
      else waiting?.resolve(message.result);
    }
  }

  /** A worker that the browser has ended says nothing at all. */
  #ping(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#pinging);
      this.#pinging = undefined;
    } else if (++this.#silentPings > MAX_SILENT_PINGS) {
      const message =
        'The browser has ended the worker that ranks, for want of memory perhaps. Open the ' +
        'release again.';
      this.#end(new OsusumeError('worker_lost', message));
    } else this.#worker.postMessage({ type: 'ping' } satisfies ToWorker);
  }

  #end(reason: unknown): void {
    this.#endReason ??= reason;
    clearInterval(this.#pinging);
    this.#worker.terminate();
    this.#rejectAll(reason);
  }

  #rejectAll(reason: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
