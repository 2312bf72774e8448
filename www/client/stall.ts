// Ends one attempt at a download when it stalls: a connection that brings nothing, or a drop now
// and then.
import { onAbort, untilAborted } from './abort.js';

/** How long an attempt may bring less than {@link MIN_BYTES}. */
export const STALL_MS = 15_000;
const MIN_BYTES = 1024;

/** One attempt. It ends with the caller's signal too. */
export class StallGuard {
  readonly #ending = new AbortController();
  readonly #ms: number;
  #bytes = 0;
  #since = 0;

  constructor(ms = STALL_MS, outer?: AbortSignal | null) {
    this.#ms = ms;
    if (outer) onAbort(outer, () => this.#ending.abort(outer.reason));
  }

  /** Aborts when the attempt ends early. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Settles as `promise` does, or rejects when the attempt ends. */
  race<T>(promise: Promise<T>): Promise<T> {
    return untilAborted(promise, [this.signal]);
  }

  /** The same, and ends the attempt if `promise` takes too long. */
  async within<T>(promise: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#end(), this.#ms);
    try {
      return await this.race(promise);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Counts what arrived. */
  count(bytes: number): void {
    this.#since ||= performance.now();
    this.#bytes += bytes;
    if (this.#bytes >= MIN_BYTES) {
      this.#bytes = 0;
      this.#since = performance.now();
    } else if (performance.now() - this.#since > this.#ms) this.#end();
  }

  #end(): void {
    this.#ending.abort(new TypeError(`nothing came for ${this.#ms / 1000} s`));
  }
}
