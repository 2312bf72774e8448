// Messages in one language: places filled in, plurals chosen, a site's own words in place of ours.
import type en from './en.json';
import type { Language } from './languages.js';

/** One text, or one for each plural category of the language. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Word = keyof typeof en.words;
export type Values = Record<string, string | number>;
export interface Messages {
  words: Record<string, Message>;
  /**
   * A sentence about the event and one about the remedy, by error code. `class.…` stands for codes without their own,
   * `page.…` for failures of the page alone.
   */
  errors: Record<string, string[]>;
}
/** Says a message with its places filled in. Numbers are written as the language writes them. */
export type Translate = (word: Word, values?: Values) => string;

/** Returns the translate function of a language. `replaced` are the site's own words. */
export function createTranslate(
  language: Language,
  { words }: Messages,
  replaced: Record<string, string> = {},
): Translate {
  const all: Record<string, Message> = { ...words, ...replaced };
  const plural = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(language);
  const capital = (text: Message | undefined) => {
    const noun = String(text ?? '');
    return noun.charAt(0).toLocaleUpperCase(language) + noun.slice(1);
  };
  const nouns = {
    ...Object.fromEntries(['show', 'shows', 'site', 'sent'].map((noun) => [noun, all[noun]])),
    Show: capital(all.show),
    Shows: capital(all.shows),
  };
  return (word, values = {}) => {
    const places: Record<string, unknown> = { ...nouns, ...values };
    const text = (value: unknown) => (typeof value === 'number' ? number.format(value) : value);
    return pluralOf(Object.hasOwn(all, word) ? all[word] : word, plural, values.count).replace(
      /\{(\w+)\}/g,
      (place, name) => (Object.hasOwn(places, name) ? String(text(places[name])) : place),
    );
  };
}

function pluralOf(message: Message, rules: Intl.PluralRules, count: unknown): string {
  if (typeof message === 'string') return message;
  return message[rules.select(Number(count))] ?? message.other ?? '';
}

/** Codes after which the same call may well succeed. */
const RETRY = new Set([
  'network',
  'http_status',
  'file_missing',
  'integrity',
  'blob_truncated',
  'blob_length',
  'blob_magic',
  'page.words_offline',
]);

/** Returns what to tell the reader about an error; `detail` is for the site's owner. */
export function messageFor(error: unknown, { errors }: Messages) {
  const { code = 'internal', class: kind, message = String(error) } = Object(error);
  const group = kind === 'caller' || kind === 'notReady' ? kind : 'fault';
  const own = Object.hasOwn(errors, code) ? errors[code] : undefined;
  const [what, todo] = own ?? errors[`class.${group}`] ?? [];
  const retry = RETRY.has(code) || (!own && group === 'notReady');
  return { code: String(code), what, todo, detail: `${code}: ${message}`, retry };
}
