// @ts-check
// Numbers and facts as text.

/** Making one takes longer than all else that a row is drawn with. @type {Map<string, Intl.NumberFormat>} */
const formatters = new Map();

/** @param {number} number @param {string} language @param {Intl.NumberFormatOptions} [options] */
function format(number, language, options) {
  const key = options ? `${language} rough` : language;
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
  return format(count, language, { notation: 'compact', maximumSignificantDigits: 3 });
}

/** Returns a share as `62 %`. @param {number} share 0 to 1 @param {string} [language] */
export function formatPercent(share, language = 'en') {
  return `${format(Math.round(share * 100), language)}\u00a0%`;
}

/** Returns the facts that fit on one line: `1998 · TV · ★ 8.78`. @param {{ year?: number, type?: string, score?: number }} item */
export function formatFacts({ year, type, score }) {
  return [year, type, score === undefined ? undefined : `★ ${score.toFixed(2)}`].filter((fact) => fact !== undefined).join(' · ');
}

/** Returns a similarity to three digits: `0.480`, `12.3`, `1234`. @param {number} score */
export function formatScore(score) {
  return Math.abs(score) < 1000 ? score.toPrecision(3) : score.toFixed(0);
}
