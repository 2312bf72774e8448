// Waiting for a promise or a signal, whichever comes first.

/** The listeners of each signal. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` when `signal` aborts, at once if it has; the function returned forgets it. However
 * many calls share a signal, it has one event listener: Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => {};
  }
  let all = listeners.get(signal);
  if (!all) {
    const added = new Set<() => void>();
    all = added;
    listeners.set(signal, added);
    const run = () => {
      for (const each of [...added]) each();
    };
    signal.addEventListener('abort', run, { once: true });
  }
  all.add(listener);
  return () => all.delete(listener);
}

/** Settles as `promise` does, or rejects with the reason of the first signal to abort. */
export function untilAborted<T>(promise: Promise<T>, signals: AbortSignal[]): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let forget: (() => void)[] = [];
    const done = () => {
      for (const each of forget) each();
    };
    const abort = (signal: AbortSignal) => () => {
      done();
      reject(signal.reason);
    };
    forget = signals.map((signal) => onAbort(signal, abort(signal)));
    promise.then(resolve, reject).finally(done);
  });
}

/** Settles as `promise` does, or rejects when it takes too long. */
export function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${ms / 1000} s`));
    const timer = setTimeout(late, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Resolves after so many milliseconds, or at once when `signal` aborts. */
export function sleep(ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve) => {
    let forget = () => {};
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      forget();
      resolve();
    }
    if (signal) forget = onAbort(signal, done);
  });
}
