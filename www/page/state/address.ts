// The page's state in its address: `#id=1,6&not=5&f.genres=Comedy,-Horror&f.year=1990..2000`. It
// stands after the `#`, so that opening a shared link tells the server nothing.
import type { Id } from 'osusume';
import { countOf, type Filter, type Filters, readFilter, writeFilter } from './filters.js';

/** Everything that a visitor has set. */
export interface State {
  liked: Id[];
  disliked: Id[];
  seen: Id[];
  /** A description in the visitor's own words. */
  text?: string;
  /** Whether the visitor's own list counts too; it stays on the device. */
  own: boolean;
  /** 0 is all by viewers, 100 all by story; absent while nobody has moved the slider. */
  mix?: number;
  filters: Filters;
  /** 0 to 100. */
  niche?: number;
  /** One show of each series. */
  collapse: boolean;
  /** 0 to 100. */
  diversity: number;
  /** How many shows the list has. */
  limit: number;
  /** Whether the map is open. */
  map: boolean;
  /** The show whose details are open. */
  show?: Id;
  /** The release that a shared link was made with. */
  release?: string;
}

/** Shows in a list, unless a visitor asks for more. */
export const RESULTS = 10;
/** Shows that a list may grow to. */
export const MOST_RESULTS = 100;

export const emptyState = (): State => ({
  liked: [],
  disliked: [],
  seen: [],
  own: false,
  filters: new Map(),
  collapse: false,
  diversity: 0,
  limit: RESULTS,
  map: false,
});

/** The lists, with their short names in an address. */
const LISTS = [
  ['id', 'liked'],
  ['not', 'disliked'],
  ['seen', 'seen'],
] as const;
/** The numbers, each with its smallest and largest value. */
const NUMBERS = [
  ['mix', 'mix', 0, 100],
  ['gems', 'niche', 0, 100],
  ['vary', 'diversity', 0, 100],
  ['n', 'limit', 1, MOST_RESULTS],
] as const;
/** Ids of a link that are read; longer ones were not made by this page. */
const MAX_IDS = 1000;
/** Names of values in all filters of a link that are read; a request may have no more. */
const MAX_NAMES = 200;
/** The prefix of a field's name. */
const FIELD = 'f.';
/** Letters of a description that are read. */
const MAX_TEXT = 300;

/**
 * Returns the state that an address names, without the parts that make no sense. `location` is
 * such an address; `?id=1` is read too.
 */
export function stateOf({ hash, search }: { hash: string; search: string }): State {
  const state = emptyState();
  const fields = splitFields((hash.length > 1 ? hash : search).slice(1));
  for (const [short, name] of LISTS) state[name] = readIds(fields.get(short) ?? '');
  state.filters = readFilters(fields);
  for (const [short, name, least, most] of NUMBERS) {
    const text = fields.get(short);
    const value = Number(text);
    if (text && Number.isFinite(value)) state[name] = Math.min(most, Math.max(least, value));
  }
  state.limit = Math.round(state.limit);
  state.own = fields.get('own') === '1';
  state.collapse = fields.get('one') === '1';
  state.map = fields.get('map') === '1';
  const [show, release] = ['show', 'r'].map((name) => decode(fields.get(name) ?? ''));
  const text = decode(fields.get('q') ?? '')
    .trim()
    .slice(0, MAX_TEXT);
  if (text !== '') state.text = text;
  if (show.trim() !== '') state.show = toId(show);
  if (release !== '') state.release = release;
  return state;
}

function splitFields(text: string): Map<string, string> {
  return new Map(
    text.split('&').map((field) => {
      const at = field.indexOf('=');
      return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

function readIds(text: string): Id[] {
  const ids = text
    .split(',')
    .map(decode)
    .filter((id) => id.trim() !== '');
  return [...new Set(ids.slice(0, MAX_IDS).map(toId))];
}

function readFilters(fields: Map<string, string>): Filters {
  const filters = new Map();
  let left = MAX_NAMES;
  for (const [key, text] of fields) {
    const name = key.startsWith(FIELD) ? decode(key.slice(FIELD.length)) : '';
    const filter = name === '' ? undefined : readFilter(text, decode, left);
    if (!filter) continue;
    filters.set(name, filter);
    left -= countOf(filter);
  }
  return filters;
}

/** Returns the link to a state; a part that is as usual is not in it. */
export function hashOf(state: Partial<State>): string {
  const usual = emptyState();
  const full: State = { ...usual, ...state };
  const fields: string[] = [];
  for (const [short, name] of LISTS)
    if (full[name].length) fields.push(`${short}=${full[name].map(encode).join(',')}`);
  const filters = [...full.filters].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, filter] of filters)
    fields.push(`${FIELD}${encode(name)}=${writeFilter(filter, encode)}`);
  if (full.text) fields.push(`q=${encode(full.text)}`);
  if (full.own) fields.push('own=1');
  for (const [short, name] of NUMBERS)
    if (full[name] !== undefined && full[name] !== usual[name])
      fields.push(`${short}=${full[name]}`);
  if (full.collapse) fields.push('one=1');
  if (full.map) fields.push('map=1');
  if (full.show !== undefined) fields.push(`show=${encode(full.show)}`);
  if (full.release) fields.push(`r=${encode(full.release)}`);
  return `#${fields.join('&')}`;
}

/**
 * Returns the state without the parts that change no answer: what is open on top of the list, and
 * the release of a link.
 */
export const questionOf = (state: State): State => ({
  ...state,
  map: false,
  show: undefined,
  release: undefined,
});

/** Returns whether nothing at all is set: the page shows the start list. */
export const isStart = (state: State) => hashOf({ ...questionOf(state), limit: RESULTS }) === '#';

/**
 * Returns the one liked show if nothing else is set: the page then shows its viewers' and its
 * story's lists side by side.
 */
export function onlyLiked(state: State): Id | undefined {
  const [id] = state.liked;
  if (id === undefined) return undefined;
  return hashOf(questionOf(state)) === hashOf({ liked: [id] }) ? id : undefined;
}

/** Returns how many filters and sliders are not as usual. */
export function countShaping({ mix, filters, niche, collapse, diversity }: State): number {
  const filtered = [...filters.values()].reduce((sum, filter) => sum + countOf(filter), 0);
  const set = [mix !== undefined, niche !== undefined, collapse, diversity > 0];
  return filtered + set.filter(Boolean).length;
}

/**
 * Returns `next` with the lists and filters of `before` that are equal, so that a signal of such a
 * part does not change.
 */
export function shareParts(before: State, next: State): State {
  const shared = { ...next };
  for (const [, name] of LISTS)
    if (before[name].map(encode).join() === next[name].map(encode).join())
      shared[name] = before[name];
  const isSame = (name: string, filter: Filter) => {
    const old = before.filters.get(name);
    return old !== undefined && writeFilter(old, encode) === writeFilter(filter, encode);
  };
  const filters = [...next.filters].map(
    ([name, filter]) =>
      [name, (isSame(name, filter) && before.filters.get(name)) || filter] as const,
  );
  const isAll =
    filters.length === before.filters.size &&
    filters.every(([name, filter]) => before.filters.get(name) === filter);
  shared.filters = isAll ? before.filters : new Map(filters);
  return shared;
}

const toId = (text: string): Id =>
  /^\d{1,10}$/.test(text) && String(Number(text)) === text ? Number(text) : text;

const encode = (value: Id) => encodeURIComponent(value).replaceAll('%20', '+');

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return ''; // half an escape: the link was cut
  }
}
