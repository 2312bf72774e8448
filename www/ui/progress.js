// @ts-check
// Shows how much of each part of a release is here, in bytes, as one line that goes when all of it is.

import { formatBytes } from './format.js';
import { make } from './make.js';
import { isWord } from './words.js';

/** Nothing is drawn of what takes less; a kept release is here before. */
const PATIENCE_MS = 500;
/** How often it is drawn then. */
const EVERY_MS = 100;

/**
 * Binds a list to the downloads of a release.
 * @param {HTMLElement} list gets one `<li>` for the catalogue and for each model, in order of arrival
 * @param {import('./voice.js').Voice} voice
 */
export function createProgress(list, voice) {
  const { ownerDocument: document } = list;
  /** @type {Map<string, { bar: HTMLProgressElement, text: HTMLElement, row: HTMLElement, files: Map<string, { loaded: number, total: number }> }>} */
  const rows = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let drawing;

  /** @param {string} key */
  function rowOf(key) {
    const known = rows.get(key);
    if (known) return known;
    const name = isWord(key) ? voice.say(key) : key;
    const text = make(document, 'span', { class: 'bytes' });
    const bar = make(document, 'progress', { 'aria-label': voice.say('downloaded', { name }) });
    const row = make(document, 'li', {}, make(document, 'span', {}, name), text, bar);
    const entry = { bar, text, row, files: new Map() };
    rows.set(key, entry);
    return entry;
  }

  function draw() {
    drawing = undefined;
    for (const { bar, text, row, files } of rows.values()) {
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
    }
    list.append(...[...rows.values()].map(({ row }) => row).filter((row) => !row.isConnected));
  }

  return {
    /** Takes in one file's state; a model may have several. @param {{ file: string, kind: string, model?: string, loaded: number, total: number }} progress */
    show({ file, kind, model, ...bytes }) {
      rowOf(model ?? (kind === 'titles' ? 'catalogue' : kind)).files.set(file, bytes);
      drawing ??= setTimeout(draw, list.firstChild ? EVERY_MS : PATIENCE_MS);
    },
    /** Takes the line away: all that was wanted is here. */
    done() {
      clearTimeout(drawing);
      drawing = undefined;
      list.replaceChildren();
      rows.clear();
    },
  };
}
