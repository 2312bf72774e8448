// Numbers and facts as texts in the visitor's language.
import { isWord, locale, t } from '../i18n/index.js';
import type { Fact, Show } from '../queries/show.js';
import { tame } from './titles.js';

/** Making a formatter takes longer than drawing the rest of a row. */
const numbers = new Map<string, Intl.NumberFormat>();
const dates = new Map<string, Intl.DateTimeFormat>();

function format(number: number, kind: string, options?: Intl.NumberFormatOptions): string {
  const key = `${locale.value} ${kind}`;
  const formatter = numbers.get(key) ?? new Intl.NumberFormat(locale.value, options);
  numbers.set(key, formatter);
  return formatter.format(number);
}

/** Returns a byte count: `612 kB`, `8.7 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Returns a duration: `0.4 ms`, `12 ms`, `1.5 s`. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 9.95) return `${Math.round(ms)} ms`;
  return `${Math.max(ms, 0.1).toFixed(1)} ms`;
}

/** Returns a share from 0 to 1: `62%`. */
export const formatPercent = (share: number) => format(share, 'percent', { style: 'percent' });

/** Returns `8.78`, `1998`, `12,345`: two decimals at most, no separator in a year. */
export const formatNumber = (number: number) =>
  format(number, 'number', { maximumFractionDigits: 2, useGrouping: 'min2' });

/** Returns `May 1, 2023` for `2023-05-01`; a text that is no date stays as it is. */
export function formatDate(day: string): string {
  const options = { dateStyle: 'medium', timeZone: 'UTC' } as const;
  const formatter = dates.get(locale.value) ?? new Intl.DateTimeFormat(locale.value, options);
  dates.set(locale.value, formatter);
  const time = Date.parse(day);
  return Number.isNaN(time) ? tame(day) : formatter.format(time);
}

/** Returns a similarity to three digits: `0.480`, `12.3`, `1234`. */
export const formatScore = (score: number) =>
  Math.abs(score) < 1000 ? score.toPrecision(3) : score.toFixed(0);

/** Returns the name of a field in the visitor's language, or as the catalogue has it. */
export function fieldLabel(name: string): string {
  const word = `field.${name}`;
  if (isWord(word)) return t(word);
  const plain = tame(name.replaceAll(/[_-]+/g, ' '));
  return plain.charAt(0).toLocaleUpperCase(locale.value) + plain.slice(1);
}

/**
 * Returns the value of a field with its unit: `★ 8.78`, `1.2M viewers`. A number for which the page
 * has no words comes with its label.
 */
export function fieldValue(name: string, value: string, isNumber: boolean): string {
  const word = `value.${name}`;
  if (isWord(word)) return t(word, { value });
  return isNumber ? `${fieldLabel(name)} ${value}` : value;
}

function factText({ type, value }: Fact): string {
  if (type === 'number') return formatNumber(Number(value));
  return type === 'date' ? formatDate(String(value)) : tame(String(value));
}

/** Returns the facts on one line: `TV · 1998 · ★ 8.78`. */
export const formatFacts = ({ facts }: Pick<Show, 'facts'>) =>
  facts.map((fact) => fieldValue(fact.name, factText(fact), fact.type === 'number')).join(' · ');

/** Returns how many people know a show: `1.25M viewers`; nothing if that is unknown. */
export function formatPopularity({ popularity }: Pick<Show, 'popularity'>): string {
  if (!popularity) return '';
  const compact = { notation: 'compact', maximumSignificantDigits: 3 } as const;
  return fieldValue(popularity.name, format(popularity.value, 'compact', compact), true);
}
