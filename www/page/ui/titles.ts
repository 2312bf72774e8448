// Titles by language: a catalogue's name of a language as the tag that browsers and screen readers
// know.
import type { Show } from '../queries/show.js';

type Titled = Pick<Show, 'title' | 'titles'>;

const TAGS = new Map([
  ['english', 'en'],
  ['japanese', 'ja'],
  ['romaji', 'ja-Latn'],
]);
/** Characters that show nothing, or turn the direction of their neighbours. */
const UNSEEN = /[\p{Cc}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
/** The most of a title that is of use to a reader. */
const MOST_CHARACTERS = 200;

/** Returns the BCP 47 tag for the name of a title column; empty, which is "unknown", if it has none. */
export function languageTag(name: string): string {
  const known = TAGS.get(name);
  if (known) return known;
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(name) && name.length !== 3 ? name : '';
}

/** Returns a title that can stand anywhere in the page, whatever its catalogue has put into it. */
export function tame(title: string): string {
  const seen = [
    ...title
      .slice(0, 20 * MOST_CHARACTERS)
      .replace(UNSEEN, '')
      .trim(),
  ];
  const isLong = seen.length > MOST_CHARACTERS;
  return (isLong ? `${seen.slice(0, MOST_CHARACTERS - 1).join('')}…` : seen.join('')) || '—';
}

const titleIn = (titles: Record<string, string>, language: string) =>
  Object.entries(titles).find(([name]) => languageTag(name) === language)?.[1];

/** Returns the English title, or the main one. */
export const englishTitle = ({ title, titles }: Titled) => tame(titleIn(titles, 'en') ?? title);

/** Returns the title for a reader of `language`: the main one, or the one in the reader's script. */
export function titleFor({ title, titles }: Titled, language: string): string {
  return tame((language === 'en' ? undefined : titleIn(titles, language)) ?? title);
}

/** Returns the other titles than `shown`, each once, with their tags. */
export function otherTitles(
  { title, titles }: Titled,
  shown: string,
): [tag: string, title: string][] {
  const named = Object.entries(titles).map(([name, other]) => [languageTag(name), other] as const);
  const all = [['', title] as const, ...named].map(([tag, other]): [string, string] => [
    tag,
    tame(other),
  ]);
  return all.filter(
    ([, other], at) => other !== shown && all.findLastIndex(([, each]) => each === other) === at,
  );
}
