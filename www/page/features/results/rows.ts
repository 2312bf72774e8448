// Which rows a list draws, and which element each show has. Plain lists: no DOM.
import type { Result } from '../../queries/lists.js';

const idOf = ({ show }: Result) => show.id;

/**
 * Returns the list whose first `count` rows are new and whose others are still the old ones: the
 * visible rows come first. Old rows make room for the new shows, so that no more elements are made
 * than in the end.
 */
export function stageRows(old: Result[], results: Result[], count: number): Result[] {
  if (count >= results.length) return results;
  const first = results.slice(0, count);
  const drawn = new Set(first.map(idOf));
  const before = new Set(old.map(idOf));
  const stay = new Set(results.map(idOf));
  let taken = first.filter((result) => !before.has(idOf(result))).length;
  const rest = old.filter((result) => {
    if (drawn.has(idOf(result))) return false;
    if (stay.has(idOf(result)) || taken === 0) return true;
    taken -= 1;
    return false;
  });
  return [...first, ...rest];
}

/** Returns whether two results look alike: the row of one can stay for the other. */
export function isSameResult(a: Result, b: Result): boolean {
  if (a.show !== b.show || a.score !== b.score || a.share !== b.share || a.lead !== b.lead)
    return false;
  const [own, others] = [a.reasons ?? [], b.reasons ?? []];
  if (own.length !== others.length) return false;
  return own.every((reason, at) => {
    const other = others[at];
    return (
      reason.show === other.show &&
      reason.word === other.word &&
      reason.share === other.share &&
      reason.own === other.own
    );
  });
}

/**
 * Returns the number of the element of each show: a show that stays keeps its element, a new one
 * takes that of one that goes. Making elements is most of the work.
 */
export function assignSlots(before: Map<number, number>, results: Result[]): Map<number, number> {
  const stay = new Set(results.map(idOf));
  const free = [...before].filter(([id]) => !stay.has(id)).map(([, slot]) => slot);
  let next = Math.max(-1, ...before.values()) + 1;
  return new Map(
    results.map((result) => {
      const id = idOf(result);
      return [id, before.get(id) ?? free.shift() ?? next++];
    }),
  );
}
