// @ts-check
// Numbers and facts as text.

import { fieldValue } from './fields.js';
import { tame } from './language.js';

/** Making one takes longer than all else that a row is drawn with. @type {Map<string, Intl.NumberFormat>} */
const formatters = new Map();

/** @param {number} number @param {string} language @param {string} [way] names the options @param {Intl.NumberFormatOptions} [options] */
function format(number, language, way = '', options = undefined) {
  const key = `${language} ${way}`;
  const formatter = formatters.get(key) ?? new Intl.NumberFormat(language, options);
  formatters.set(key, formatter);
  return formatter.format(number);
}

/** Returns a byte count as people say it: `612 kB`, `8.7 MB`. @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Returns a duration as `0.4 ms`, `12 ms`, `1.5 s`. @param {number} ms */
export function formatMs(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 9.95) return `${Math.round(ms)} ms`;
  return `${Math.max(ms, 0.1).toFixed(1)} ms`;
}

/** Returns `11,581`. @param {number} count @param {string} [language] */
export function formatCount(count, language = 'en') {
  return format(count, language);
}

/** Returns `1.25M`, `125万`. @param {number} count @param {string} [language] */
export function formatRough(count, language = 'en') {
  return format(count, language, 'rough', { notation: 'compact', maximumSignificantDigits: 3 });
}

/** Returns a share as `62 %`. @param {number} share 0 to 1 @param {string} [language] */
export function formatPercent(share, language = 'en') {
  return `${format(Math.round(share * 100), language)}\u00a0%`;
}

/** Returns the facts that fit on one line: `TV · 1998 · ★ 8.78`. @param {{ facts: import('./show.js').Fact[] }} show @param {import('./voice.js').Voice} voice */
export function formatFacts({ facts }, voice) {
  return facts.map(({ name, type, value }) => fieldValue(name, formatValue(type, value, voice.language), type === 'number', voice)).join(' · ');
}

/** @param {import('./show.js').Fact['type']} type @param {string | number} value @param {string} language */
function formatValue(type, value, language) {
  if (type === 'number') return formatNumber(Number(value), language);
  return type === 'date' ? formatDate(String(value), language) : tame(String(value));
}

/** Returns `8.78`, `1998`, `12,345`: no more than two decimals, and no separator in what may be a year. @param {number} number @param {string} language */
export function formatNumber(number, language) {
  return format(number, language, 'number', { maximumFractionDigits: 2, useGrouping: 'min2' });
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const dates = new Map();

/** Returns `May 1, 2023`; what is no date stays as it is. @param {string} day as `YYYY-MM-DD` @param {string} language */
export function formatDate(day, language) {
  const formatter = dates.get(language) ?? new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
  dates.set(language, formatter);
  const time = Date.parse(day);
  return Number.isNaN(time) ? tame(day) : formatter.format(time);
}

/** Returns how many people know a show: `1.25M viewers`; nothing if that is unknown. @param {{ popularity?: { name: string, value: number } }} show @param {import('./voice.js').Voice} voice */
export function formatPopularity({ popularity }, voice) {
  return popularity ? fieldValue(popularity.name, formatRough(popularity.value, voice.language), true, voice) : '';
}

/** Returns a similarity to three digits: `0.480`, `12.3`, `1234`. @param {number} score */
export function formatScore(score) {
  return Math.abs(score) < 1000 ? score.toPrecision(3) : score.toFixed(0);
}
