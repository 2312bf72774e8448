// @ts-check
// One result: picture, facts, why it is there, and what the visitor can say to it.

import { formatFacts, formatScore } from './format.js';
import { createIcon } from './icons.js';
import { titleFor } from './language.js';
import { make } from './make.js';
import { createPicture } from './picture.js';
import { createWhy } from './why.js';

/** @typedef {import('../client/index.js').Item} Item */
/** @typedef {'like' | 'dislike' | 'seen' | 'details'} Action */
/**
 * @typedef {object} Result
 * @property {Item} item
 * @property {number} [score] not known while only the order is
 * @property {number} [share] the score as a part of the best one; no bar without it
 * @property {import('./why.js').Reason[]} [reasons]
 * @property {string} [by] see `createWhy`
 */
/** @typedef {{ href: (item: Item) => string, act: (action: Action, item: Item) => void }} Wiring `href` is where a title leads */

/** @type {Action[]} */
const ACTIONS = ['like', 'dislike', 'seen', 'details'];

/**
 * @param {Document} document
 * @param {import('./voice.js').Voice} voice
 * @param {Result} result
 * @param {Wiring} wiring
 * @param {Element} [picture] of the same show, from a row that goes
 */
export function createRow(document, voice, { item, score, share, reasons, by }, { href, act }, picture = createPicture(document, item)) {
  const { language, say } = voice;
  const title = titleFor(item, language);
  const end = make(document, 'div', { class: 'show-end' });
  if (share !== undefined) {
    const bar = make(document, 'p', { class: 'bar' }, make(document, 'span', { class: 'unseen' }, `${say('similarity')} `), make(document, 'span', { class: 'number' }, score === undefined ? '' : formatScore(score)));
    bar.style.setProperty('--share', String(share));
    end.append(bar);
  }
  end.append(make(document, 'div', { class: 'actions' }, ...ACTIONS.map((action) => {
    const name = say(action, { title });
    const button = make(document, 'button', { type: 'button', class: 'act', 'data-action': action, 'aria-label': name, title: name }, createIcon(document, action));
    button.addEventListener('click', () => act(action, item));
    return button;
  })));
  const text = make(document, 'div', {},
    make(document, 'h3', {}, make(document, 'a', { href: href(item) }, title)),
    make(document, 'p', { class: 'facts' }, formatFacts(item)),
    make(document, 'p', { class: 'genre-line' }, item.genres.join(', ')));
  if (reasons?.length) text.append(createWhy(document, voice, reasons, by));
  text.append(end);
  // The score in every digit, for whoever compares.
  return make(document, 'li', { class: 'show', 'data-id': String(item.id), ...(score !== undefined && { 'data-score': String(score) }) }, picture, text);
}
