// @ts-check
// The form that shapes the list: sliders and filters. Says what was set; what follows from it is the engine's.

import { countShaping } from './address.js';
import { make } from './make.js';

/** @typedef {import('./address.js').State} State */
/** @typedef {import('../client/index.js').Choices} Choices */

/** Genres shown before all are asked for. */
const FEW = 12;

/**
 * Binds the form. Its fields are found by name: `mix`, `gems`, `diversity`, `collapse`, `from`, `to`, `minScore`.
 *
 * @param {{ form: HTMLFormElement, toggle: HTMLButtonElement, reset: HTMLButtonElement, genres: HTMLElement, moreGenres: HTMLButtonElement, types: HTMLElement, mixText: HTMLElement, scoreText: HTMLElement }} parts
 * @param {import('./voice.js').Voice} voice
 * @param {(change: Partial<State>) => void} set called with what the visitor changed
 */
export function createShape({ form, toggle, reset, genres, moreGenres, types, mixText, scoreText }, voice, set) {
  const { ownerDocument: document } = form;
  /** @type {Choices} */
  let choices = { genres: [], types: [], years: undefined, scores: true, series: true };
  /** @type {State | undefined} */
  let state;
  let mixUsual = 0;
  let allGenres = false;
  /** What the tags were drawn for. */
  let drawn = '';

  /** @param {string} name */
  const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  /** @param {string} name */
  const year = (name) => (field(name).value.trim() === '' ? undefined : Number(field(name).value));

  const READ = /** @type {Record<string, () => Partial<State>>} */ ({
    mix: () => ({ mix: Number(field('mix').value) }),
    gems: () => ({ niche: field('gems').value === '' ? undefined : Number(field('gems').value) }),
    diversity: () => ({ diversity: Number(field('diversity').value) }),
    collapse: () => ({ collapse: field('collapse').checked }),
    from: () => ({ from: year('from') }),
    to: () => ({ to: year('to') }),
    minScore: () => ({ minScore: Number(field('minScore').value) || undefined }),
  });

  form.addEventListener('input', ({ target }) => {
    const { name, type } = /** @type {HTMLInputElement} */ (target);
    if (type !== 'number' && READ[name]) set(READ[name]());
  });
  form.addEventListener('change', ({ target }) => {
    const { name, type } = /** @type {HTMLInputElement} */ (target);
    if (type === 'number') set(READ[name]());
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  reset.addEventListener('click', () => {
    set({ mix: undefined, niche: undefined, diversity: 0, collapse: false, from: undefined, to: undefined, minScore: undefined, genres: [], without: [], types: [] });
    field('mix').focus({ preventScroll: true }); // the button is gone
  });
  toggle.addEventListener('click', () => toggle.setAttribute('aria-expanded', String(toggle.getAttribute('aria-expanded') !== 'true')));
  moreGenres.addEventListener('click', () => {
    allGenres = !allGenres;
    drawTags();
  });

  /** Makes one tag. @param {string} text @param {() => void} press */
  function tag(text, press) {
    const button = make(document, 'button', { type: 'button', class: 'tag', 'data-value': text }, text);
    button.addEventListener('click', press);
    return make(document, 'li', {}, button);
  }

  /**
   * Draws tags; those that are there already stay, and so does the focus.
   * @param {HTMLElement} list @param {string[]} texts @param {(text: string) => { name: string, mark: string }} look `mark` shows how it stands
   * @param {(text: string) => void} press
   */
  function fill(list, texts, look, press) {
    const old = new Map([...list.children].map((each) => [each.firstElementChild?.getAttribute('data-value'), each]));
    if (texts.length !== old.size || texts.some((text, at) => list.children[at] !== old.get(text))) {
      const focus = document.activeElement?.closest('[data-value]');
      list.replaceChildren(...texts.map((text) => old.get(text) ?? tag(text, () => press(text))));
      if (focus && list.contains(focus)) /** @type {HTMLElement} */ (focus).focus({ preventScroll: true });
    }
    for (const [at, text] of texts.entries()) {
      const { name, mark } = look(text);
      for (const [attribute, value] of Object.entries({ 'data-mark': mark, 'aria-pressed': String(mark !== ''), 'aria-label': name })) list.children[at].firstElementChild?.setAttribute(attribute, value);
    }
  }

  function drawTags() {
    if (!state) return;
    const { genres: wanted, without, types: kinds } = state;
    const now = JSON.stringify([wanted, without, kinds, choices, allGenres, voice.language]);
    if (now === drawn) return;
    drawn = now;
    const set1 = [...wanted, ...without].filter((genre) => !choices.genres.includes(genre));
    const shown = [...choices.genres.filter((genre, at) => allGenres || at < FEW || wanted.includes(genre) || without.includes(genre)), ...set1];
    const markOf = (/** @type {string} */ genre) => (state?.genres.includes(genre) ? '+' : state?.without.includes(genre) ? '−' : '');
    fill(genres, shown, (genre) => {
      const mark = markOf(genre);
      return { mark, name: mark === '+' ? voice.say('genreWanted', { genre }) : mark ? voice.say('genreUnwanted', { genre }) : genre };
    }, (genre) => {
      if (!state) return;
      const mark = markOf(genre);
      set(mark === '' ? { genres: [...state.genres, genre] } : {
        genres: state.genres.filter((each) => each !== genre),
        without: mark === '+' ? [...state.without, genre] : state.without.filter((each) => each !== genre),
      });
    });
    moreGenres.hidden = choices.genres.length <= FEW;
    moreGenres.setAttribute('aria-expanded', String(allGenres));
    const known = [...choices.types, ...kinds.filter((kind) => !choices.types.includes(kind))];
    fill(types, known, (kind) => ({ name: kind, mark: state?.types.includes(kind) ? '+' : '' }), (kind) => {
      if (state) set({ types: state.types.includes(kind) ? state.types.filter((each) => each !== kind) : [...state.types, kind] });
    });
  }

  return {
    /** Draws how things stand. @param {State} next */
    draw(next) {
      state = next;
      const { say } = voice;
      const mix = next.mix ?? mixUsual;
      field('mix').value = String(mix);
      mixText.textContent = say('mixText', { share: mix });
      field('mix').setAttribute('aria-valuetext', mixText.textContent);
      for (const each of /** @type {RadioNodeList} */ (form.elements.namedItem('gems'))) {
        const radio = /** @type {HTMLInputElement} */ (each);
        const value = radio.value === '' ? undefined : Number(radio.value);
        radio.checked = next.niche === undefined ? value === undefined : value !== undefined && (value > 50) === (next.niche > 50);
      }
      field('diversity').value = String(next.diversity);
      field('collapse').checked = next.collapse;
      if (document.activeElement !== field('from')) field('from').value = next.from === undefined ? '' : String(next.from);
      if (document.activeElement !== field('to')) field('to').value = next.to === undefined ? '' : String(next.to);
      field('minScore').value = String(next.minScore ?? 0);
      scoreText.textContent = next.minScore ? `★ ${next.minScore.toFixed(1)}` : say('any');
      field('minScore').setAttribute('aria-valuetext', scoreText.textContent);
      const count = countShaping(next);
      reset.hidden = count === 0;
      toggle.lastElementChild?.replaceChildren(count ? say('shapeCount', { count }) : say('shape'));
      drawTags();
    },
    /**
     * Learns what the release offers; what it knows nothing of is not asked for. @param {Choices} found
     */
    offer(found) {
      choices = found;
      for (const [name, at] of /** @type {[string, number][]} */ ([['from', 0], ['to', 1]])) field(name).placeholder = found.years ? String(found.years[at]) : '';
      drawTags();
      for (const [element, isKnown] of /** @type {[Element, boolean][]} */ ([
        [genres, found.genres.length > 0], [types, found.types.length > 1], [field('from'), found.years !== undefined], [field('minScore'), found.scores], [field('collapse'), found.series],
      ])) /** @type {HTMLElement} */ (element.closest('.setting, .switch')).hidden = !isKnown;
    },
    /** Sets where the slider between two models stands untouched; without two it is not shown. @param {number | undefined} mix */
    usual(mix) {
      mixUsual = mix ?? 0;
      /** @type {HTMLElement} */ (field('mix').closest('.setting')).hidden = mix === undefined;
      if (state) this.draw(state);
    },
  };
}
