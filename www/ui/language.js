// @ts-check
// What a catalogue calls a language, as the tag that browsers and screen readers know.

/** @type {Map<string, string>} */
const TAGS = new Map([['english', 'en'], ['japanese', 'ja'], ['romaji', 'ja-Latn']]);

/** Returns the BCP 47 tag for the name of a title column; empty, which is "unknown", where there is none. @param {string} name */
export function languageTag(name) {
  if (TAGS.has(name)) return /** @type {string} */ (TAGS.get(name));
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(name) && name.length !== 3 ? name : '';
}

/** Returns the English title, or the main one. @param {{ title: string, titles: Record<string, string> }} item */
export function englishTitle({ title, titles }) {
  return titles.english ?? titles.en ?? title;
}

/** Returns the title for a reader of `language`: the main one, or for another script's reader the one they know. @param {{ title: string, titles: Record<string, string> }} item @param {string} language */
export function titleFor({ title, titles }, language) {
  if (language === 'en') return title;
  return Object.entries(titles).find(([name]) => languageTag(name) === language)?.[1] ?? title;
}

/** Returns the other titles, each once, with their tags. @param {{ title: string, titles: Record<string, string> }} item @param {string} shown the title above them @returns {[tag: string, title: string][]} */
export function otherTitles({ title, titles }, shown) {
  /** @type {[string, string][]} */
  const all = [['', title], ...Object.entries(titles).map(([name, other]) => /** @type {[string, string]} */ ([languageTag(name), other]))];
  return all.filter(([, other], at) => other !== shown && all.findLastIndex(([, each]) => each === other) === at);
}
