// @ts-check
// The head of the two lists: the one show that they are about.

import { formatFacts } from './format.js';
import { otherTitles, titleFor } from './language.js';
import { make } from './make.js';
import { createPicture } from './picture.js';

/**
 * @param {Record<'picture' | 'title' | 'names' | 'facts' | 'tags', HTMLElement>} parts
 * @param {import('./voice.js').Voice} voice
 * @param {import('./show.js').Show} item
 */
export function drawChosen({ picture, title, names, facts, tags }, voice, item) {
  const { language } = voice;
  const { ownerDocument: document } = title;
  title.textContent = titleFor(item, language);
  names.replaceChildren(...otherTitles(item, title.textContent).flatMap(([tag, name], at) => [at ? ' · ' : '', make(document, 'span', { lang: tag }, name)]));
  facts.textContent = formatFacts(item, voice);
  tags.replaceChildren(...item.tags.map((tag) => make(document, 'li', {}, tag)));
  picture.replaceChildren(createPicture(document, item));
}
