// @ts-check
// Filters over declared fields: reads them from an address, writes them into one, and turns them into conditions of a request.

/** @typedef {import('../client/index.js').Field} Field */
/** @typedef {import('../client/index.js').Condition} Condition */
/** @typedef {number | string} Bound a number, or a date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD` */
/** @typedef {{ wanted: string[], unwanted: string[] }} Names of tags and categories */
/** @typedef {{ min?: Bound, max?: Bound }} Range of numbers and dates */
/** @typedef {Names | Range} Filter */
/** @typedef {Map<string, Filter>} Filters by the name of a field */

/** @param {Filter | undefined} filter @returns {filter is Names} */
export const isNames = (filter) => filter !== undefined && 'wanted' in filter;

/** Returns the filters with another one for this field. @param {Filters} filters @param {string} name @param {Filter} filter @returns {Filters} */
export function withFilter(filters, name, filter) {
  const changed = new Map(filters);
  if (isEmpty(filter)) changed.delete(name);
  else changed.set(name, filter);
  return changed;
}

/** @param {Filter} filter */
const isEmpty = (filter) => (isNames(filter) ? filter.wanted.length + filter.unwanted.length === 0 : filter.min === undefined && filter.max === undefined);

/** How many things a filter asks. @param {Filter} filter */
export const countOf = (filter) => (isNames(filter) ? filter.wanted.length + filter.unwanted.length : 1);

/**
 * Reads `Comedy,-Horror` or `1990..2000`; returns nothing if no part of it makes sense.
 * @param {string} text as it stands in an address @param {(text: string) => string} decode @param {number} most names
 * @returns {Filter | undefined}
 */
export function readFilter(text, decode, most) {
  const range = /^([^,]*?)\.\.([^,]*)$/.exec(text);
  /** @type {Filter} */
  let filter;
  if (range) {
    const [min, max] = [range[1], range[2]].map((bound) => readBound(decode(bound)));
    filter = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  } else {
    const parts = text.split(',').slice(0, most);
    const names = (/** @type {string[]} */ some) => [...new Set(some.map(decode).filter((name) => name.trim() !== ''))];
    const isUnwanted = (/** @type {string} */ part) => part.startsWith('-');
    filter = {
      wanted: names(parts.filter((part) => !isUnwanted(part))),
      unwanted: names(parts.filter(isUnwanted).map((part) => part.slice(1))),
    };
  }
  return isEmpty(filter) ? undefined : filter;
}

/** @param {string} text @returns {Bound | undefined} */
function readBound(text) {
  if (/^-?\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text);
  return /^\d{4}-\d\d(-\d\d)?$/.test(text) ? text : undefined;
}

/** Writes what `readFilter` reads. @param {Filter} filter @param {(text: string) => string} encode */
export function writeFilter(filter, encode) {
  if (!isNames(filter)) return `${filter.min ?? ''}..${filter.max ?? ''}`;
  // A name may begin like an unwanted one, or look like a range.
  const name = (/** @type {string} */ text) => encode(text).replace(/^-/, '%2D').replaceAll('..', '%2E%2E');
  return [...filter.wanted.map(name), ...filter.unwanted.map((text) => `-${name(text)}`)].join(',');
}

/**
 * Returns the filters that this catalogue can answer: a link may come from another release, which had other fields and values.
 * @param {Filters} filters @param {Field[]} fields @returns {Filters}
 */
export function fittingFilters(filters, fields) {
  /** @type {Filters} */
  const fitting = new Map();
  for (const field of fields) {
    const filter = filters.get(field.name);
    const fitted = filter && fittingFilter(filter, field);
    if (fitted && !isEmpty(fitted)) fitting.set(field.name, fitted);
  }
  return fitting;
}

/** @param {Filter} filter @param {Field} field @returns {Filter | undefined} */
function fittingFilter(filter, field) {
  if (isNames(filter)) {
    if (field.type !== 'tags' && field.type !== 'category') return undefined;
    const known = new Set(field.values);
    return { wanted: filter.wanted.filter((name) => known.has(name)), unwanted: filter.unwanted.filter((name) => known.has(name)) };
  }
  const isNumber = field.type === 'number' && [filter.min, filter.max].every((bound) => typeof bound !== 'string');
  return isNumber || field.type === 'date' ? filter : undefined;
}

/**
 * Returns filters that fit as the conditions of a request: of tags all that are wanted, of categories any of them.
 * @param {Filters} filters @param {Field[]} fields @returns {Record<string, Condition>}
 */
export function conditionsOf(filters, fields) {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  return Object.fromEntries([...filters].map(([name, filter]) => [name, conditionOf(filter, types.get(name))]));
}

/** @param {Filter} filter @param {Field['type'] | undefined} type @returns {Condition} */
function conditionOf(filter, type) {
  if (isNames(filter)) {
    const { wanted, unwanted } = filter;
    return { ...(wanted.length && { [type === 'tags' ? 'all' : 'any']: wanted }), ...(unwanted.length && { none: unwanted }) };
  }
  const { min, max } = filter;
  const isTurned = min !== undefined && max !== undefined && typeof min === typeof max && min > max;
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max: isTurned ? min : max }) };
}
