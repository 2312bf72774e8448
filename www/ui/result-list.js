// @ts-check
// One ranked list. Draws what it is given, the rows that stay gliding to their new places; never ranks.

import { make } from './make.js';
import { createProblem } from './problem.js';
import { createRow } from './result-row.js';

/** @typedef {import('./result-row.js').Result} Result */

/** How long a row takes to its place. */
const GLIDE_MS = 260;

/**
 * Binds a list.
 *
 * @param {{ list: HTMLElement, note: HTMLElement }} parts `list` gets one `<li>` per show, best first; `note` what there is to say instead
 * @param {import('./voice.js').Voice} voice
 * @param {import('./result-row.js').Wiring} wiring
 */
export function createResultList({ list, note }, voice, wiring) {
  const { ownerDocument: document } = list;
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const calm = view.matchMedia('(prefers-reduced-motion: reduce)');
  let latest = 0;

  /** @param {string} text */
  function tell(text) {
    note.replaceChildren(make(document, 'p', { class: 'note' }, text));
  }

  const rows = () => /** @type {HTMLElement[]} */ ([...list.children]);

  /** @param {Result[]} results */
  function draw(results) {
    const before = new Map(calm.matches ? [] : rows().map((row) => [row.dataset.id, row.getBoundingClientRect().top]));
    // A row without a score was drawn before the genres were here.
    const pictures = new Map(rows().filter(({ dataset }) => dataset.score !== undefined).map((row) => [row.dataset.id, row.firstElementChild]));
    const focus = focused();
    list.replaceChildren(...results.map((result) => createRow(document, voice, result, wiring, pictures.get(String(result.item.id)) ?? undefined)));
    refocus(focus);
    if (calm.matches) return;
    for (const row of rows()) {
      const from = before.get(row.dataset.id);
      const shift = from === undefined ? undefined : from - row.getBoundingClientRect().top;
      if (shift === 0) continue;
      row.animate(shift === undefined ? [{ opacity: 0, transform: 'translateY(.4rem)' }, {}] : [{ transform: `translateY(${shift}px)` }, {}], { duration: GLIDE_MS, easing: 'ease-out' });
    }
  }

  /** Where in the list the focus is. */
  function focused() {
    const { activeElement } = document;
    const row = /** @type {HTMLElement | null} */ (activeElement?.closest('li') ?? null);
    if (!row || row.parentElement !== list) return undefined;
    return { id: row.dataset.id, at: rows().indexOf(row), action: /** @type {HTMLElement} */ (activeElement).dataset.action };
  }

  /** Puts it back: on the same show, or on the one that took its place. @param {ReturnType<typeof focused>} focus */
  function refocus(focus) {
    if (!focus) return;
    const row = rows().find(({ dataset }) => dataset.id === focus.id) ?? rows()[focus.at] ?? rows().at(-1);
    /** @type {HTMLElement | null | undefined} */ (row?.querySelector(focus.action ? `[data-action="${focus.action}"]` : 'a'))?.focus({ preventScroll: true });
  }

  return {
    /**
     * Draws what `ask` finds, unless a later call overtakes this one; a text instead is told. Resolves to how many shows there are.
     * @param {() => Promise<Result[] | string>} ask
     * @param {{ fresh?: boolean, same?: boolean }} [options] `fresh`: the old rows answer another question and go at once; `same`: they
     *   answer this one already, as far as could be
     * @returns {Promise<number>}
     */
    async show(ask, { fresh = false, same = false } = {}) {
      const turn = ++latest;
      if (fresh) list.replaceChildren();
      list.setAttribute('aria-busy', 'true');
      const waiting = setTimeout(() => turn === latest && !(same && rows().length) && tell(voice.say('onItsWay')), 120);
      try {
        const found = await ask();
        if (turn !== latest) return 0;
        const results = typeof found === 'string' ? [] : found;
        draw(results);
        if (typeof found === 'string') tell(found);
        else note.replaceChildren();
        return results.length;
      } catch (error) {
        if (turn !== latest) return 0;
        list.replaceChildren();
        note.replaceChildren(createProblem(document, voice, error, () => this.show(ask)));
        return 0;
      } finally {
        clearTimeout(waiting);
        if (turn === latest) list.removeAttribute('aria-busy');
      }
    },
    /** Lets no answer to an earlier call be drawn; the rows stay until the next one. */
    overtake() {
      latest += 1;
      list.setAttribute('aria-busy', 'true');
    },
    /** Empties the list. */
    clear() {
      latest += 1;
      list.removeAttribute('aria-busy');
      list.replaceChildren();
      note.replaceChildren();
    },
  };
}
