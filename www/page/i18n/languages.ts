// The languages of the page. Runs before any other module, so it imports none.
export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Returns the first wanted language that the page has. */
export function chooseLanguage(wanted: readonly (string | undefined)[]): Language {
  for (const tag of wanted) {
    const name = tag?.split('-')[0].toLowerCase();
    const known = LANGUAGES.find((language) => language === name);
    if (known) return known;
  }
  return LANGUAGES[0];
}

/** Fetches the messages of a language. */
export const loadMessages = (language: Language) =>
  language === 'ja' ? import('./ja.json') : import('./en.json');
