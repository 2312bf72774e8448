// @ts-check
// One ranked list. Draws what it is given, the rows that stay gliding to their new places; never ranks.

import { make } from './make.js';
import { createProblem } from './problem.js';
import { createRow } from './result-row.js';

/** @typedef {import('./result-row.js').Result} Result */

/** How long a row takes to its place. */
const GLIDE_MS = 260;
/** No row is lower, in pixels. */
const LOWEST_ROW = 90;

/** Resolves when the page has been painted, or soon where it is not, as in a tab behind others. @param {Window} view */
function afterFrame(view) {
  return new Promise((resolve) => {
    view.requestAnimationFrame(() => view.setTimeout(resolve));
    view.setTimeout(resolve, 100);
  });
}

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
   * The rows by their show, in order. `placed` is the show that was last given its place, `top` where in the list that is, `glide` how it
   * comes there from `by` pixels away.
   * @type {Map<number, ReturnType<typeof createRow> & { placed?: number, top?: number, by?: number, glide?: Animation }>}
   */
  let drawn = new Map();
  /** The rows that can be seen, or could be when the page was last painted. @type {Set<Element>} */
  const inSight = new Set();
  const sight = new view.IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) inSight[isIntersecting ? 'add' : 'delete'](target);
  });
  let placing = 0;

  /**
   * Draws the results up to `end`, those before `start` having been drawn; behind them old rows stay until it is their turn. A show that
   * stays keeps its row, one that comes gets the row of one that goes: making rows is most of the work.
   * @param {Result[]} results @param {number} start @param {number} end
   */
  function draw(results, start, end) {
    const focus = focused();
    const old = drawn;
    const stay = new Set(results.map(({ item }) => item.id));
    const free = [...old].flatMap(([id, row]) => (stay.has(id) ? [] : [row]));
    drawn = new Map(results.slice(0, end).map((result, at) => {
      const row = old.get(result.item.id) ?? free.shift() ?? createRow(document, voice, wiring);
      if (at >= start) row.draw(result);
      return [result.item.id, row];
    }));
    const used = new Set(drawn.values());
    for (const [id, row] of old) {
      if (used.has(row)) continue;
      if (end < results.length) drawn.set(id, row);
      else forget(row.element);
    }
    for (const [at, { element }] of [...drawn.values()].entries()) {
      const there = list.children[at] ?? null;
      if (there === element) continue;
      if (there?.nextElementSibling === element) list.append(there); // it goes further down: one is moved, not all behind it
      else list.insertBefore(element, there);
      sight.observe(element);
    }
    refocus(focus);
    if (calm.matches) return;
    view.cancelAnimationFrame(placing);
    placing = view.requestAnimationFrame(place); // the layout is asked when the page needs it anyway
  }

  /** Has each row come to its place from where it is seen. */
  function place() {
    const edge = list.offsetTop;
    const tops = [...drawn.values()].map(({ element }) => element.offsetTop - edge); // all of them before any moves
    for (const [at, [id, row]] of [...drawn].entries()) {
      const { placed, top = 0, by = 0, glide } = row;
      const isNew = placed !== id;
      if (!isNew && top === tops[at]) continue; // it stays, or is on its way there
      const from = top + by * (1 - (glide?.effect?.getComputedTiming().progress ?? 1));
      [row.placed, row.top, row.by] = [id, tops[at], isNew ? 0 : from - tops[at]];
      glide?.cancel();
      row.glide = row.element.animate(isNew ? [{ opacity: 0, transform: 'translateY(.4rem)' }, {}] : [{ transform: `translateY(${row.by}px)` }, {}], { duration: GLIDE_MS, easing: 'ease-out' });
    }
  }

  /** How many rows to draw first: those that can be seen. */
  function countFirst() {
    const last = rows().findLastIndex((row) => inSight.has(row));
    return list.firstChild ? Math.max(1, last + 1) : Math.ceil(view.innerHeight / LOWEST_ROW);
  }

  /** @param {Element} row */
  function forget(row) {
    row.remove();
    sight.unobserve(row);
    inSight.delete(row);
  }

  function empty() {
    rows().forEach(forget);
    drawn.clear();
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
        if (typeof found === 'string') tell(found);
        else note.replaceChildren();
        const first = countFirst();
        draw(results, 0, first);
        if (first < results.length) {
          await afterFrame(view); // what can be seen is seen first
          if (turn !== latest) return 0;
          draw(results, first, results.length);
        }
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
