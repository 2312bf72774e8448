// @ts-check
// Shows how much of each file is here, in bytes.

import { formatBytes } from './format.js';

/**
 * Binds a list to the downloads of a release.
 * @param {HTMLElement} list gets one `<li>` per file, in order of arrival
 * @param {Map<string, string>} names what people call a file, by model name, or `catalogue`
 */
export function createProgress(list, names) {
  const { ownerDocument: document } = list;
  /** @type {Map<string, { bar: HTMLProgressElement, text: HTMLElement, row: HTMLElement }>} */
  const rows = new Map();

  /** @param {string} key */
  function rowOf(key) {
    const known = rows.get(key);
    if (known) return known;
    const row = document.createElement('li');
    const label = document.createElement('span');
    label.textContent = names.get(key) ?? key;
    const text = document.createElement('span');
    text.className = 'bytes';
    const bar = document.createElement('progress');
    bar.setAttribute('aria-label', `${label.textContent}: downloaded`);
    row.append(label, text, bar);
    list.append(row);
    const entry = { bar, text, row };
    rows.set(key, entry);
    return entry;
  }

  return {
    /** Draws one file's state. @param {{ kind: string, model?: string, loaded: number, total: number }} progress */
    show({ kind, model, loaded, total }) {
      const { bar, text, row } = rowOf(model ?? kind);
      bar.max = Math.max(total, 1);
      bar.value = loaded;
      const done = loaded >= total;
      text.textContent = done ? formatBytes(total) : `${formatBytes(loaded)} of ${formatBytes(total)}`;
      row.dataset.state = done ? 'here' : 'coming';
    },
  };
}
