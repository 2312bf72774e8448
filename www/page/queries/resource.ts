// A question and its answer, as a signal: cancels the question before, drops answers that come too
// late, and carries partial answers. Knows nothing of the page.
import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals-core';

/**
 * The state of an answer. While another one is on its way, or none is asked for, `value` is still the
 * last one.
 */
export type Result<T> =
  | { status: 'idle'; value?: T | undefined; error?: undefined }
  | { status: 'loading'; value?: T | undefined; error?: undefined }
  | { status: 'partial' | 'ready'; value: T; error?: undefined }
  | { status: 'error'; value?: undefined; error: unknown };

export interface Asking<T> {
  /** Aborts when another question takes the place of this one. */
  signal: AbortSignal;
  /** Shows a part of the answer, or another model's, until the whole is there. */
  partial: (value: T) => void;
}

export interface Resource<T> {
  result: ReadonlySignal<Result<T>>;
  /** Asks the same question again. */
  retry: () => void;
  /** Forgets the answer of a question that is no longer asked. */
  clear: () => void;
}

/**
 * Asks whenever `key` changes; no key, no question. `ask` reads what it needs when it is called.
 */
export function resource<T>(
  key: () => string | undefined,
  ask: (asking: Asking<T>) => Promise<T>,
): Resource<T> {
  const result = signal<Result<T>>({ status: 'idle' });
  const attempt = signal(0);
  let controller = new AbortController();

  function start() {
    controller = new AbortController();
    const { signal: current } = controller;
    const set = (next: Result<T>) => {
      if (!current.aborted) result.value = next;
    };
    set({ status: 'loading', value: result.peek().value });
    ask({ signal: current, partial: (value) => set({ status: 'partial', value }) }).then(
      (value) => set({ status: 'ready', value }),
      (error) => set({ status: 'error', error }),
    );
  }

  effect(() => {
    const isAsked = key() !== undefined;
    attempt.value;
    untracked(() => {
      controller.abort();
      if (isAsked) start();
      else result.value = { status: 'idle', value: result.peek().value };
    });
  });
  return {
    result,
    retry: () => {
      attempt.value += 1;
    },
    clear: () => {
      if (result.peek().status === 'idle') result.value = { status: 'idle' };
    },
  };
}
