// @ts-check
// What there is before anything is typed: shows to begin with, the way back to the last visit, and what the release holds.

import { hashOf } from './address.js';
import { formatBytes, formatCount } from './format.js';
import { englishTitle, titleFor } from './language.js';
import { make } from './make.js';
import { createPicture } from './picture.js';
import { idOf } from './show.js';
import { isWord } from './words.js';

/** @typedef {import('./voice.js').Voice} Voice */

/**
 * @param {HTMLElement} list @param {Voice} voice @param {import('./show.js').Show[]} items
 * @param {string | undefined} last the address of the last visit
 */
export function drawExamples(list, { language, say }, items, last) {
  const { ownerDocument: document } = list;
  list.replaceChildren(
    ...(last ? [make(document, 'li', {}, make(document, 'a', { class: 'go-on', href: last }, say('goOn')))] : []),
    ...items.map((item) => make(document, 'li', {}, make(document, 'a', { href: hashOf({ liked: [idOf(item)] }) },
      createPicture(document, item), language === 'en' ? englishTitle(item) : titleFor(item, language)))),
  );
}

/** @param {HTMLElement} line @param {Voice} voice @param {import('../client/index.js').Info} info */
export function drawAbout(line, { language, say }, { items, release, models }) {
  const parts = models.map(({ name, rows = 0, bytes = 0 }) => say('aboutModel', { name: isWord(name) ? say(name) : name, rows: formatCount(rows, language), bytes: formatBytes(bytes) }));
  line.textContent = say('about', { items: formatCount(items, language), release, models: parts.join('; ') });
}
