// The visitor's settings as a request to the engine, which decides what answers it.
import type { Field, Request } from 'osusume';
import { isStart, type State } from '../state/address.js';
import { conditionsOf, fittingFilters } from '../state/filters.js';
import type { OwnList } from '../state/keep.js';
import { shortFields } from './fields.js';

/** Ids that one request may have. */
const MAX_IDS = 10_000;
/** Most reasons that a request may need: results times likes and dislikes. */
const MAX_EXPLAINED = 100_000;

export interface Given {
  /** The two ends of the slider, or the only model; none asks the release's default question. */
  models: string[];
  /** Where the slider stands while nobody has moved it. */
  mix: number;
  /** The declared fields. */
  fields: Field[];
  /** Text fields that links fill in. */
  linked?: string[];
  /** The visitor's own list, if it counts. */
  own?: Pick<OwnList, 'liked' | 'disliked' | 'exclude'> | undefined;
}

/** Returns the request of a state. */
export function requestOf(state: State, { models, mix, fields, linked, own }: Given): Request {
  const { liked, disliked, exclude } = idsOf(state, own);
  const { collapse, niche, diversity, limit, text } = state;
  const model = isStart(state) ? undefined : modelOf(models, state.mix ?? mix);
  const isExplained = liked.length > 0 || text !== undefined;
  return {
    ...(liked.length && { liked }),
    ...(disliked.length && { disliked }),
    ...(text && { text }),
    limit,
    ...(model && { model }),
    filter: conditionsOf(fittingFilters(state.filters, fields), fields),
    ...(exclude.length && { exclude }),
    ...(collapse && { collapse }),
    ...(niche !== undefined && { niche: niche / 100 }),
    ...(diversity && { diversity: diversity / 100 }),
    explain: isExplained && limit * (liked.length + disliked.length) <= MAX_EXPLAINED,
    fields: shortFields(fields, linked),
  };
}

/** Returns the ids of a request: the votes on this page, then those of the own list that fit. */
function idsOf(state: State, own: Given['own']) {
  // A vote on this page counts more than an old score.
  const voted = new Set([...state.liked, ...state.disliked]);
  let left = MAX_IDS;
  const take = <T>(ids: T[]): T[] => {
    const taken = ids.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const others = (all: { id: number; weight: number }[] = []) =>
    all.filter(({ id }) => !voted.has(id));
  return {
    liked: take([...state.liked, ...others(own?.liked)]),
    disliked: take([...state.disliked, ...others(own?.disliked)]),
    exclude: take([...state.seen, ...(own?.exclude ?? [])]),
  };
}

function modelOf([first, second]: string[], mix: number): Request['model'] {
  if (second === undefined || mix <= 0) return first;
  return mix >= 100 ? second : { [first]: (100 - mix) / 100, [second]: mix / 100 };
}

/** Returns the model that carries a result, or nothing if none clearly does. */
export function leadingModel(byModel: Record<string, number> = {}): string | undefined {
  const parts = Object.entries(byModel).map(([name, value]) => [name, Math.max(0, value)] as const);
  const [first] = parts.sort((a, b) => b[1] - a[1]);
  const sum = parts.reduce((total, [, value]) => total + value, 0);
  return first && first[1] > sum * 0.6 ? first[0] : undefined;
}
