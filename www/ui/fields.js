// @ts-check
// The fields that a catalogue declares: which ones a request names, how they are called, which ones the form draws.

import { tame } from './language.js';

/** @typedef {import('../client/index.js').Field} Field */
/** @typedef {import('./voice.js').Voice} Voice */
/** @typedef {'tags' | 'category' | 'range' | 'rating' | 'popularity' | 'group'} Control */

/** Most fields that the form draws. */
const MOST_CONTROLS = 6;
/** Most fields that a request may name. */
const MOST_NAMES = 100;
/** A number from 0 to at most this is a rating: its smallest value alone is asked for. */
const MOST_RATING = 10;

/** Returns the names of the fields that a request asks for: of the texts, titles and those that a link needs. @param {(Field & { isLinked?: boolean })[]} fields */
export const shortFields = (fields) => fields.filter(({ type, role, isLinked }) => type !== 'text' || role === 'title' || isLinked).map(({ name }) => name).slice(0, MOST_NAMES);

/** Returns how the form asks for a field; nothing if it cannot, or if every item has the same. @param {Field} field @returns {Control | undefined} */
export function controlOf(field) {
  if (field.role === 'group' || field.role === 'popularity') return field.role;
  switch (field.type) {
    case 'tags':
      return field.values.length > 0 ? 'tags' : undefined;
    case 'category':
      return field.values.length > 1 ? 'category' : undefined;
    case 'number':
      return field.min === field.max ? undefined : isRating(field) ? 'rating' : 'range';
    case 'date':
      return field.min === field.max ? undefined : 'range';
    default:
      return undefined;
  }
}

/** @param {import('../client/index.js').NumberField} field */
const isRating = ({ min = 0, max = 0 }) => min >= 0 && max <= MOST_RATING && max - min > 1;

/** Returns the fields of the form, in the order of the catalogue. @param {Field[]} fields */
export const drawnFields = (fields) => fields.filter((field) => controlOf(field) !== undefined).slice(0, MOST_CONTROLS);

/** Returns the name of a field in the reader's language or, if the page has no word for it, as the catalogue has it. @param {string} name @param {Voice} voice */
export function fieldLabel(name, { language, say }) {
  const word = `field.${name}`;
  const known = say(/** @type {any} */ (word)); // a site may add words
  if (known !== word) return known;
  const plain = tame(name.replaceAll(/[_-]+/g, ' '));
  return plain.charAt(0).toLocaleUpperCase(language) + plain.slice(1);
}

/**
 * Returns the value of a field with what belongs to it: `★ 8.78`, `1.2M viewers`. A number that the page has no word for comes with its label.
 * @param {string} name @param {string} value as text @param {boolean} isNumber @param {Voice} voice
 */
export function fieldValue(name, value, isNumber, voice) {
  const word = `value.${name}`;
  const known = voice.say(/** @type {any} */ (word), { value });
  if (known !== word) return known;
  return isNumber ? `${fieldLabel(name, voice)} ${value}` : value;
}
