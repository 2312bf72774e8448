// @ts-check
// The page's state in its address: `#id=1,6&not=5&f.genres=Comedy,-Horror&f.year=1990..2000`. After the `#`, so that opening a shared link tells the server nothing.

import { countOf, readFilter, writeFilter } from './filters.js';

/** @typedef {number | string} Id */
/**
 * What a visitor has set. Ids are numbers where they are some, else the catalogue's text ids.
 * @typedef {object} State
 * @property {Id[]} liked
 * @property {Id[]} disliked
 * @property {Id[]} seen
 * @property {string} [text] what is looked for, in the visitor's own words
 * @property {boolean} own whether the visitor's own list counts too; it stays on the device
 * @property {number} [mix] 0 is all by viewers, 100 all by story
 * @property {import('./filters.js').Filters} filters
 * @property {number} [niche] 0 to 100
 * @property {boolean} collapse one show of each series
 * @property {number} diversity 0 to 100
 * @property {number} limit how many shows
 * @property {boolean} map whether the map is open
 * @property {Id} [show] the show whose details are open
 * @property {string} [release] the release that a shared link was made with
 */

/** Shows in a list unless told. */
export const RESULTS = 10;

/** @returns {State} */
export const emptyState = () => ({ liked: [], disliked: [], seen: [], own: false, filters: new Map(), collapse: false, diversity: 0, limit: RESULTS, map: false });

/** The lists, by the short names that they have in an address. */
const LISTS = /** @type {const} */ ([['id', 'liked'], ['not', 'disliked'], ['seen', 'seen']]);
/** The numbers, each with its least and greatest value. */
const NUMBERS = /** @type {const} */ ([['mix', 'mix', 0, 100], ['gems', 'niche', 0, 100], ['vary', 'diversity', 0, 100], ['n', 'limit', 1, 100]]);
/** Ids of a link that are read; longer ones were not made by this page. */
const MAX_IDS = 1000;
/** Names of values in all filters of a link that are read; a request may have no more. */
const MAX_NAMES = 200;
/** The prefix of a field's name. */
const FIELD = 'f.';
/** Letters of a visitor's own words that are taken. */
export const MAX_TEXT = 300;

/**
 * Returns the state that an address names; what makes no sense in it is left out.
 * @param {{ hash: string, search: string }} address `location`, say; `?id=1` is understood too
 * @returns {State}
 */
export function stateOf({ hash, search }) {
  const state = emptyState();
  const fields = new Map((hash.length > 1 ? hash : search).slice(1).split('&').map((field) => {
    const at = field.indexOf('=');
    return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
  }));
  for (const [short, name] of LISTS) {
    const texts = (fields.get(short) ?? '').split(',').map(decode).filter((text) => text.trim() !== '').slice(0, MAX_IDS);
    state[name] = [...new Set(texts.map(toId))];
  }
  let left = MAX_NAMES;
  for (const [key, text] of fields) {
    const name = key.startsWith(FIELD) ? decode(key.slice(FIELD.length)) : '';
    const filter = name === '' ? undefined : readFilter(text, decode, left);
    if (!filter) continue;
    state.filters.set(name, filter);
    left -= countOf(filter);
  }
  for (const [short, name, least, most] of NUMBERS) {
    const text = fields.get(short);
    const value = Number(text);
    if (text && Number.isFinite(value)) state[name] = Math.min(most, Math.max(least, value));
  }
  state.limit = Math.round(state.limit);
  state.own = fields.get('own') === '1';
  state.collapse = fields.get('one') === '1';
  state.map = fields.get('map') === '1';
  const [show = '', release = ''] = ['show', 'r'].map((name) => decode(fields.get(name) ?? ''));
  const text = decode(fields.get('q') ?? '').trim().slice(0, MAX_TEXT);
  if (text !== '') state.text = text;
  if (show.trim() !== '') state.show = toId(show);
  if (release !== '') state.release = release;
  return state;
}

/** Returns the link to a state: nothing in it that is as usual. @param {Partial<State>} state */
export function hashOf(state) {
  const full = { ...emptyState(), ...state };
  const usual = emptyState();
  /** @type {string[]} */
  const fields = [];
  for (const [short, name] of LISTS) if (full[name].length) fields.push(`${short}=${full[name].map(encode).join(',')}`);
  for (const [name, filter] of [...full.filters].toSorted(([a], [b]) => (a < b ? -1 : 1))) fields.push(`${FIELD}${encode(name)}=${writeFilter(filter, encode)}`);
  if (full.text) fields.push(`q=${encode(full.text)}`);
  if (full.own) fields.push('own=1');
  for (const [short, name] of NUMBERS) if (full[name] !== undefined && full[name] !== usual[name]) fields.push(`${short}=${full[name]}`);
  if (full.collapse) fields.push('one=1');
  if (full.map) fields.push('map=1');
  if (full.show !== undefined) fields.push(`show=${encode(full.show)}`);
  if (full.release) fields.push(`r=${encode(full.release)}`);
  return `#${fields.join('&')}`;
}

/** Returns the state without what changes no answer: what is open on top of it, and which release a link was made with. @param {State} state @returns {State} */
export const asked = (state) => ({ ...state, map: false, show: undefined, release: undefined });

/** Whether nothing at all is set: the page shows the start list. @param {State} state */
export const isStart = (state) => hashOf({ ...asked(state), limit: RESULTS }) === '#';

/** The one liked show, where nothing else is set: the page shows who also watched and whose story is like it, side by side. @param {State} state */
export function onlyLiked(state) {
  const [id] = state.liked;
  return id !== undefined && hashOf(asked(state)) === hashOf({ liked: [id] }) ? id : undefined;
}

/** Returns how many filters and sliders are not as usual. @param {State} state */
export function countShaping({ mix, filters, niche, collapse, diversity }) {
  const filtered = [...filters.values()].reduce((sum, filter) => sum + countOf(filter), 0);
  return filtered + [mix !== undefined, niche !== undefined, collapse, diversity].filter(Boolean).length;
}

/** @param {string} text @returns {Id} */
const toId = (text) => (/^\d{1,10}$/.test(text) && String(Number(text)) === text ? Number(text) : text);

/** Leaves what people may read, and `,`, `&`, `=`, `%`, `+`, `#` to escapes. @param {Id} value */
const encode = (value) => encodeURIComponent(value).replaceAll('%20', '+');

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return ''; // half an escape: a link that was cut
  }
}
