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
  /**
   * The rows by their show, in order: `top` is where in the list each stands, `glide` how it comes from `by` pixels away.
   * @type {Map<number, ReturnType<typeof createRow> & { top?: number, by?: number, glide?: Animation }>}
   */
  let drawn = new Map();

  /** Draws the results. A show that stays keeps its row, one that comes gets the row of one that goes: making rows is most of the work. @param {Result[]} results */
  function draw(results) {
    // Where each is seen, of which the layout need not be asked: that would have the old rows laid out once more.
    const seen = new Map([...drawn].map(([id, { top = 0, by = 0, glide }]) => [id, top + by * (1 - (glide?.effect?.getComputedTiming().progress ?? 1))]));
    const focus = focused();
    const old = drawn;
    const stay = new Set(results.map(({ item }) => item.id));
    const free = [...old].flatMap(([id, row]) => (stay.has(id) ? [] : [row]));
    drawn = new Map(results.map((result) => {
      const row = old.get(result.item.id) ?? free.shift() ?? createRow(document, voice, wiring);
      row.draw(result);
      return [result.item.id, row];
    }));
    for (const { element } of free) element.remove();
    for (const [at, { element }] of [...drawn.values()].entries()) {
      const there = list.children[at] ?? null;
      if (there === element) continue;
      if (there?.nextElementSibling === element) list.append(there); // it goes further down: one is moved, not all behind it
      else list.insertBefore(element, there);
    }
    refocus(focus);
    if (calm.matches) return;
    const start = list.offsetTop;
    for (const row of drawn.values()) row.top = row.element.offsetTop - start; // all of them before any moves
    for (const [id, row] of drawn) {
      const from = seen.get(id);
      row.by = from === undefined ? 0 : from - (row.top ?? 0);
      if (row.by === 0 && from !== undefined) continue;
      row.glide?.cancel();
      row.glide = row.element.animate(from === undefined ? [{ opacity: 0, transform: 'translateY(.4rem)' }, {}] : [{ transform: `translateY(${row.by}px)` }, {}], { duration: GLIDE_MS, easing: 'ease-out' });
    }
  }

  function empty() {
    drawn.clear();
    list.replaceChildren();
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
      if (fresh) empty();
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
        empty();
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
      empty();
      note.replaceChildren();
    },
  };
}
