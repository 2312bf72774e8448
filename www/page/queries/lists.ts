// Lists as the page draws them: results joined with their shows.
import type { Id, Warning } from 'osusume';
import type { Show } from './show.js';

/** Reasons of a result that are named. */
export const NAMED = 3;

/** A reason of a result; `own`: it is in the visitor's own list alone. */
export type Reason =
  | { share: number; own: boolean; show: Show | undefined; word?: undefined }
  | { share: number; own: false; word: string; show?: undefined };

export interface Result {
  show: Show;
  score?: number | undefined;
  /** The score as a part of the best one; a start list has none. */
  share?: number | undefined;
  reasons?: Reason[];
  /** The model that carries the result: its name, `both`, or nothing to say about models. */
  lead?: string | undefined;
}

/** The list of one model for one show. */
export interface Related {
  /** The show that it is for. */
  id: Id;
  /** Whether the model knows the show. */
  isCovered: boolean;
  /** Whether the model knows it by its content alone. */
  isPredicted: boolean;
  results: Result[];
}

/** The one list that answers everything that is set. */
export interface Ranked {
  results: Result[];
  warnings: Warning[];
  /** The slider stands at the first of two models: moving it would let the other count. */
  isFirstAlone: boolean;
  ms: number;
}

/** Returns each score as a part of the best one, whose bar is full; nothing if none is above 0. */
export function sharesOf(items: { score: number }[]): number[] {
  const best = Math.max(...items.map(({ score }) => score));
  return best > 0 ? items.map(({ score }) => Math.max(0, score / best)) : [];
}
