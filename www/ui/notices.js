// @ts-check
// What the reader should know though all goes well: one line each, some with a button.

import { make } from './make.js';

/** @param {HTMLElement} parent make it `role="status"` */
export function createNotices(parent) {
  const { ownerDocument: document } = parent;
  /** @type {Map<string, HTMLElement>} */
  const shown = new Map();

  return {
    /** Shows, changes or (without a text) takes away one notice. @param {string} name @param {string} [text] @param {{ text: string, press: () => void }} [button] */
    set(name, text, button) {
      const old = shown.get(name);
      if (!text) {
        old?.remove();
        shown.delete(name);
        return;
      }
      if (old?.firstChild?.textContent === text) return; // said already
      const notice = make(document, 'div', { class: 'notice', 'data-name': name }, make(document, 'p', {}, text));
      if (button) {
        const press = make(document, 'button', { type: 'button', class: 'button main' }, button.text);
        press.addEventListener('click', button.press);
        notice.append(press);
      }
      if (old) old.replaceWith(notice);
      else parent.append(notice);
      shown.set(name, notice);
    },
  };
}
