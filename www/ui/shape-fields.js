// @ts-check
// The controls of the form for declared fields: tags, check boxes, ranges, a rating, how well known, one of each group.

import { controlOf, fieldLabel, fieldValue } from './fields.js';
import { isNames } from './filters.js';
import { formatNumber } from './format.js';
import { tame } from './language.js';
import { make } from './make.js';

/** @typedef {import('./address.js').State} State */
/** @typedef {import('../client/index.js').Field} Field */
/** @typedef {import('./filters.js').Filter} Filter */
/** @typedef {import('./filters.js').Names} Names */
/** @typedef {import('./filters.js').Range} Range */
/** @typedef {import('./voice.js').Voice} Voice */
/** @typedef {{ element: HTMLElement, draw: (state: State) => void }} Control */
/**
 * @typedef {object} Setting
 * @property {Document} document
 * @property {Voice} voice
 * @property {number} at which of the controls it is
 * @property {(filter: Filter) => void} filter called with what the visitor wants of the field
 * @property {(change: Partial<State>) => void} set called with what else the visitor changed
 */

/** Names shown before all are asked for. */
const FEW = 12;
const RATING_STEP = 0.5;

/** @type {Names} */
const NONE = { wanted: [], unwanted: [] };
/** @param {State} state @param {Field} field @returns {Names} */
const namesOf = ({ filters }, { name }) => {
  const filter = filters.get(name);
  return isNames(filter) ? filter : NONE;
};
/** @param {State} state @param {Field} field @returns {Range} */
const rangeOf = ({ filters }, { name }) => {
  const filter = filters.get(name);
  return filter && !isNames(filter) ? filter : {};
};

/** Makes the control of a field, in the language of now. @param {Field} field @param {Setting} setting @returns {Control} */
export function createControl(field, setting) {
  switch (controlOf(field)) {
    case 'popularity':
      return popularityControl(field, setting);
    case 'group':
      return groupControl(field, setting);
    case 'rating':
      return ratingControl(/** @type {import('../client/index.js').NumberField} */ (field), setting);
    case 'range':
      return rangeControl(/** @type {import('../client/index.js').NumberField | import('../client/index.js').DateField} */ (field), setting);
    case 'category':
      return categoryControl(/** @type {import('../client/index.js').CategoryField} */ (field), setting);
    default:
      return tagsControl(/** @type {import('../client/index.js').TagsField} */ (field), setting);
  }
}

/** @param {Setting} setting @param {Field} field @param {string} legend @param {(string | Node)[]} children */
function fieldset({ document }, field, legend, ...children) {
  return make(document, 'fieldset', { class: 'setting', 'data-field': field.name }, make(document, 'legend', {}, legend), ...children);
}

/**
 * A list of names: the first few, those that are set, and all of them by a button. Names that are there already stay, and so does
 * the focus.
 * @param {Setting} setting @param {string[]} values
 * @param {(name: string) => HTMLElement} create makes the entry of a name, once
 */
function nameList({ document, voice, at }, values, create) {
  const list = make(document, 'ul', { class: 'tags', id: `values-${at}` });
  const more = make(document, 'button', { type: 'button', class: 'link more-values', 'aria-controls': list.id }, voice.say('allValues', { count: values.length }));
  /** @type {Map<string, HTMLElement>} */
  const entries = new Map();
  let isAll = false;
  /** @type {(name: string) => boolean} */
  let isSet = () => false;
  more.hidden = values.length <= FEW;

  function fill() {
    const shown = values.filter((name, place) => isAll || place < FEW || isSet(name)).map((name) => {
      const entry = entries.get(name) ?? make(document, 'li', {}, create(name));
      entries.set(name, entry);
      return entry;
    });
    more.setAttribute('aria-expanded', String(isAll));
    if (shown.length === list.children.length && shown.every((entry, place) => entry === list.children[place])) return;
    const focus = /** @type {HTMLElement | null} */ (list.contains(document.activeElement) ? document.activeElement : null);
    list.replaceChildren(...shown);
    focus?.focus({ preventScroll: true });
  }
  more.addEventListener('click', () => {
    isAll = !isAll;
    fill();
  });
  return {
    list,
    more,
    /** @param {(name: string) => boolean} set whether a name is set @param {(entry: Element, name: string) => void} draw */
    draw(set, draw) {
      isSet = set;
      fill();
      for (const [name, entry] of entries) if (entry.firstElementChild) draw(entry.firstElementChild, name);
    },
  };
}

/** Each tag: once is with it, twice is without it, three times is neither. @param {import('../client/index.js').TagsField} field @param {Setting} setting @returns {Control} */
function tagsControl(field, setting) {
  const { document, voice: { say }, at } = setting;
  let names = NONE;
  /** @param {string} tag */
  const markOf = (tag) => (names.wanted.includes(tag) ? '+' : names.unwanted.includes(tag) ? '−' : '');
  /** @param {string} tag */
  function press(tag) {
    const mark = markOf(tag);
    const without = (/** @type {string[]} */ tags) => tags.filter((each) => each !== tag);
    if (mark === '') setting.filter({ ...names, wanted: [...names.wanted, tag] });
    else setting.filter({ wanted: without(names.wanted), unwanted: mark === '+' ? [...names.unwanted, tag] : without(names.unwanted) });
  }
  const { list, more, draw } = nameList(setting, field.values, (tag) => {
    const button = make(document, 'button', { type: 'button', class: 'tag', 'data-value': tag }, tame(tag));
    button.addEventListener('click', () => press(tag));
    return button;
  });
  const help = make(document, 'p', { id: `help-${at}`, class: 'ends' }, say('tagHelp'));
  list.setAttribute('aria-describedby', help.id);
  return {
    element: fieldset(setting, field, fieldLabel(field.name, setting.voice), help, list, more),
    draw(state) {
      names = namesOf(state, field);
      draw((tag) => markOf(tag) !== '', (button, tag) => {
        const mark = markOf(tag);
        const name = mark === '+' ? say('tagWanted', { tag: tame(tag) }) : mark ? say('tagUnwanted', { tag: tame(tag) }) : tame(tag);
        for (const [attribute, value] of Object.entries({ 'data-mark': mark, 'aria-pressed': String(mark !== ''), 'aria-label': name })) button.setAttribute(attribute, value);
      });
    },
  };
}

/** Check boxes: any of those that are set. @param {import('../client/index.js').CategoryField} field @param {Setting} setting @returns {Control} */
function categoryControl(field, setting) {
  const { document } = setting;
  let names = NONE;
  const { list, more, draw } = nameList(setting, field.values, (value) => {
    const box = make(document, 'input', { type: 'checkbox' });
    box.value = value;
    box.addEventListener('change', () => setting.filter({ ...names, wanted: box.checked ? [...names.wanted, value] : names.wanted.filter((each) => each !== value) }));
    return make(document, 'label', { class: 'tag' }, box, tame(value));
  });
  return {
    element: fieldset(setting, field, fieldLabel(field.name, setting.voice), list, more),
    draw(state) {
      names = namesOf(state, field);
      draw((value) => names.wanted.includes(value), (label, value) => {
        /** @type {HTMLInputElement} */ (label.firstElementChild).checked = names.wanted.includes(value);
      });
    },
  };
}

/** From and to. @param {import('../client/index.js').NumberField | import('../client/index.js').DateField} field @param {Setting} setting @returns {Control} */
function rangeControl(field, setting) {
  const { document, voice } = setting;
  const label = fieldLabel(field.name, voice);
  const isDate = field.type === 'date';
  /** @type {Range} */
  let range = {};
  const [from, to] = /** @type {const} */ (['min', 'max']).map((end) => {
    const name = voice.say(end === 'min' ? 'rangeFrom' : 'rangeTo', { field: label });
    const input = make(document, 'input', { type: field.type, 'aria-label': name, ...(isDate ? { min: String(field.min), max: String(field.max) } : { step: 'any', inputmode: 'decimal', placeholder: String(field[end] ?? '') }) });
    input.addEventListener('change', () => {
      const { value } = input;
      const { [end]: _, ...other } = range;
      setting.filter(value.trim() === '' ? other : { ...other, [end]: isDate ? value : Number(value) });
    });
    return { end, input };
  });
  return {
    element: fieldset(setting, field, label, make(document, 'div', { class: 'range' }, from.input, make(document, 'span', { 'aria-hidden': 'true' }, '–'), to.input)),
    draw(state) {
      range = rangeOf(state, field);
      for (const { end, input } of [from, to]) {
        const bound = range[end];
        if (document.activeElement !== input) input.value = bound === undefined ? '' : isDate ? wholeDay(String(bound), end) : String(bound);
      }
    },
  };
}

/** Returns the first or the last day of a year or a month. @param {string} bound @param {'min' | 'max'} end */
function wholeDay(bound, end) {
  const [year, month = end === 'min' ? '01' : '12', day] = bound.split('-');
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return `${year.padStart(4, '0')}-${month}-${day ?? (end === 'min' ? '01' : String(last).padStart(2, '0'))}`;
}

/** A slider: at least so much. @param {import('../client/index.js').NumberField} field @param {Setting} setting @returns {Control} */
function ratingControl(field, setting) {
  const { document, voice, at } = setting;
  const id = `rating-${at}`;
  const [least, most] = [Math.floor(field.min ?? 0), field.max ?? 0];
  const slider = make(document, 'input', { id, type: 'range', min: String(least), max: String(Math.floor(most / RATING_STEP) * RATING_STEP), step: String(RATING_STEP) });
  const text = make(document, 'output', { for: id });
  slider.addEventListener('input', () => setting.filter(Number(slider.value) > least ? { min: Number(slider.value) } : {}));
  return {
    element: make(document, 'div', { class: 'setting', 'data-field': field.name },
      make(document, 'label', { for: id }, make(document, 'span', {}, voice.say('atLeast', { field: fieldLabel(field.name, voice) })), ' ', text), slider),
    draw(state) {
      const { min } = rangeOf(state, field);
      slider.value = String(min ?? least);
      const shown = min === undefined ? voice.say('any') : fieldValue(field.name, formatNumber(Number(min), voice.language), false, voice);
      text.textContent = shown;
      slider.setAttribute('aria-valuetext', shown);
    },
  };
}

/** The choices of how well known shows are, by their niche. @type {[niche: number | undefined, word: import('./words.js').Word][]} */
const PRESETS = [[0, 'gemsKnown'], [undefined, 'gemsUsual'], [100, 'gemsHidden']];

/** @param {Field} field @param {Setting} setting @returns {Control} */
function popularityControl(field, setting) {
  const { document, voice: { say }, set } = setting;
  const radios = PRESETS.map(([niche, word]) => {
    const radio = make(document, 'input', { type: 'radio', name: 'gems', value: String(niche ?? '') });
    radio.addEventListener('change', () => set({ niche }));
    return { niche, radio, label: make(document, 'label', {}, radio, make(document, 'span', {}, say(word))) };
  });
  return {
    element: fieldset(setting, field, say('gems'), make(document, 'div', { class: 'segments' }, ...radios.map(({ label }) => label))),
    draw({ niche }) {
      for (const { niche: its, radio } of radios) radio.checked = niche === undefined || its === undefined ? niche === its : (its > 50) === (niche > 50);
    },
  };
}

/** @param {Field} field @param {Setting} setting @returns {Control} */
function groupControl(field, setting) {
  const { document, voice } = setting;
  const box = make(document, 'input', { type: 'checkbox', name: 'collapse' });
  box.addEventListener('change', () => setting.set({ collapse: box.checked }));
  const group = fieldLabel(field.name, voice).toLocaleLowerCase(voice.language);
  return {
    element: make(document, 'label', { class: 'switch', 'data-field': field.name }, box, make(document, 'span', {}, voice.say('collapse', { group }))),
    draw({ collapse }) {
      box.checked = collapse;
    },
  };
}
