// One answer: asks the engine, loads what it misses, and asks again.
import { codeOf, fieldOf, toOsusumeError } from './errors.js';
import type { PartLoader } from './parts.js';
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
 * in for it or are blended in.
 */
export async function answerWith<T>(parts: PartLoader, call: () => T): Promise<Answered<T>> {
  const tried = new Set<string>();
  for (;;) {
    try {
      const start = performance.now();
      return { value: call(), ms: performance.now() - start };
    } catch (error) {
      const part = MISSING.get(codeOf(error));
      const field = fieldOf(error, 'model');
      const model = typeof field === 'string' ? field : undefined;
      const missing = `${part} ${model}`;
      if (!part || tried.has(missing)) throw toOsusumeError(error);
      tried.add(missing);
      await parts.ensure(part, model);
    }
  }
}
