// @ts-check
// Shows how much of each part of a release is here, in bytes, as one line that goes when all of it is.

import { formatBytes } from './format.js';
import { make } from './make.js';
import { isWord } from './words.js';

/**
 * Binds a list to the downloads of a release.
 * @param {HTMLElement} list gets one `<li>` for the catalogue and for each model, in order of arrival
 * @param {import('./voice.js').Voice} voice
 */
export function createProgress(list, voice) {
  const { ownerDocument: document } = list;
  /** @type {Map<string, { bar: HTMLProgressElement, text: HTMLElement, row: HTMLElement, files: Map<string, { loaded: number, total: number }> }>} */
  const rows = new Map();

  /** @param {string} key */
  function rowOf(key) {
    const known = rows.get(key);
    if (known) return known;
    const name = isWord(key) ? voice.say(key) : key;
    const text = make(document, 'span', { class: 'bytes' });
    const bar = make(document, 'progress', { 'aria-label': voice.say('downloaded', { name }) });
    const row = make(document, 'li', {}, make(document, 'span', {}, name), text, bar);
    list.append(row);
    const entry = { bar, text, row, files: new Map() };
    rows.set(key, entry);
    return entry;
  }

  return {
    /** Draws one file's state; a model may have several. @param {{ file: string, kind: string, model?: string, loaded: number, total: number }} progress */
    show({ file, kind, model, ...bytes }) {
      const { bar, text, row, files } = rowOf(model ?? (kind === 'titles' ? 'catalogue' : kind));
      files.set(file, bytes);
      let [loaded, total] = [0, 0];
      for (const each of files.values()) {
        loaded += each.loaded;
        total += each.total;
      }
      bar.max = Math.max(total, 1);
      bar.value = loaded;
      const done = loaded >= total;
      text.textContent = done ? formatBytes(total) : voice.say('downloadedOf', { loaded: formatBytes(loaded), total: formatBytes(total) });
      row.dataset.state = done ? 'here' : 'coming';
    },
    /** Takes the line away: all that was wanted is here. */
    done() {
      list.replaceChildren();
      rows.clear();
    },
  };
}
