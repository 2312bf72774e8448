// The parts of a release that are loading or loaded: each loads once, and again after a failure.
import { toOsusumeError } from './errors.js';
import type { FilePart } from './release.js';

export interface Loading {
  state: 'waiting' | 'failed' | 'ready';
  done: Promise<void>;
}

export class PartLoader {
  readonly #load: (part: FilePart, model: string | undefined) => Promise<void>;
  /** By part and model. */
  readonly #parts = new Map<string, Loading>();

  constructor(load: (part: FilePart, model: string | undefined) => Promise<void>) {
    this.#load = load;
  }

  get(part: FilePart, model?: string): Loading | undefined {
    return this.#parts.get(`${part} ${model}`);
  }

  /** Starts to load a part, once `before` has settled. */
  start(part: FilePart, model?: string, before?: Promise<unknown>): Loading {
    const run = async () => {
      try {
        await before?.catch(() => {});
        await this.#load(part, model);
        loading.state = 'ready';
      } catch (error) {
        loading.state = 'failed';
        throw toOsusumeError(error);
      }
    };
    const loading: Loading = { state: 'waiting', done: Promise.resolve().then(run) };
    loading.done.catch(() => {}); // whoever asks for the part is told
    this.#parts.set(`${part} ${model}`, loading);
    return loading;
  }

  /** Resolves when a part is loaded; loads it if nobody has, and again if it failed. */
  ensure(part: FilePart, model?: string, before?: Promise<unknown>): Promise<void> {
    const loading = this.get(part, model);
    return (loading && loading.state !== 'failed' ? loading : this.start(part, model, before)).done;
  }

  /** Resolves when nothing is loading any more. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#parts.values()].map(({ done }) => done));
  }
}
