// @ts-check
// A text field with suggestions: the ARIA combobox pattern (editable, list autocomplete). Asks `find`; draws; never ranks.

import { formatFacts } from './format.js';
import { languageTag, titleFor } from './language.js';

/** @typedef {import('./show.js').Show & Pick<import('../client/index.js').Found, 'matched' | 'language' | 'spans'>} Found */
/** @typedef {(text: string) => Promise<Found[]>} Find */

/**
 * Cuts a text into the parts that match and those between them, none empty.
 * @param {string} text @param {[number, number][]} spans ascending, apart @returns {[string, boolean][]}
 */
export function cut(text, spans) {
  /** @type {[string, boolean][]} */
  const parts = [];
  let at = 0;
  for (const [start, end] of spans) {
    parts.push([text.slice(at, start), false], [text.slice(start, end), true]);
    at = end;
  }
  parts.push([text.slice(at), false]);
  return parts.filter(([part]) => part !== '');
}

/** Suggestions wanted. */
export const SUGGESTIONS = 8;

/** Letters from which on a text may be more than the beginning of a title. */
const LEAST_WORDS = 4;

/**
 * Binds the parts of a search box.
 *
 * @param {{ form: HTMLFormElement, input: HTMLInputElement, list: HTMLElement, note: HTMLElement }} parts `note` is told the number of suggestions: make it `role="status"`
 * @param {import('./voice.js').Voice} voice
 * @param {Find} find may take long at first, while the catalogue is on its way
 * @param {(found: Found) => void} choose called with the show that was chosen
 * @param {(text: string) => void} ask called with what was typed, where it shall not be a title; offered once `offer` was called
 */
export function createSearchBox({ form, input, list, note }, voice, find, choose, ask) {
  const { ownerDocument: document } = input;
  /** @type {Found[]} */
  let shown = [];
  let active = -1;
  let latest = 0;
  let isTyping = false;
  let isOffered = false;
  /** @type {Promise<void>} */
  let asking = Promise.resolve();

  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-expanded', 'false');
  input.setAttribute('aria-controls', list.id);
  list.setAttribute('role', 'listbox');

  /** Draws the suggestions for what is typed, unless more is typed meanwhile. */
  async function suggest() {
    const turn = ++latest;
    const text = input.value.trim();
    if (text === '') return close('');
    const waiting = setTimeout(() => turn === latest && close(voice.say('waitCatalogue')), 150);
    try {
      const found = await find(text);
      if (turn !== latest) return;
      draw(found, text);
      note.textContent = voice.say(found.length === 0 ? 'foundNone' : found.length === 1 ? 'foundOne' : 'found', { count: found.length });
    } catch (error) {
      if (turn === latest) close('');
      throw error; // the page tells the reader
    } finally {
      clearTimeout(waiting);
    }
  }

  /** @param {Found[]} found @param {string} [text] what was typed, if it may be asked for */
  function draw(found, text = '') {
    shown = found;
    const sameTitle = new Set(found.map(({ title }) => title).filter((title, at, all) => all.indexOf(title) !== at));
    list.replaceChildren(...found.map((each, at) => createOption(each, at, sameTitle.has(each.title))));
    if (isOffered && text.length >= LEAST_WORDS) list.append(createAsk(text, found.length));
    list.hidden = list.children.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    activate(-1);
  }

  /** @param {Found} found @param {number} at @param {boolean} ambiguous */
  function createOption(found, at, ambiguous) {
    const option = document.createElement('li');
    option.id = `${list.id}-${at}`;
    option.setAttribute('role', 'option');
    option.dataset.id = String(found.id);
    const title = document.createElement('span');
    title.className = 'title';
    const shownTitle = titleFor(found, voice.language);
    if (found.matched === shownTitle) title.append(...marked(found));
    else title.textContent = shownTitle; // never innerHTML: titles are data
    const facts = document.createElement('span');
    facts.className = 'facts';
    const parts = [formatFacts(found, voice)];
    if (ambiguous) parts.push(voice.say('number', { id: found.id })); // year and type may be the same too
    facts.textContent = parts.filter(Boolean).join(' · ');
    option.append(title, ' ', facts);
    if (found.matched !== shownTitle) {
      const matched = document.createElement('span');
      matched.className = 'matched';
      matched.append(...marked(found));
      matched.lang = languageTag(found.language);
      option.append(' ', matched);
    }
    option.addEventListener('pointerdown', (event) => event.preventDefault()); // the field keeps the focus
    option.addEventListener('click', () => pick(found));
    return option;
  }

  /** The way to what is meant where it is no title. @param {string} text @param {number} at */
  function createAsk(text, at) {
    const option = document.createElement('li');
    option.id = `${list.id}-${at}`;
    option.setAttribute('role', 'option');
    option.className = 'ask';
    option.textContent = voice.say('askWords', { text });
    option.addEventListener('pointerdown', (event) => event.preventDefault());
    option.addEventListener('click', () => pick(undefined));
    return option;
  }

  /** The title that matched, with the parts that did as `<mark>`. @param {Found} found */
  function marked({ matched, spans }) {
    return cut(matched, spans).map(([text, matches]) => {
      if (!matches) return text;
      const mark = document.createElement('mark');
      mark.textContent = text;
      return mark;
    });
  }

  /** Makes one suggestion the active one; -1 is the field itself. @param {number} at */
  function activate(at) {
    active = at;
    for (const [index, option] of [...list.children].entries()) option.setAttribute('aria-selected', String(index === at));
    const option = list.children[at];
    if (option) {
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  }

  /** @param {string} message */
  function close(message) {
    draw([]);
    note.textContent = message;
  }

  /** @param {Found | undefined} found nothing: what was typed is asked for */
  function pick(found) {
    const text = input.value.trim();
    latest += 1; // an answer still on its way is overtaken
    isTyping = false;
    input.value = '';
    close('');
    if (found) choose(found);
    else ask(text);
  }

  /** Chooses the active suggestion, or the first, once they are there. */
  async function submit() {
    if (list.hidden) asking = suggest();
    let awaited;
    do {
      awaited = asking;
      await awaited;
    } while (awaited !== asking); // more was typed meanwhile
    if (list.children.length) pick(shown[Math.max(active, 0)]);
  }

  input.addEventListener('input', () => {
    isTyping = true;
    asking = suggest();
    asking.catch(() => {});
  });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return; // Enter ends a Japanese conversion; it chooses nothing
    const last = list.children.length - 1;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) {
        asking = suggest();
        asking.catch(() => {});
      } else if (event.key === 'ArrowDown') {
        activate(active === last ? -1 : active + 1);
      } else {
        activate(active === -1 ? last : active - 1);
      }
    } else if (event.key === 'Escape') {
      event.preventDefault();
      latest += 1;
      if (list.hidden) input.value = '';
      isTyping = input.value !== '';
      close('');
    } else if (event.key === 'Tab') {
      close('');
    }
  });
  input.addEventListener('blur', () => close(''));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit().catch(() => {});
  });
  document.addEventListener('keydown', (event) => {
    const target = /** @type {Element | null} */ (event.target);
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || target?.closest('input, textarea, select, [contenteditable]')) return;
    event.preventDefault();
    input.focus();
    input.select();
  });

  return {
    /** Offers to ask for what is typed. */
    offer() {
      isOffered = true;
      input.dataset.wordHint = 'searchWords';
      input.placeholder = voice.say('searchWords');
    },
    /** Empties the field, unless somebody is typing there. */
    clear() {
      if (isTyping && document.activeElement === input) return;
      latest += 1;
      input.value = '';
      close('');
    },
  };
}
