// One answer: asks the engine, loads what it misses, and asks again.
import { codeOf, fieldOf, toOsusumeError } from './errors.js';
import type { Loading, PartLoader } from './parts.js';
import type { FilePart } from './release.js';

/** An answer, and how many milliseconds the last call alone took. */
export interface Answered<T> {
  value: T;
  ms: number;
}

/** The part of a release that each code misses. */
const MISSING = new Map<string | undefined, FilePart>([
  ['catalogue_not_loaded', 'catalogue'],
  ['model_not_loaded', 'model'],
  ['text_not_loaded', 'text'],
]);

/**
 * Calls until nothing is missing: the catalogue, the requested model first, then those that stand
 * in for it or are blended in; before a model its neighbour lists, if they are on their way.
 */
export async function answerWith<T>(parts: PartLoader, call: () => T): Promise<Answered<T>> {
  const tried = new Set<Loading | string>();
  for (;;) {
    try {
      const start = performance.now();
      return { value: call(), ms: performance.now() - start };
    } catch (error) {
      const part = MISSING.get(codeOf(error));
      const field = fieldOf(error, 'model');
      const model = typeof field === 'string' ? field : undefined;
      const lists = part === 'model' ? parts.get('neighbours', model) : undefined;
      const missing = `${part} ${model}`;
      if (lists && !tried.has(lists)) {
        tried.add(lists);
        await lists.done.catch(() => {});
      } else if (part && !tried.has(missing)) {
        tried.add(missing);
        await parts.ensure(part, model);
      } else throw toOsusumeError(error);
    }
  }
}
