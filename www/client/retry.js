// @ts-check
// A `fetch` for lines that fail for a moment: asks again where that can help, goes on where a body broke off, and ends
// what stands still. What it delivers is held to its SHA-256 like everything else.

/** How often a file is asked for in all. */
export const TRIES = 3;
/** The first pause at most, the second is up to four times as long. Drawn at random, so that visitors do not all come back at once. */
const PAUSE_MS = 500;
/** The longest pause that a server may ask for. */
const MOST_PAUSE_MS = 10_000;
/** A line that brings less than this in that time stands still. */
const LEAST_BYTES = 1024;
const STILL_MS = 15_000;
/** Answers that another try may better. */
export const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Returns a `fetch` that does not give up at the first fault. Where nothing arrives it fails within 65 seconds: three
 * tries of 15, two pauses of 10 at most.
 * @param {typeof globalThis.fetch} fetch @param {number} [still] ms without bytes that end a try @returns {typeof globalThis.fetch}
 */
export function patient(fetch, still = STILL_MS) {
  return async (input, init = {}) => {
    const { signal } = init;
    let tries = 0;

    /** Waits for the next try; throws `error` where there is none. @param {unknown} error @param {number} [asked] ms */
    async function pause(error, asked = pauseMs(tries + 1)) {
      if (signal?.aborted || ++tries >= TRIES || globalThis.navigator?.onLine === false) throw error;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, Math.min(asked, MOST_PAUSE_MS));
        signal?.addEventListener('abort', () => (clearTimeout(timer), resolve(undefined)), { once: true });
      });
      signal?.throwIfAborted();
    }

    async function ask() {
      for (;;) {
        const line = new Line(still, signal);
        try {
          const response = await line.bring(fetch(input, { ...init, signal: line.signal }));
          if (!PASSING.has(response.status) || tries + 1 >= TRIES) return { line, response };
          response.body?.cancel().catch(() => {});
          await pause(new TypeError(`status ${response.status}`), retryAfter(response));
        } catch (error) {
          await pause(error);
        }
      }
    }

    let { line, response } = await ask();
    if (response.status !== 200 || !response.body) return response;
    let reader = response.body.getReader();
    let given = 0;
    /** Bytes to pass over, which an earlier try brought. */
    let known = 0;
    const body = new ReadableStream({
      async pull(controller) {
        for (;;) {
          try {
            const { done, value } = await line.bring(reader.read());
            if (done) return controller.close();
            line.came(value.length);
            const fresh = value.subarray(Math.min(known, value.length));
            known -= value.length - fresh.length;
            if (fresh.length === 0) continue;
            given += fresh.length;
            return controller.enqueue(fresh);
          } catch (error) {
            await pause(error); // what it throws is what the reader of this stream gets
            ({ line, response } = await ask());
            if (response.status !== 200 || !response.body) throw error;
            reader = response.body.getReader();
            known = given;
          }
        }
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    return new Response(body, response);
  };
}

/** One try, ended by the caller's signal or when it stands still. */
class Line {
  #ending = new AbortController();
  #bytes = 0;
  #since = 0;

  #still;

  /** @param {number} still ms without bytes that end it @param {AbortSignal | null} [outer] */
  constructor(still, outer) {
    this.signal = this.#ending.signal;
    this.#still = still;
    if (outer?.aborted) this.#ending.abort(outer.reason);
    outer?.addEventListener('abort', () => this.#ending.abort(outer.reason), { once: true });
  }

  /** Settles as `promise` does, but ends the try where that takes too long. @template T @param {Promise<T>} promise */
  async bring(promise) {
    const timer = setTimeout(() => this.#end(), this.#still);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Counts what came: a drop now and then is no line. @param {number} bytes */
  came(bytes) {
    this.#since ||= performance.now();
    this.#bytes += bytes;
    if (this.#bytes < LEAST_BYTES) {
      if (performance.now() - this.#since > this.#still) this.#end();
      return;
    }
    this.#bytes = 0;
    this.#since = performance.now();
  }

  #end() {
    this.#ending.abort(new TypeError(`nothing came for ${this.#still / 1000} s`));
  }
}

/** How long to wait before another try. @param {number} tries those that failed */
export function pauseMs(tries) {
  return Math.random() * PAUSE_MS * 4 ** (tries - 1);
}

/** What the server says it needs, in ms. @param {Response} response */
function retryAfter(response) {
  const said = response.headers.get('Retry-After') ?? '';
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return ms >= 0 ? ms : undefined;
}
