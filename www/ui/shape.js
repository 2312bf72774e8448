// @ts-check
// The form that shapes the list: two sliders, and a control for each of the first declared fields. Says what was set; what
// follows from it is the engine's.

import { countShaping } from './address.js';
import { drawnFields } from './fields.js';
import { fittingFilters, withFilter } from './filters.js';
import { createControl } from './shape-fields.js';

/** @typedef {import('./address.js').State} State */
/** @typedef {import('../client/index.js').Field} Field */

/**
 * Binds the form. Its sliders are found by name: `mix`, `diversity`.
 *
 * @param {{ form: HTMLFormElement, toggle: HTMLButtonElement, reset: HTMLButtonElement, fields: HTMLElement, mixText: HTMLElement }} parts `fields` gets a control a field
 * @param {import('./voice.js').Voice} voice
 * @param {(change: Partial<State>) => void} set called with what the visitor changed
 */
export function createShape({ form, toggle, reset, fields: place, mixText }, voice, set) {
  const { ownerDocument: document } = form;
  /** @type {Field[] | undefined} */
  let fields;
  /** @type {State | undefined} */
  let state;
  let mixUsual = 0;
  /** @type {import('./shape-fields.js').Control[]} */
  let controls = [];
  /** The language that they speak. */
  let language = '';

  /** @param {string} name */
  const slider = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  const READ = /** @type {Record<string, (value: number) => Partial<State>>} */ ({
    mix: (mix) => ({ mix }),
    diversity: (diversity) => ({ diversity }),
  });

  form.addEventListener('input', ({ target }) => {
    const { name, value } = /** @type {HTMLInputElement} */ (target);
    if (Object.hasOwn(READ, name)) set(READ[name](Number(value)));
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  reset.addEventListener('click', () => {
    set({ mix: undefined, niche: undefined, diversity: 0, collapse: false, filters: new Map() });
    slider('diversity').focus({ preventScroll: true }); // the button is gone
  });
  toggle.addEventListener('click', () => toggle.setAttribute('aria-expanded', String(toggle.getAttribute('aria-expanded') !== 'true')));

  /** Makes the controls, once they can be made and whenever the language changes. */
  function makeControls() {
    if (!fields || language === voice.language) return;
    language = voice.language;
    controls = drawnFields(fields).map((field, at) => createControl(field, {
      document, voice, at, set,
      filter: (filter) => state && set({ filters: withFilter(state.filters, field.name, filter) }),
    }));
    place.replaceChildren(...controls.map(({ element }) => element));
  }

  function drawControls() {
    if (!state) return;
    makeControls();
    for (const control of controls) control.draw(state);
    const count = countShaping(state);
    reset.hidden = count === 0;
    toggle.lastElementChild?.replaceChildren(count ? voice.say('shapeCount', { count }) : voice.say('shape'));
  }

  return {
    /** Draws how things stand. @param {State} next */
    draw(next) {
      state = fields ? { ...next, filters: fittingFilters(next.filters, fields) } : next;
      const mix = next.mix ?? mixUsual;
      slider('mix').value = String(mix);
      mixText.textContent = voice.say('mixText', { share: mix });
      slider('mix').setAttribute('aria-valuetext', mixText.textContent);
      slider('diversity').value = String(next.diversity);
      drawControls();
    },
    /** Takes in the declared fields. @param {Field[]} declared */
    offer(declared) {
      fields = declared;
      if (state) this.draw(state);
    },
    /** Sets where the slider between two models stands untouched; without two it is not shown. @param {number | undefined} mix */
    usual(mix) {
      mixUsual = mix ?? 0;
      /** @type {HTMLElement} */ (slider('mix').closest('.setting')).hidden = mix === undefined;
      if (state) this.draw(state);
    },
  };
}
