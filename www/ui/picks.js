// @ts-check
// What the list is made of, as chips: liked and disliked shows, what was seen, the visitor's own list. Each can be taken away.

import { createIcon } from './icons.js';
import { titleFor } from './language.js';
import { make } from './make.js';
import { createPicture } from './picture.js';

/** @typedef {import('./show.js').Show} Item */
/** @typedef {{ text?: string, liked: Item[], disliked: Item[], seen: number, own: number | undefined }} Picks `seen`: how many; `own`: shows in the visitor's list, where it counts */
/** @typedef {{ what: 'liked' | 'disliked', item: Item } | { what: 'text' | 'seen' | 'own' }} Taken */

/**
 * @param {HTMLElement} list gets one `<li>` a chip
 * @param {import('./voice.js').Voice} voice
 * @param {(taken: Taken) => void} take
 */
export function createPicks(list, voice, take) {
  const { ownerDocument: document } = list;

  /** @param {string} kind @param {(string | Node)[]} content @param {string} name @param {Taken} taken */
  function chip(kind, content, name, taken) {
    const button = make(document, 'button', { type: 'button', class: 'take', 'aria-label': name, title: name }, createIcon(document, 'close'));
    button.addEventListener('click', () => take(taken));
    return make(document, 'li', { class: `chip ${kind}` }, ...content, button);
  }

  /** What was drawn. @type {unknown[]} */
  let drawn = [];

  return {
    /** @param {Picks} picks */
    draw({ text, liked, disliked, seen, own }) {
      const { say, language } = voice;
      const now = [language, text, liked.length, ...liked, ...disliked, seen, own];
      if (now.length === drawn.length && now.every((each, at) => each === drawn[at])) return;
      drawn = now;
      const at = [...list.children].findIndex((each) => each.contains(document.activeElement));
      /** @param {'liked' | 'disliked'} what @param {Item} item */
      const show = (what, item) => {
        const title = titleFor(item, language);
        const mark = what === 'liked' ? createPicture(document, item) : createIcon(document, 'dislike');
        return chip(what, [mark, make(document, 'span', { class: 'chip-text' }, title)], say(what === 'liked' ? 'removeLiked' : 'removeDisliked', { title }), { what, item });
      };
      list.replaceChildren(...liked.map((item) => show('liked', item)), ...disliked.map((item) => show('disliked', item)));
      if (text !== undefined) list.prepend(chip('plain', [createIcon(document, 'search'), make(document, 'span', { class: 'chip-text' }, say('quoted', { text }))], say('removeText', { text }), { what: 'text' }));
      if (seen) list.append(chip('plain', [createIcon(document, 'seen'), make(document, 'span', { class: 'chip-text' }, say('seenCount', { count: seen }))], say('forgetSeen', { count: seen }), { what: 'seen' }));
      if (own !== undefined) list.append(chip('plain', [createIcon(document, 'device'), make(document, 'span', { class: 'chip-text' }, say('ownUsed', { count: own }))], say('ownLeave'), { what: 'own' }));
      if (at >= 0) /** @type {HTMLElement | null | undefined} */ ((list.children[at] ?? list.lastElementChild)?.querySelector('button'))?.focus({ preventScroll: true });
    },
  };
}
