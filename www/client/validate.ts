// Arguments are plain data only. A `Map`, say, would lose its entries on the way to a worker or a
// server and be answered as an empty request; here it is refused, with the name of the field.
import { OsusumeError } from './errors.js';
import type { Id } from './types/catalogue.js';
import type { Load, Part } from './types/options.js';

const LOADS: readonly Load[] = ['related', 'default', 'all'];
const PARTS: readonly Part[] = ['default', 'stories', 'words', 'map'];

/**
 * Returns `value` without the fields that are `undefined`: in JavaScript those mean the default, to
 * the engine a wrong type.
 */
export function plainData<T>(value: T, name: string): T {
  return plain(value, name) as T; // of the same shape
}

function plain(value: unknown, name: string): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw invalid(name, String(value), 'a finite number');
    case 'bigint':
      throw invalid(name, 'a BigInt', `the number ${value}`);
    case 'object':
      return value && plainObject(value, name); // the engine says where null may stand
    default:
      throw invalid(name, `a ${typeof value}`, 'plain data');
  }
}

function plainObject(value: object, name: string): unknown {
  if (Array.isArray(value)) return Array.from(value, (each, at) => plain(each, `${name}[${at}]`));
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw invalid(
      name,
      `a ${value.constructor?.name ?? 'special object'}`,
      'a plain object or array',
    );
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, plain(field, `${name}.${key}`)]));
}

export function checkText(value: unknown, name = 'text'): string {
  if (typeof value === 'string') return value;
  throw wrongType(name, value, 'a string');
}

export function checkLimit(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw wrongType('limit', value, 'a number');
  return plainData(value, 'limit');
}

export function checkId(value: unknown): Id {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') throw wrongType('id', value, 'a number');
  return plainData(value, 'id');
}

export function checkIds(value: unknown): Id[] {
  if (!Array.isArray(value)) throw invalid('ids', typeof value, 'an array');
  return Array.from(value, checkId);
}

export function checkObject<T>(value: T, name: string): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return plainData(value, name);
  throw wrongType(name, value, 'an object');
}

export function checkLoad(value: unknown = 'default'): Load {
  const load = LOADS.find((each) => each === value);
  if (load) return load;
  throw invalid('load', JSON.stringify(value), `one of ${LOADS.join(', ')}`);
}

export function checkPart(value: unknown): Part | undefined {
  const part = PARTS.find((each) => each === value);
  if (part || value === undefined) return part;
  throw invalid('part', JSON.stringify(value), `one of ${PARTS.join(', ')}`);
}

function wrongType(name: string, value: unknown, wanted: string): OsusumeError {
  if (typeof value === 'bigint') return invalid(name, 'a BigInt', wanted);
  return invalid(
    name,
    value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value,
    wanted,
  );
}

function invalid(name: string, found: string, wanted: string): OsusumeError {
  return new OsusumeError(
    'request_invalid',
    `The request cannot be read: ${name} is ${found}; give ${wanted}.`,
  );
}
