// An item of any catalogue as the page draws it: its declared fields, sorted by their purpose.
import type { Field, Id, Values } from 'osusume';

export interface Fact {
  name: string;
  type: 'category' | 'number' | 'date';
  value: string | number;
}

export interface Show {
  id: number;
  /** Its text id. */
  key?: string | undefined;
  /** The main title. */
  title: string;
  /** The address of its own page. */
  url?: string | undefined;
  /** The address of a picture that the page may fetch. */
  image?: string | undefined;
  /** The other titles, by the names of their fields. */
  titles: Record<string, string>;
  tags: string[];
  /** The other texts, for links. */
  texts?: Record<string, string>;
  /** The values that fit on a line, in the order of the catalogue. */
  facts: Fact[];
  popularity?: { name: string; value: number };
  /** Only its id and main title are loaded. */
  preliminary?: true;
}

/** An item, or a result with its fields. */
export interface Known {
  id: number;
  key?: string;
  title: string;
  url?: string;
  image?: string;
  fields?: Values;
}

export const idOf = (show: { id: number; key?: string | undefined }) => show.key ?? show.id;

/** Returns whether an id, a number or a text id, is that of a show. */
export const isShow = (show: { id: number; key?: string | undefined }, id: Id | undefined) =>
  id !== undefined && (show.id === id || show.key === id);

/** Returns the show of an item. `imageOf` decides whether the page may fetch its picture. */
export function showOf(
  { id, key, title, url, image, fields: values = {} }: Known,
  fields: Field[],
  imageOf: (image: string | undefined) => string | undefined,
): Show {
  const known = fields.filter(({ name }) => Object.hasOwn(values, name));
  const popularity = known.find(({ role }) => role === 'popularity')?.name;
  const textsOf = (some: Field[]) =>
    Object.fromEntries(some.map(({ name }) => [name, String(values[name])]));
  return {
    id,
    key,
    title,
    url,
    image: imageOf(image),
    titles: textsOf(known.filter(({ role }) => role === 'title')),
    texts: textsOf(known.filter(({ type, role }) => type === 'text' && role === undefined)),
    tags: known.flatMap(({ name, type }) => (type === 'tags' ? (values[name] as string[]) : [])),
    facts: known.flatMap((field) => factOf(field, values)),
    ...(popularity !== undefined && {
      popularity: { name: popularity, value: Number(values[popularity]) },
    }),
  };
}

function factOf({ name, type, role }: Field, values: Values): Fact[] {
  if (type !== 'category' && type !== 'number' && type !== 'date') return [];
  if (role !== undefined && role !== 'published') return [];
  return [{ name, type, value: values[name] as string | number }];
}

/** Returns a show of which only id and title are loaded. */
export const titleOnly = ({ id, key, title }: Known): Show => ({
  id,
  key,
  title,
  titles: {},
  tags: [],
  facts: [],
  preliminary: true,
});

/** Returns the address of a picture, if it lies where the site fetches pictures from. */
export function allowedImage(
  image: string | undefined,
  allowed: string,
  base: string,
): string | undefined {
  if (!image || !allowed || !URL.canParse(image, base)) return undefined;
  const { href, origin, protocol } = new URL(image, base);
  const own = new URL(base).origin;
  const isAllowed = allowed.split(/\s+/).some((each) => origin === (each === 'self' ? own : each));
  return isAllowed && /^https?:$/.test(protocol) ? href : undefined;
}
