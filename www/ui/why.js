// @ts-check
// One line that says why a show is there: which liked shows carry it, each with a small bar, and which model.

import { formatPercent } from './format.js';
import { make } from './make.js';

/** @typedef {{ title: string, share: number, own: boolean }} Reason `own`: it comes from the visitor's own list */

/** Reasons that are named. */
const NAMED = 3;

/**
 * @param {Document} document
 * @param {import('./voice.js').Voice} voice
 * @param {Reason[]} reasons the strongest first; shares of all of them add up to 1
 * @param {string | undefined} by what the leading model goes by, where one leads; empty says nothing of models
 */
export function createWhy(document, { language, say }, reasons, by) {
  const named = reasons.slice(0, NAMED).filter(({ share }) => share >= 0.005);
  const rest = reasons.slice(named.length);
  const left = rest.reduce((sum, { share }) => sum + share, 0);
  const shown = [...named.map(({ title, share }) => ({ title, share })), ...(left >= 0.005 ? [{ title: say('whyOthers', { count: rest.length }), share: left }] : [])];
  const line = make(document, 'p', { class: 'why' }, say('whyBefore'));
  for (const [at, { title, share }] of shown.entries()) {
    const meter = make(document, 'span', { class: 'meter', 'aria-hidden': 'true' });
    meter.style.setProperty('--share', String(share));
    const reason = make(document, 'span', { class: 'reason' }, make(document, 'b', {}, title), ' ', make(document, 'span', { class: 'measure' }, meter, formatPercent(share, language)));
    if (at) line.append(say('whyBetween'));
    line.append(reason);
  }
  line.append(say('whyAfter'));
  if (named.length && named.every(({ own }) => own)) line.append(say('whyOwn'));
  if (by !== '') line.append(by === undefined ? say('whyBoth') : say('whyMostly', { by }));
  return line;
}
