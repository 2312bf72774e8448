// A `fetch` that retries where that can help, resumes a body that broke off, and ends what stalls.
// Whoever reads the result checks its SHA-256.
import { sleep } from './abort.js';
import type { Fetch } from './protocol.js';
import { STALL_MS, StallGuard } from './stall.js';

/** Attempts at a file. */
export const ATTEMPTS = 3;
/**
 * Longest first pause; the second is up to four times as long. Random, so that visitors do not
 * all come back at once.
 */
const PAUSE_MS = 500;
/** Longest pause that a server may ask for. */
const MAX_PAUSE_MS = 10_000;
/** Statuses that another attempt may improve. */
export const RETRYABLE = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Returns a `fetch` that retries. If nothing arrives it fails within 65 seconds: three attempts of
 * 15, two pauses of at most 10.
 */
export function withRetries(fetch: Fetch, stallMs = STALL_MS): Fetch {
  return (input, init = {}) =>
    new Download((signal) => fetch(input, { ...init, signal }), init.signal, stallMs).response();
}

/** How long to wait before another attempt. */
export function pauseMs(failures: number): number {
  return Math.random() * PAUSE_MS * 4 ** (failures - 1);
}

/** The wait that the server asks for, in milliseconds. */
function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('Retry-After') ?? '';
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return ms >= 0 ? ms : undefined;
}

/** One download, over several connections if need be. */
class Download {
  readonly #fetch: (signal: AbortSignal) => Promise<Response>;
  readonly #outer: AbortSignal | null | undefined;
  readonly #stallMs: number;
  #guard: StallGuard;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #failures = 0;
  /** Bytes that the caller has. */
  #given = 0;
  /** Bytes of this connection to skip, because an earlier one brought them. */
  #skip = 0;

  constructor(
    fetch: (signal: AbortSignal) => Promise<Response>,
    outer: AbortSignal | null | undefined,
    stallMs: number,
  ) {
    this.#fetch = fetch;
    this.#outer = outer;
    this.#stallMs = stallMs;
    this.#guard = new StallGuard(stallMs, outer);
  }

  async response(): Promise<Response> {
    const response = await this.#connect();
    if (!this.#read(response)) return response;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => this.#pull(controller),
        cancel: (reason) => this.#reader?.cancel(reason),
      },
      { highWaterMark: 0 },
    );
    return new Response(body, response);
  }

  /** Begins to read a body; false if there is none worth resuming. */
  #read(response: Response): boolean {
    if (response.status !== 200 || !response.body) return false;
    this.#reader = response.body.getReader();
    this.#skip = this.#given;
    return true;
  }

  async #connect(): Promise<Response> {
    for (;;) {
      this.#guard = new StallGuard(this.#stallMs, this.#outer);
      try {
        const response = await this.#guard.within(this.#fetch(this.#guard.signal));
        if (!RETRYABLE.has(response.status) || this.#failures + 1 >= ATTEMPTS) return response;
        response.body?.cancel().catch(() => {});
        await this.#pause(new TypeError(`status ${response.status}`), retryAfter(response));
      } catch (error) {
        await this.#pause(error);
      }
    }
  }

  /** Waits for the next attempt; throws `error` if there is none. */
  async #pause(error: unknown, wanted = pauseMs(this.#failures + 1)): Promise<void> {
    const isOffline = globalThis.navigator?.onLine === false;
    if (this.#outer?.aborted || ++this.#failures >= ATTEMPTS || isOffline) throw error;
    await sleep(Math.min(wanted, MAX_PAUSE_MS), this.#outer);
    this.#outer?.throwIfAborted();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      try {
        const chunk = await this.#next();
        if (!chunk) return controller.close();
        if (chunk.length > 0) return controller.enqueue(chunk);
      } catch (error) {
        await this.#pause(error); // what it throws is what the reader of this stream gets
        if (!this.#read(await this.#connect())) throw error;
      }
    }
  }

  /** The next bytes that the caller does not have, perhaps none; `undefined` at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    if (!this.#reader) return undefined;
    const { done, value } = await this.#guard.within(this.#reader.read());
    if (done) return undefined;
    this.#guard.count(value.length);
    const fresh = value.subarray(Math.min(this.#skip, value.length));
    this.#skip -= value.length - fresh.length;
    this.#given += fresh.length;
    return fresh;
  }
}
