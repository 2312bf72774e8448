// One backend for every handle that opens the same release in the same way: one worker, one
// download.
import { untilAborted } from './abort.js';
import { codeOf } from './errors.js';
import type { Backend, Connection, Listener } from './protocol.js';
import type { ClientWarning } from './types/options.js';

/** Codes after which the backend will not answer again, though another one may. */
const FATAL = new Set(['release_changed', 'worker_lost', 'internal']);

type OpenBackend = (listener: Required<Listener>, signal: AbortSignal) => Promise<Backend>;

const sessions = new Map<string, Session>();

/**
 * Joins the session of this key, or begins it with `openBackend`. The session ends when all who
 * joined have left.
 */
export function joinSession(key: string, listener: Listener, openBackend: OpenBackend) {
  const running = sessions.get(key);
  const session = running ?? new Session(key, openBackend);
  session.join(listener);
  return { session, isNew: running === undefined };
}

export class Session {
  readonly #key: string;
  readonly #listeners = new Set<Listener>();
  readonly #life = new AbortController();
  /** Warnings so far; they concern whoever joins later too. */
  readonly #warnings: ClientWarning[] = [];
  readonly #opening: Promise<Backend>;

  constructor(key: string, openBackend: OpenBackend) {
    this.#key = key;
    sessions.set(key, this);
    this.#opening = openBackend(
      {
        onProgress: (progress) => this.#tell((each) => each.onProgress?.(progress)),
        onWarning: (warning) => {
          this.#warnings.push(warning);
          this.#tell((each) => each.onWarning?.(warning));
        },
      },
      this.#life.signal,
    );
    this.#opening.catch((error) => this.#end(error)); // leaves no download and no worker behind
  }

  join(listener: Listener): void {
    this.#listeners.add(listener);
    for (const warning of this.#warnings) listener.onWarning?.(warning);
  }

  /** Ends the session once nobody is left. */
  leave(listener: Listener, reason: unknown): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#end(reason);
  }

  /** Resolves when the backend is open. A fatal error of a call keeps others from joining. */
  async connect(): Promise<Connection> {
    const backend = await untilAborted(this.#opening, [this.#life.signal]);
    return {
      thread: backend.thread,
      call: (...args) =>
        backend.call(...args).catch((error) => {
          if (FATAL.has(codeOf(error) ?? '')) this.#forget();
          throw error;
        }),
    };
  }

  #end(reason: unknown): void {
    this.#forget();
    this.#listeners.clear();
    this.#life.abort(reason);
    this.#opening.then(
      (backend) => backend.close(),
      () => {},
    );
  }

  #forget(): void {
    if (sessions.get(this.#key) === this) sessions.delete(this.#key);
  }

  /** A listener that throws does not keep the others from hearing. */
  #tell(say: (listener: Listener) => void): void {
    for (const each of this.#listeners) {
      try {
        say(each);
      } catch (error) {
        globalThis.reportError?.(error);
      }
    }
  }
}
