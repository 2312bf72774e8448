// Asks one model for the shows like one.
import type { Answer, Id, Recommended } from 'osusume';
import { shortFields } from './fields.js';
import { type Related, type Result, sharesOf } from './lists.js';
import { client, isCovered, loadModel, settled } from './open.js';
import type { Asking } from './resource.js';
import { type Show, titleOnly } from './show.js';
import { declared, linked, loadFields, showsOf } from './shows.js';

/**
 * Asks one model for the shows like one. While the model is on its way, its neighbour lists answer
 * if they can.
 */
export async function askRelated(
  id: Id,
  model: string,
  limit: number,
  { signal, partial }: Asking<Related>,
): Promise<Related> {
  const empty = uncovered(id);
  if (!settled.has(model)) {
    const early = await firstAnswer(id, model, limit, signal);
    if (early === 'uncovered') return empty;
    if (!early.answer.preliminary) return toRelated(id, model, early);
    const { items } = early.answer;
    const show = (shows: Show[]) =>
      partial({ ...empty, isCovered: true, results: resultsOf(items, shows, false) });
    if (!declared.peek()) show(items.map(titleOnly)); // the facts come all at once
    const facts = showsOf(items).then(show, () => {});
    await Promise.allSettled([loadModel(model), facts]);
  }
  // A download that failed is tried again by this call, which then says why.
  return toRelated(id, model, await askOnce(id, model, limit, signal, false));
}

const uncovered = (id: Id): Related => ({
  id,
  isCovered: false,
  isPredicted: false,
  results: [],
  ms: 0,
});

interface Timed {
  answer: Answer;
  ms: number;
}

/** Returns the first answer or, if that is known before, that the model does not know the show. */
async function firstAnswer(id: Id, model: string, limit: number, signal: AbortSignal) {
  const asked = askOnce(id, model, limit, signal, true);
  const isUncovered = isCovered(model, id).then(
    (is) => !is,
    () => false,
  );
  const isFirst = asked.then(
    () => false,
    () => false,
  );
  return (await Promise.race([isUncovered, isFirst])) ? 'uncovered' : asked;
}

async function askOnce(
  id: Id,
  model: string,
  limit: number,
  signal: AbortSignal,
  preliminary: boolean,
): Promise<Timed> {
  const opened = await client;
  // The first answer does not wait for the catalogue, which names the fields.
  const fields = preliminary ? declared.peek() : await loadFields();
  let ms = 0;
  const answer = await opened.related(id, {
    limit,
    model,
    ...(fields && { fields: shortFields(fields, linked) }),
    signal,
    preliminary,
    onTime: (time) => {
      ms = time;
    },
  });
  return { answer, ms };
}

async function toRelated(id: Id, model: string, { answer, ms }: Timed): Promise<Related> {
  const isFallback = answer.warnings.some(({ code }) => code === 'model_fallback');
  // Another model's picks do not belong under this heading.
  if (answer.model !== model || isFallback) return { ...uncovered(id), ms };
  const results = resultsOf(answer.items, await showsOf(answer.items), true);
  const { predicted } = await (await client).item(id);
  return { id, isCovered: true, isPredicted: predicted.includes(model), results, ms };
}

function resultsOf(items: Recommended[], shows: Show[], isExact: boolean): Result[] {
  const shares = sharesOf(items);
  return items.map(({ score }, at) => ({
    show: shows[at],
    score: isExact ? score : undefined,
    share: shares[at] ?? 0,
  }));
}
