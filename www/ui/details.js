// @ts-check
// Everything about one show, in a panel at the side: facts, what is like it, and where else it can be found.

import { formatFacts, formatPopularity } from './format.js';
import { createIcon } from './icons.js';
import { otherTitles, titleFor } from './language.js';
import { make } from './make.js';
import { createPicture } from './picture.js';
import { createProblem } from './problem.js';

/** @typedef {import('./show.js').Show} Item */
/** @typedef {import('./result-row.js').Action} Action */
/** @typedef {{ heading: string, items: Item[] } | { heading: string, note: string } | { heading: string, error: unknown }} Neighbours */
/** @typedef {{ name: string, template: string }} Elsewhere `{id}`, `{title}` and `{name of a text field}` are filled in */
/**
 * @typedef {object} Wiring
 * @property {(id: number | string) => Promise<Item>} facts
 * @property {(item: Item) => Promise<Neighbours>[]} neighbours
 * @property {(item: Item) => string} href where a neighbour leads
 * @property {(item: Item) => string} hrefAlike where the shows like this one are
 * @property {(action: Action, item: Item) => void} act
 * @property {(action: Action, item: Item) => boolean} isSet
 * @property {() => void} closed called when the visitor closes the panel
 */

const PLACE = /\{([^{}]+)\}/g;

/** Returns what a template fills in: id, title or the names of text fields. @param {string} template */
export const namesIn = (template) => [...template.matchAll(PLACE)].map(([, name]) => name);

/**
 * Returns the address of a show elsewhere, or nothing if the template makes no web address or names a field that the show lacks.
 * @param {string} template @param {Pick<Item, 'id' | 'key' | 'title'> & { texts?: Item['texts'] }} item
 */
export function elsewhere(template, { id, key, title, texts = {} }) {
  const values = new Map([...Object.entries(texts), ['id', String(key ?? id)], ['title', title]]);
  if (namesIn(template).some((name) => !values.has(name))) return undefined;
  const filled = template.replace(PLACE, (_, name) => encodeURIComponent(values.get(name) ?? ''));
  return /^https?:\/\//.test(filled) && URL.canParse(filled) ? filled : undefined;
}

/**
 * Returns the address of a show's own page, if it is a web address.
 * @param {string | undefined} url @param {string} base the page's address
 */
export function pageOf(url, base) {
  if (!url || !URL.canParse(url, base)) return undefined;
  const { href, protocol } = new URL(url, base);
  return /^https?:$/.test(protocol) ? href : undefined;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {import('./voice.js').Voice} voice
 * @param {Elsewhere[]} links
 * @param {Wiring} wiring
 */
export function createDetails(dialog, voice, links, { facts, neighbours, href, hrefAlike, act, isSet, closed }) {
  const { ownerDocument: document } = dialog;
  let latest = 0;
  let isOurs = false; // whether it is this code that closes it

  dialog.addEventListener('close', () => {
    latest += 1;
    if (!isOurs) closed();
    isOurs = false;
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close(); // beside the panel
  });

  /** @param {Item} item */
  function draw(item) {
    const { say, language } = voice;
    const title = titleFor(item, language);
    const close = make(document, 'button', { type: 'button', class: 'act close', 'aria-label': say('close'), title: say('close') }, createIcon(document, 'close'));
    close.addEventListener('click', () => dialog.close());
    const page = pageOf(item.url, document.baseURI);
    const heading = make(document, 'h2', { id: 'details-title', tabindex: '-1' }, page ? make(document, 'a', { href: page }, title) : title);
    const names = make(document, 'p', { class: 'names' }, ...otherTitles(item, title).flatMap(([tag, name], at) => [at ? ' · ' : '', make(document, 'span', { lang: tag }, name)]));
    const buttons = make(document, 'div', { class: 'details-acts' }, ...(/** @type {const} */ (['like', 'dislike', 'seen'])).map((action) => {
      const button = make(document, 'button', { type: 'button', class: 'button', 'data-action': action, 'aria-pressed': String(isSet(action, item)) }, createIcon(document, action), say(`${action}Short`));
      button.addEventListener('click', () => act(action, item));
      return button;
    }));
    const alike = make(document, 'a', { class: 'button main', href: hrefAlike(item) }, say('likeItList'));
    const outside = links.flatMap(({ name, template }) => {
      const url = elsewhere(template, item);
      return url ? [make(document, 'li', {}, make(document, 'a', { href: url, rel: 'noopener noreferrer', target: '_blank' }, name))] : [];
    });
    const sections = neighbours(item).map((coming) => {
      const section = make(document, 'section', { class: 'neighbours' });
      coming.then((found) => section.replaceChildren(...drawNeighbours(found)), () => {});
      return section;
    });
    dialog.replaceChildren(make(document, 'div', { class: 'details-inside' },
      make(document, 'div', { class: 'details-head' }, createPicture(document, item), make(document, 'div', {}, heading, names), close),
      make(document, 'p', { class: 'facts' }, [formatFacts(item, voice), formatPopularity(item, voice)].filter(Boolean).join(' · ')),
      make(document, 'ul', { class: 'tag-list', 'aria-label': say('tags') }, ...item.tags.map((tag) => make(document, 'li', {}, tag))),
      buttons, alike, ...sections,
      ...(outside.length ? [make(document, 'section', { class: 'neighbours' }, make(document, 'h3', {}, say('elsewhere')), make(document, 'ul', { class: 'outside' }, ...outside))] : [])));
    return heading;
  }

  /** @param {Neighbours} found @returns {HTMLElement[]} */
  function drawNeighbours(found) {
    const heading = make(document, 'h3', {}, found.heading);
    if ('error' in found) return [heading, createProblem(document, voice, found.error, () => document.defaultView?.location.reload())];
    if ('note' in found) return [heading, make(document, 'p', { class: 'note' }, found.note)];
    return [heading, make(document, 'ol', {}, ...found.items.map((item) => make(document, 'li', {},
      make(document, 'a', { href: href(item) }, createPicture(document, item), make(document, 'span', {}, make(document, 'b', {}, titleFor(item, voice.language)), make(document, 'span', { class: 'facts' }, formatFacts(item, voice)))))))];
  }

  return {
    /** Opens the panel on a show, or draws it anew. @param {number | string} id */
    async show(id) {
      const turn = ++latest;
      const item = await facts(id);
      if (turn !== latest) return;
      const isOpen = dialog.open;
      const held = isOpen ? document.activeElement?.getAttribute('data-action') : undefined;
      const heading = draw(item);
      if (!isOpen) dialog.showModal();
      const again = held ? /** @type {HTMLElement | null} */ (dialog.querySelector(`[data-action="${held}"]`)) : null;
      (again ?? heading).focus({ preventScroll: true });
      if (!again) dialog.scrollTop = 0;
    },
    /** Closes it, where the address no longer names a show. */
    hide() {
      latest += 1;
      if (!dialog.open) return;
      isOurs = true;
      dialog.close();
    },
  };
}
