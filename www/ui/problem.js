// @ts-check
// Draws one failure: what happened, what to do, the detail for whoever runs the site, and a button when trying again helps.

import { make } from './make.js';
import { messageFor } from './messages.js';

/** @typedef {import('./voice.js').Voice} Voice */

/**
 * Returns the failure as an element.
 * @param {Document} document
 * @param {Voice} voice
 * @param {unknown} error
 * @param {() => void} again called by the button, where the same thing may succeed the next time
 */
export function createProblem(document, { language, say }, error, again) {
  const { code, what, todo, detail, retry } = messageFor(error, language);
  const box = make(document, 'div', { class: 'problem-box', 'data-code': code },
    make(document, 'p', {}, make(document, 'strong', {}, what), ` ${todo}`),
    make(document, 'p', { class: 'detail', lang: 'en' }, detail));
  if (retry || code === 'release_changed') {
    const button = make(document, 'button', { type: 'button', class: 'button main' }, say(retry ? 'tryAgain' : 'reload'));
    button.addEventListener('click', retry ? again : () => document.defaultView?.location.reload());
    box.append(button);
  }
  return box;
}
