// @ts-check
// Shows how much of each part of a release is here, in bytes.

import { formatBytes } from './format.js';

/**
 * Binds a list to the downloads of a release.
 * @param {HTMLElement} list gets one `<li>` for the catalogue and for each model, in order of arrival
 * @param {Map<string, string>} names what people call them, by model name, or `catalogue`
 */
export function createProgress(list, names) {
  const { ownerDocument: document } = list;
  /** @type {Map<string, { bar: HTMLProgressElement, text: HTMLElement, row: HTMLElement, files: Map<string, { loaded: number, total: number }> }>} */
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
    const entry = { bar, text, row, files: new Map() };
    rows.set(key, entry);
    return entry;
  }

  return {
    /** Draws one file's state; a model may have several. @param {{ file: string, kind: string, model?: string, loaded: number, total: number }} progress */
    show({ file, kind, model, ...bytes }) {
      const { bar, text, row, files } = rowOf(model ?? kind);
      files.set(file, bytes);
      let [loaded, total] = [0, 0];
      for (const each of files.values()) {
        loaded += each.loaded;
        total += each.total;
      }
      bar.max = Math.max(total, 1);
      bar.value = loaded;
      const done = loaded >= total;
      text.textContent = done ? formatBytes(total) : `${formatBytes(loaded)} of ${formatBytes(total)}`;
      row.dataset.state = done ? 'here' : 'coming';
    },
  };
}
