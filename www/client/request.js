// @ts-check
// What a call may be given: plain data only. A `Map`, say, would lose its entries on the way to a worker's engine or a
// server and be answered as an empty request; here it is refused, with the name of the field.

import { OsusumeError } from './errors.js';

/**
 * Returns `value` without the fields that are `undefined`: in JavaScript those mean the default, to the engine a wrong type.
 * @template T @param {T} value @param {string} name how to call it in an error @returns {T}
 */
export function plain(value, name) {
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
      if (value === null) return value; // the engine says where it may stand
      if (Array.isArray(value)) return /** @type {T} */ (Array.from(value, (each, at) => plain(each, `${name}[${at}]`)));
      if (Object.prototype.toString.call(value) !== '[object Object]') {
        throw invalid(name, `a ${value.constructor?.name ?? 'special object'}`, 'a plain object or array');
      }
      return /** @type {T} */ (Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined).map(([key, field]) => [key, plain(field, `${name}.${key}`)])));
    default:
      throw invalid(name, `a ${typeof value}`, 'plain data');
  }
}

/** The checks of each call's own arguments, before anything is sent anywhere. */
export const checked = {
  /** @param {unknown} text @param {unknown} limit */
  find: (text, limit) => [typeName(text, 'string', 'text'), limit === undefined ? limit : typeName(limit, 'number', 'limit')],
  /** @param {unknown} id @param {unknown} [preliminary] */
  item: (id, preliminary) => [checkedId(id), preliminary === true],
  /** @param {unknown} ids */
  items: (ids) => {
    if (!Array.isArray(ids)) throw invalid('ids', typeof ids, 'an array');
    return [Array.from(ids, checkedId)];
  },
  /** @param {unknown} request @param {unknown} [preliminary] */
  recommend: (request, preliminary) => [plain(typeName(request, 'object', 'request'), 'request'), preliminary === true],
  /** @param {unknown} id @param {unknown} options @param {unknown} [preliminary] */
  similar: (id, options, preliminary) => [checkedId(id), plain(typeName(options, 'object', 'options'), 'options'), preliminary === true],
  /** @param {unknown} bytes made by the caller, of a file */
  importProfile: (bytes) => [bytes],
  /** @param {unknown} [preliminary] */
  info: (preliminary) => [preliminary === true],
  map: () => [],
  /** @param {unknown} model */
  loaded: (model) => [model === undefined ? model : typeName(model, 'string', 'model')],
};

/** @param {unknown} id */
function checkedId(id) {
  if (typeof id === 'string') return id;
  return plain(typeName(id, 'number', 'id'), 'id');
}

/** @param {unknown} value @param {string} type @param {string} name */
function typeName(value, type, name) {
  if (typeof value === type && value !== null && !Array.isArray(value)) return value;
  throw invalid(name, value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value === 'bigint' ? 'a BigInt' : typeof value, `a${type === 'object' ? 'n' : ''} ${type}`);
}

/** @param {string} name @param {string} found @param {string} wanted */
function invalid(name, found, wanted) {
  return new OsusumeError('request_invalid', `The request cannot be read: ${name} is ${found}; give ${wanted}.`);
}
