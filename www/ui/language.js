// @ts-check
// A catalogue's name of a language as the tag that browsers and screen readers know, and titles by it.

/** @type {Map<string, string>} */
const TAGS = new Map([['english', 'en'], ['japanese', 'ja'], ['romaji', 'ja-Latn']]);

/** Returns the BCP 47 tag for the name of a title column; empty, which is "unknown", where there is none. @param {string} name */
export function languageTag(name) {
  if (TAGS.has(name)) return /** @type {string} */ (TAGS.get(name));
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(name) && name.length !== 3 ? name : '';
}

/** Characters that show nothing, or turn the direction of what stands beside them. */
const UNSEEN = /[\p{Cc}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
/** The most of a title that is of use to a reader. */
const MOST_CHARACTERS = 200;

/** Returns a title as it can stand anywhere in the page, whatever its catalogue has put into it. @param {string} title */
export function tame(title) {
  const seen = [...title.slice(0, 20 * MOST_CHARACTERS).replace(UNSEEN, '').trim()];
  return (seen.length > MOST_CHARACTERS ? `${seen.slice(0, MOST_CHARACTERS - 1).join('')}…` : seen.join('')) || '—';
}

/** Returns the English title, or the main one. @param {{ title: string, titles: Record<string, string> }} item */
export function englishTitle({ title, titles }) {
  return tame(titleIn(titles, 'en') ?? title);
}

/** @param {Record<string, string>} titles @param {string} language */
const titleIn = (titles, language) => Object.entries(titles).find(([name]) => languageTag(name) === language)?.[1];

/** Returns the title for a reader of `language`: the main one, or for another script's reader the one they know. @param {{ title: string, titles: Record<string, string> }} item @param {string} language */
export function titleFor({ title, titles }, language) {
  const own = language === 'en' ? undefined : titleIn(titles, language);
  return tame(own ?? title);
}

/** Returns the other titles, each once, with their tags. @param {{ title: string, titles: Record<string, string> }} item @param {string} shown the title above them @returns {[tag: string, title: string][]} */
export function otherTitles({ title, titles }, shown) {
  /** @type {[string, string][]} */
  const all = /** @type {[string, string][]} */ ([['', title], ...Object.entries(titles).map(([name, other]) => [languageTag(name), other])]).map(([tag, other]) => [tag, tame(other)]);
  return all.filter(([, other], at) => other !== shown && all.findLastIndex(([, each]) => each === other) === at);
}
