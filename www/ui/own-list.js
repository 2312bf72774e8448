// @ts-check
// The visitor's own list: chosen or dropped, used, saved and deleted. It stays on the device.

import { formatCount } from './format.js';
import { make } from './make.js';
import { createProblem } from './problem.js';

/** @typedef {import('./keep.js').OwnList} OwnList */

/**
 * @param {{ file: HTMLInputElement, has: HTMLElement, use: HTMLInputElement, useRow: HTMLElement, save: HTMLButtonElement, clear: HTMLButtonElement, note: HTMLElement, drop: HTMLElement }} parts
 *   `note` is told what went wrong; `drop` is shown while a file hangs over the page
 * @param {import('./voice.js').Voice} voice
 * @param {{ read: (file: File) => Promise<void>, use: (isUsed: boolean) => void, save: () => string, clear: () => void }} wiring
 */
export function createOwnList({ file, has, use, useRow, save, clear, note, drop }, voice, wiring) {
  const { ownerDocument: document } = file;

  /** @param {File | null | undefined} chosen */
  async function take(chosen) {
    if (!chosen) return;
    note.replaceChildren(make(document, 'p', { class: 'note' }, voice.say('onItsWay')));
    try {
      await wiring.read(chosen);
      note.replaceChildren();
    } catch (error) {
      note.replaceChildren(createProblem(document, voice, error, () => take(chosen)));
    }
    file.value = ''; // the same file may be chosen again
  }

  file.addEventListener('change', () => take(file.files?.[0]));
  use.addEventListener('change', () => wiring.use(use.checked));
  clear.addEventListener('click', () => wiring.clear());
  save.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([wiring.save()], { type: 'application/json' }));
    make(document, 'a', { href: url, download: 'osusume.json' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });

  const carriesFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    drop.hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.hidden = true;
  });
  document.addEventListener('drop', (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    drop.hidden = true;
    take(event.dataTransfer?.files[0]);
  });

  return {
    /** @param {OwnList | undefined} list @param {boolean} isUsed */
    draw(list, isUsed) {
      const { say, language } = voice;
      useRow.hidden = has.hidden = list === undefined;
      use.checked = isUsed;
      if (!list) return;
      const { entries, liked, disliked, unknown } = list.counts;
      const count = (/** @type {number} */ value) => formatCount(value, language);
      has.textContent = say('listHas', { source: list.source, entries: count(entries), liked: count(liked), disliked: count(disliked), unknown: count(unknown) });
    },
  };
}
