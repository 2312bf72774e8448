// Asks one model for the shows like one.
import type { Id, Recommended } from 'osusume';
import { type Related, type Result, sharesOf } from './lists.js';
import { nearest } from './open.js';
import type { Asking } from './resource.js';
import { type Show, titleOnly } from './show.js';
import { declared, showsOf } from './shows.js';

/** Asks one model for the shows like one. Their titles come first, what else is known of them later. */
export async function askRelated(
  id: Id,
  model: string,
  limit: number,
  { signal, partial }: Asking<Related>,
): Promise<Related> {
  const from = await nearest();
  const answer = await from.related(id, { limit, model, signal });
  const { items } = answer;
  // Another model's picks do not belong under this heading.
  const isCovered = answer.model === model;
  const none = { id, isCovered, isPredicted: false, results: [] };
  if (!isCovered) return none;
  if (!declared.peek()) partial({ ...none, results: resultsOf(items, items.map(titleOnly)) });
  const [shows, { predicted }] = await Promise.all([
    showsOf(items),
    from.item(id, { signal, preliminary: true }),
  ]);
  const isPredicted = predicted.includes(model);
  return { id, isCovered, isPredicted, results: resultsOf(items, shows) };
}

function resultsOf(items: Recommended[], shows: Show[]): Result[] {
  const shares = sharesOf(items);
  return items.map(({ score }, at) => ({ show: shows[at], score, share: shares[at] ?? 0 }));
}
