// @ts-check
// How the page speaks: its language, by preference or by choice, and its colours.

import { chooseLanguage, createWords, LANGUAGES, replacedWords, sayAll } from './words.js';

/** @typedef {{ language: string, say: import('./words.js').Say }} Voice what every widget draws with; both change when the reader switches */

/**
 * Binds the switches of language and colours.
 *
 * @param {{ language: HTMLButtonElement, dark: HTMLButtonElement }} parts
 * @param {{ get: (name: string) => string | undefined, set: (name: string, value: string | undefined) => void }} kept choices from earlier visits
 * @param {() => void} changed called after the reader switched the language
 * @returns {Voice}
 */
export function createVoice({ language: button, dark }, kept, changed) {
  const { ownerDocument: document } = button;
  const root = document.documentElement;
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const prefersDark = view.matchMedia('(prefers-color-scheme: dark)');
  /** @type {Voice} */
  const voice = { language: '', say: (word) => word };

  /** @param {string} language */
  function speak(language) {
    Object.assign(voice, { language, say: createWords(language, replacedWords(document, language)) });
    root.lang = language;
    // The button offers the next language in that language's own words.
    button.lang = LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];
    button.textContent = createWords(button.lang)('itself');
    sayAll(document, voice.say);
  }

  function colour() {
    const choice = kept.get('colours');
    if (choice) root.dataset.colours = choice;
    else delete root.dataset.colours;
    const isDark = choice ? choice === 'dark' : prefersDark.matches;
    dark.setAttribute('aria-pressed', String(isDark));
    for (const theme of document.querySelectorAll('meta[name="theme-color"]')) {
      const own = theme.getAttribute('data-colours');
      theme.setAttribute('media', choice ? (own === choice ? 'all' : 'not all') : `(prefers-color-scheme: ${own})`);
    }
    return isDark;
  }

  button.addEventListener('click', () => {
    kept.set('language', button.lang);
    speak(button.lang);
    changed();
  });
  dark.addEventListener('click', () => {
    const next = colour() ? 'light' : 'dark';
    // What the device prefers is no choice: it follows the device again.
    kept.set('colours', (next === 'dark') === prefersDark.matches ? undefined : next);
    colour();
  });
  prefersDark.addEventListener('change', colour);
  colour();
  speak(chooseLanguage([kept.get('language'), ...view.navigator.languages]));
  return voice;
}
