// @ts-check
// The visitor's settings as a request to the engine. Which shows answer it, and in what order, is the engine's to say.

import { isStart } from './address.js';
import { shortFields } from './fields.js';
import { conditionsOf, fittingFilters } from './filters.js';

/** @typedef {import('./address.js').State} State */
/** @typedef {import('../client/index.js').Request} Request */
/** @typedef {Pick<import('../client/index.js').Profile, 'liked' | 'disliked' | 'exclude'>} OwnList */

/** Ids that one request may have. */
const MAX_IDS = 10_000;
/** Most reasons that a request may need: results times likes and dislikes. */
const MAX_EXPLAINED = 100_000;

/**
 * @param {State} state
 * @param {object} given
 * @param {string[]} given.models the two ends of the slider, or the one model there is; none: the release's default
 * @param {number} given.mix where the slider stands untouched
 * @param {import('../client/index.js').Field[]} given.fields the declared fields
 * @param {OwnList} [given.own] the visitor's own list, where it counts
 * @returns {Request}
 */
export function questionOf(state, { models, mix, fields, own }) {
  const named = new Set([...state.liked, ...state.disliked]); // said here and now: it counts more than an old score
  const left = { ids: MAX_IDS };
  /** @template T @param {T[]} ids @returns {T[]} */
  const take = (ids) => {
    const taken = ids.slice(0, left.ids);
    left.ids -= taken.length;
    return taken;
  };
  const liked = take([...state.liked, ...(own?.liked ?? []).filter(({ id }) => !named.has(id))]);
  const disliked = take([...state.disliked, ...(own?.disliked ?? []).filter(({ id }) => !named.has(id))]);
  const exclude = take([...state.seen, ...(own?.exclude ?? [])]);
  const { filters, collapse, niche, diversity, limit } = state;
  const model = isStart(state) ? undefined : modelOf(models, state.mix ?? mix);
  const isExplained = liked.length > 0 || state.text !== undefined;
  return {
    ...(liked.length && { liked }),
    ...(disliked.length && { disliked }),
    ...(state.text && { text: state.text }),
    limit,
    ...(model && { model }),
    filter: conditionsOf(fittingFilters(filters, fields), fields),
    ...(exclude.length && { exclude }),
    ...(collapse && { collapse }),
    ...(niche !== undefined && { niche: niche / 100 }),
    ...(diversity && { diversity: diversity / 100 }),
    explain: isExplained && limit * (liked.length + disliked.length) <= MAX_EXPLAINED,
    fields: shortFields(fields),
  };
}

/** @param {string[]} models @param {number} mix @returns {Request['model']} */
function modelOf([first, second], mix) {
  if (second === undefined || mix <= 0) return first;
  return mix >= 100 ? second : { [first]: (100 - mix) / 100, [second]: mix / 100 };
}

/**
 * Returns which model carries a result, or nothing where none clearly does.
 * @param {Record<string, number> | undefined} byModel
 */
export function leadingModel(byModel = {}) {
  const parts = Object.entries(byModel).map(([name, value]) => /** @type {const} */ ([name, Math.max(0, value)])).toSorted((a, b) => b[1] - a[1]);
  const sum = parts.reduce((total, [, value]) => total + value, 0);
  return parts.length && parts[0][1] > sum * 0.6 ? parts[0][0] : undefined;
}
