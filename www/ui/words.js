// @ts-check
// The page's words, in the reader's language. A site may replace any of them, or what it calls its items, in its HTML:
//   <meta name="osusume-words" lang="en" content='{"show": "film", "shows": "films"}'>

import { EN } from './words-en.js';
import { JA } from './words-ja.js';

/** @typedef {import('./words-en.js').Word} Word */
/** @typedef {(word: Word, values?: Record<string, string | number>) => string} Say */

/** What there is, by language tag. */
const WORDS = new Map([['en', EN], ['ja', JA]]);
export const LANGUAGES = [...WORDS.keys()];

/** Returns the first language of the reader's that the page speaks. @param {readonly (string | undefined)[]} wanted */
export function chooseLanguage(wanted) {
  for (const tag of wanted) {
    const language = tag?.split('-')[0].toLowerCase();
    if (language && WORDS.has(language)) return language;
  }
  return LANGUAGES[0];
}

/**
 * Returns what says things in `language`.
 * @param {string} language one of `LANGUAGES`
 * @param {Record<string, string>} [replaced] a site's own words
 * @returns {Say}
 */
export function createWords(language, replaced = {}) {
  /** @type {Record<string, string>} */
  const words = { ...EN, ...WORDS.get(language), ...replaced };
  const capital = (/** @type {string} */ text) => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
  const nouns = { show: words.show, shows: words.shows, site: words.site, sent: words.sent, Show: capital(words.show), Shows: capital(words.shows) };
  return (word, values = {}) => {
    const all = /** @type {Record<string, string | number>} */ ({ ...nouns, ...values });
    return (words[word] ?? word).replace(/\{(\w+)\}/g, (whole, name) => String(all[name] ?? whole));
  };
}

/** Whether the page has a word for it: a model's name, say. @param {string} word @returns {word is Word} */
export const isWord = (word) => Object.hasOwn(EN, word);

/**
 * Reads a site's own words from its `<meta name="osusume-words" lang>`; one that cannot be read counts as none.
 * @param {Document} document @param {string} language @returns {Record<string, string>}
 */
export function replacedWords(document, language) {
  // What the promise says where pictures come from a server.
  /** @type {Record<string, string>} */
  const sent = document.querySelector('meta[name="osusume-images"]')?.getAttribute('content') ? { sent: WORDS.get(language)?.sentPictures ?? EN.sentPictures } : {};
  try {
    const content = document.querySelector(`meta[name="osusume-words"][lang="${language}"]`)?.getAttribute('content');
    return { ...sent, ...Object.fromEntries(Object.entries(JSON.parse(content ?? '{}')).map(([word, text]) => [word, String(text)])) };
  } catch {
    return sent;
  }
}

/**
 * Says everything that stands in the HTML: `data-word` is an element's text, `data-word-label` its name, `data-word-hint` its placeholder.
 * @param {Document} document @param {Say} say
 */
export function sayAll(document, say) {
  for (const [attribute, write] of /** @type {[string, (element: Element, text: string) => void][]} */ ([
    ['data-word', (element, text) => { element.textContent = text; }],
    ['data-word-label', (element, text) => element.setAttribute('aria-label', text)],
    ['data-word-hint', (element, text) => element.setAttribute('placeholder', text)],
  ])) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) write(element, say(/** @type {Word} */ (element.getAttribute(attribute))));
  }
}
