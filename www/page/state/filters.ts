// Filters over declared fields: read from an address, written into one, turned into conditions of a
// request. Knows no component.
import type { Condition, Field } from 'osusume';

/** A number, or a date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
export type Bound = number | string;
/** A filter of tags or categories. */
export interface Names {
  wanted: string[];
  unwanted: string[];
}
/** A filter of numbers or dates. */
export interface Range {
  min?: Bound;
  max?: Bound;
}
export type Filter = Names | Range;
/** By the name of a field. */
export type Filters = ReadonlyMap<string, Filter>;

export const isNames = (filter: Filter | undefined): filter is Names =>
  filter !== undefined && 'wanted' in filter;

const NO_NAMES: Names = { wanted: [], unwanted: [] };

/** Returns the filter of a field with names. */
export function namesOf(filters: Filters, name: string): Names {
  const filter = filters.get(name);
  return isNames(filter) ? filter : NO_NAMES;
}

/** Returns the filter of a field with numbers or dates. */
export function rangeOf(filters: Filters, name: string): Range {
  const filter = filters.get(name);
  return filter && !isNames(filter) ? filter : {};
}

/** Returns the filters with another one for this field. */
export function withFilter(filters: Filters, name: string, filter: Filter): Filters {
  const changed = new Map(filters);
  if (isEmpty(filter)) changed.delete(name);
  else changed.set(name, filter);
  return changed;
}

const isEmpty = (filter: Filter) =>
  isNames(filter)
    ? filter.wanted.length + filter.unwanted.length === 0
    : filter.min === undefined && filter.max === undefined;

/** Returns how many conditions a filter has. */
export const countOf = (filter: Filter) =>
  isNames(filter) ? filter.wanted.length + filter.unwanted.length : 1;

/**
 * Reads `Comedy,-Horror` or `1990..2000`, at most `most` names. Returns nothing if no part of it
 * makes sense.
 */
export function readFilter(
  text: string,
  decode: (text: string) => string,
  most: number,
): Filter | undefined {
  const range = /^([^,]*?)\.\.([^,]*)$/.exec(text);
  const filter = range
    ? readRange(decode(range[1]), decode(range[2]))
    : readNames(text.split(',').slice(0, most), decode);
  return isEmpty(filter) ? undefined : filter;
}

function readRange(from: string, to: string): Range {
  const [min, max] = [from, to].map(readBound);
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function readNames(parts: string[], decode: (text: string) => string): Names {
  const names = (some: string[]) => [
    ...new Set(some.map(decode).filter((name) => name.trim() !== '')),
  ];
  const isUnwanted = (part: string) => part.startsWith('-');
  return {
    wanted: names(parts.filter((part) => !isUnwanted(part))),
    unwanted: names(parts.filter(isUnwanted).map((part) => part.slice(1))),
  };
}

function readBound(text: string): Bound | undefined {
  if (/^-?\d{1,15}(\.\d{1,9})?$/.test(text)) return Number(text);
  return /^\d{4}-\d\d(-\d\d)?$/.test(text) ? text : undefined;
}

/** Writes what `readFilter` reads. */
export function writeFilter(filter: Filter, encode: (text: string) => string): string {
  if (!isNames(filter)) return `${filter.min ?? ''}..${filter.max ?? ''}`;
  // A name may begin like an unwanted one, or look like a range.
  const name = (text: string) => encode(text).replace(/^-/, '%2D').replaceAll('..', '%2E%2E');
  return [...filter.wanted.map(name), ...filter.unwanted.map((text) => `-${name(text)}`)].join(',');
}

/**
 * Returns the filters that this catalogue can answer: a link may come from another release, which
 * had other fields and values.
 */
export function fittingFilters(filters: Filters, fields: Field[]): Filters {
  const fitting = new Map<string, Filter>();
  for (const field of fields) {
    const filter = filters.get(field.name);
    const fitted = filter && fittingFilter(filter, field);
    if (fitted && !isEmpty(fitted)) fitting.set(field.name, fitted);
  }
  return fitting;
}

function fittingFilter(filter: Filter, field: Field): Filter | undefined {
  if (isNames(filter)) {
    if (field.type !== 'tags' && field.type !== 'category') return undefined;
    const known = new Set(field.values);
    return {
      wanted: filter.wanted.filter((name) => known.has(name)),
      unwanted: filter.unwanted.filter((name) => known.has(name)),
    };
  }
  const bounds = [filter.min, filter.max];
  const isNumber = field.type === 'number' && bounds.every((bound) => typeof bound !== 'string');
  return isNumber || field.type === 'date' ? filter : undefined;
}

/**
 * Returns filters that fit as conditions of a request: all of the wanted tags, any of the wanted
 * categories.
 */
export function conditionsOf(filters: Filters, fields: Field[]): Record<string, Condition> {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const entries = [...filters].map(([name, filter]) => [
    name,
    conditionOf(filter, types.get(name)),
  ]);
  return Object.fromEntries(entries);
}

function conditionOf(filter: Filter, type: Field['type'] | undefined): Condition {
  if (isNames(filter)) {
    const { wanted, unwanted } = filter;
    return {
      ...(wanted.length && { [type === 'tags' ? 'all' : 'any']: wanted }),
      ...(unwanted.length && { none: unwanted }),
    };
  }
  const { min, max } = filter;
  const isTurned = min !== undefined && max !== undefined && typeof min === typeof max && min > max;
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max: isTurned ? min : max }),
  };
}
