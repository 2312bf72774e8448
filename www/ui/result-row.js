// @ts-check
// One result: picture, facts, why it is there, and what the visitor can say to it.

import { formatFacts, formatScore } from './format.js';
import { createIcon } from './icons.js';
import { titleFor } from './language.js';
import { make } from './make.js';
import { createPicture } from './picture.js';
import { createWhy } from './why.js';

/** @typedef {import('./show.js').Show} Item */
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

/** The parts of a row that are the same for every show: copied, which takes a fifth of the time of making them. @type {HTMLElement | undefined} */
let blank;

/** @param {Document} document */
function copyOfBlank(document) {
  blank ??= make(document, 'li', { class: 'show' }, make(document, 'div', {},
    make(document, 'h3', {}, make(document, 'a')), make(document, 'p', { class: 'facts' }), make(document, 'p', { class: 'tag-line' }),
    make(document, 'div', { class: 'show-end' },
      make(document, 'p', { class: 'bar' }, make(document, 'span', { class: 'unseen' }), make(document, 'span', { class: 'number' })),
      make(document, 'div', { class: 'actions' }, ...ACTIONS.map((action) => make(document, 'button', { type: 'button', class: 'act', 'data-action': action }, createIcon(document, action)))))));
  const element = /** @type {HTMLElement} */ (blank.cloneNode(true));
  const text = /** @type {HTMLElement} */ (element.firstElementChild);
  const [heading, facts, tags, end] = /** @type {Iterable<HTMLElement>} */ (text.children);
  const [bar, actions] = /** @type {Iterable<HTMLElement>} */ (end.children);
  const [label, number] = /** @type {Iterable<HTMLElement>} */ (bar.children);
  return { element, link: /** @type {HTMLElement} */ (heading.firstElementChild), facts, tags, end, bar, label, number, actions };
}

/**
 * Makes a row; `draw` draws a result in it, and later another one of the same or of another show.
 * @param {Document} document
 * @param {import('./voice.js').Voice} voice
 * @param {Wiring} wiring
 */
export function createRow(document, voice, { href, act }) {
  const { element, link, facts, tags, end, bar, label, number, actions } = copyOfBlank(document);
  const why = createWhy(document);
  /** @type {Item | undefined} */
  let item;
  let language = '';
  actions.addEventListener('click', ({ target }) => {
    const action = /** @type {Element} */ (target).closest('[data-action]')?.getAttribute('data-action');
    if (action && item) act(/** @type {Action} */ (action), item);
  });

  /** What is the same whatever the score. @param {Item} next */
  function describe(next) {
    const { say } = voice;
    const title = titleFor(next, voice.language);
    link.textContent = title;
    facts.textContent = formatFacts(next, voice);
    tags.textContent = next.tags.join(', ');
    label.textContent = `${say('similarity')} `;
    for (const [at, action] of ACTIONS.entries()) {
      const name = say(action, { title });
      for (const attribute of ['aria-label', 'title']) actions.children[at].setAttribute(attribute, name);
    }
    if (next === item) return;
    if (item) element.firstElementChild?.remove();
    element.prepend(createPicture(document, next));
    element.dataset.id = String(next.id);
  }

  return {
    element,
    /** @param {Result} result */
    draw(result) {
      const { score, share, reasons = [], by } = result;
      if (result.item !== item || voice.language !== language) describe(result.item);
      [item, language] = [result.item, voice.language];
      link.setAttribute('href', href(item));
      if (share === undefined) bar.remove();
      else {
        number.textContent = score === undefined ? '' : formatScore(score);
        bar.style.setProperty('--share', String(share));
        if (!bar.parentNode) end.prepend(bar);
      }
      if (score !== undefined) element.dataset.score = String(score); // in every digit, for whoever compares
      else delete element.dataset.score;
      if (!reasons.length) return why.element.remove();
      why.draw(voice, reasons, by);
      if (!why.element.parentNode) end.before(why.element);
    },
  };
}
