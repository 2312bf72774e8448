// @ts-check
// Draws one failure: what happened, what to do, the detail for whoever runs the site, and a button when trying again helps.

import { messageFor } from './messages.js';

/**
 * Returns the failure as an element.
 * @param {Document} document
 * @param {unknown} error
 * @param {() => void} again called by the button, where the same thing may succeed the next time
 */
export function createProblem(document, error, again) {
  const { code, what, todo, detail, retry } = messageFor(error);
  const box = document.createElement('div');
  box.className = 'problem-box';
  box.dataset.code = code;
  const lead = document.createElement('p');
  const strong = document.createElement('strong');
  strong.textContent = what;
  lead.append(strong, ` ${todo}`);
  const small = document.createElement('p');
  small.className = 'detail';
  small.textContent = detail;
  box.append(lead, small);
  if (retry || code === 'release_changed') {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = retry ? 'Try again' : 'Reload';
    button.addEventListener('click', retry ? again : () => document.defaultView?.location.reload());
    box.append(button);
  }
  return box;
}
