// The fields that a catalogue declares: which ones a request names, which ones the form draws.
import type { Field, NumberField } from 'osusume';

export type Control = 'tags' | 'category' | 'range' | 'rating' | 'popularity' | 'group';

/** Most fields that the form draws. */
const MOST_CONTROLS = 6;
/** Most fields that a request may name. */
const MOST_NAMES = 100;
/** A number from 0 to at most this is a rating: the form asks for its smallest value alone. */
const MOST_RATING = 10;

/** Returns the names of the fields that a request asks for: of the texts, titles and `linked` ones. */
export const shortFields = (fields: Field[], linked: string[] = []): string[] =>
  fields
    .filter(({ name, type, role }) => type !== 'text' || role === 'title' || linked.includes(name))
    .map(({ name }) => name)
    .slice(0, MOST_NAMES);

/** Returns the control of a field; nothing if it has none, or if every item has the same value. */
export function controlOf(field: Field): Control | undefined {
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

const isRating = ({ min = 0, max = 0 }: NumberField) =>
  min >= 0 && max <= MOST_RATING && max - min > 1;

/** Returns the fields of the form, in the order of the catalogue. */
export const drawnFields = (fields: Field[]) =>
  fields.filter((field) => controlOf(field) !== undefined).slice(0, MOST_CONTROLS);
