// The page's messages in the visitor's language. A component that calls `t` is drawn anew when the
// language changes.
import { computed, effect, signal } from '@preact/signals-core';
import { language, setLanguage } from '../state/preferences.js';
import { loadMessages } from './languages.js';
import { createTranslate, type Messages, type Values, type Word } from './messages.js';

export type { Values, Word } from './messages.js';

const loaded = signal({
  language: language.peek(),
  messages: (await loadMessages(language.peek())).default as Messages,
});

/** The language of the messages; the chosen one, once its messages are loaded. */
export const locale = computed(() => loaded.value.language);
export const messages = computed(() => loaded.value.messages);
const translate = computed(() =>
  createTranslate(locale.value, messages.value, replacedWords(locale.value, messages.value)),
);

export const t = (word: Word, values?: Values) => translate.value(word, values);

/** Returns whether the page or its site has a message of this name: a model's, say. */
export const isWord = (word: string): word is Word => t(word as Word) !== word;

effect(() => {
  const wanted = language.value;
  if (wanted === loaded.peek().language) return;
  loadMessages(wanted).then(
    ({ default: messages }) => {
      if (wanted === language.peek()) loaded.value = { language: wanted, messages };
    },
    () => {
      if (wanted === language.peek()) setLanguage(loaded.peek().language);
    },
  );
});
effect(() => {
  document.documentElement.lang = locale.value;
});

/** Reads the site's own words from its head; ones that cannot be read count as none. */
function replacedWords(tag: string, { words }: Messages): Record<string, string> {
  const meta = (selector: string) =>
    document.querySelector(`meta${selector}`)?.getAttribute('content');
  const sent: Record<string, string> = meta('[name="osusume-images"]')
    ? { sent: String(words.sentPictures) }
    : {};
  try {
    const own = JSON.parse(meta(`[name="osusume-words"][lang="${tag}"]`) ?? '{}');
    const entries = Object.entries(own).map(([word, text]) => [word, String(text)]);
    return { ...sent, ...Object.fromEntries(entries) };
  } catch {
    return sent;
  }
}
