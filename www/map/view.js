// @ts-check
// The map of the whole catalogue: a canvas to wander over, and beside it the same as a list, for those who come by keyboard
// or hear the page. Fetched when it is first opened.

import { formatCount, formatFacts } from '../ui/format.js';
import { createIcon } from '../ui/icons.js';
import { titleFor } from '../ui/language.js';
import { make } from '../ui/make.js';
import { createPicture } from '../ui/picture.js';
import { createRow } from '../ui/result-row.js';
import { boxOf, createCamera } from './camera.js';
import { bindGestures } from './gestures.js';
import { createPainter, middles, nearest } from './paint.js';

/** @typedef {import('../ui/show.js').Show} Item */
/** @typedef {import('../client/index.js').ItemMap} ItemMap */
/** @typedef {import('../ui/result-row.js').Action} Action */
/**
 * @typedef {object} Wiring
 * @property {(id: number) => Promise<Item>} facts
 * @property {(ids: number[]) => Promise<(Item | undefined)[]>} several
 * @property {(item: Item) => string} href where a title leads
 * @property {(action: Action, item: Item) => void} act
 * @property {(action: Action, item: Item) => boolean} isSet whether the visitor has said so already
 * @property {() => void} closed called when the visitor closes it
 */

/** Shows that are named, on the map and in the list beside it. */
const NAMED = 14;
/** Device pixels are drawn one by one; more for each of CSS's would not be seen. */
const MOST_DENSE = 2;
/** How long it stands still before what is in view is named anew. */
const SETTLED_MS = 140;
const GLIDE_MS = 180;

/** Loads this view's styles. @param {Document} document */
function style(document) {
  const link = make(document, 'link', { rel: 'stylesheet', href: new URL('map.css', import.meta.url).href });
  return new Promise((resolve) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', resolve); // without colours it still works
    document.head.append(link);
  });
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {import('../ui/voice.js').Voice} voice
 * @param {ItemMap} map
 * @param {Wiring} wiring
 */
export async function createMap(dialog, voice, map, { facts, several, href, act, isSet, closed }) {
  const { ownerDocument: document } = dialog;
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  await style(document);

  const rows = new Map([...map.ids].map((id, row) => [id, row]));
  const camera = createCamera(boxOf(map.x, map.y));
  const places = middles(map);
  const calm = view.matchMedia('(prefers-reduced-motion: reduce)');
  const canvas = make(document, 'canvas', { tabindex: '0', role: 'application' });
  const tip = make(document, 'p', { class: 'map-tip', 'aria-hidden': 'true' });
  const stage = make(document, 'div', { class: 'map-stage' }, canvas, tip);
  const [legend, card, list] = [make(document, 'ul', { class: 'map-legend' }), make(document, 'ol', { class: 'map-card' }), make(document, 'ol', { class: 'map-list' })];
  const count = make(document, 'p', { class: 'note', role: 'status' });
  const painter = createPainter(canvas, map);

  /** @type {import('./paint.js').Scene} */
  const scene = { transform: camera.transform, zoom: 1, only: -1, liked: new Set(), results: new Set(), chosen: -1, cross: false, titles: [], places };
  /** @type {import('./paint.js').Look} */
  let look;
  let isOurs = false; // whether it is this code that closes it
  // biome-ignore lint/correctness/noUnusedVariables: it says that a frame is under way
  let frame = 0;
  let settling = 0;
  let naming = 0;
  let hovered = -1;

  /** The colours, as the styles and the reader's preferences have them. */
  function readLook() {
    /** @param {Element} element @param {'color' | 'backgroundColor'} what */
    const colour = (element, what = 'color') => /** @type {[number, number, number]} */ ((view.getComputedStyle(element)[what].match(/[\d.]+/g) ?? ['0', '0', '0']).slice(0, 3).map(Number));
    const swatch = (/** @type {string} */ name) => colour(/** @type {Element} */ (legend.querySelector(`[data-swatch="${name}"]`)));
    look = { paper: colour(stage, 'backgroundColor'), ink: colour(stage), lit: swatch('liked'), groups: [0, ...map.names.keys()].map((_, at) => swatch(String(at))), font: view.getComputedStyle(stage).fontFamily };
  }

  function redraw() {
    frame ||= view.requestAnimationFrame(() => {
      frame = 0;
      if (!dialog.open) return;
      Object.assign(scene, { transform: camera.transform, zoom: camera.zoom, places: camera.zoom < 5 ? places : [] });
      painter.draw(look, scene);
    });
  }

  /** What is seen has changed. */
  function moved() {
    tip.hidden = true;
    redraw();
    view.clearTimeout(settling);
    settling = view.setTimeout(name, SETTLED_MS);
  }

  /** Names the best known of what is in view, on the map and in the list. */
  async function name() {
    const turn = ++naming;
    const { by, dx, dy } = camera.transform;
    const { width, height } = stage.getBoundingClientRect();
    /** @type {number[]} */
    const inView = [];
    for (let row = 0; row < map.ids.length; row += 1) {
      const [x, y] = [map.x[row] * by + dx, map.y[row] * by + dy];
      if (x >= 0 && y >= 0 && x <= width && y <= height && (scene.only < 0 || map.groups[row] === scene.only)) inView.push(row);
    }
    const isLit = (/** @type {number} */ row) => scene.liked.has(row) || scene.results.has(row);
    const first = [...inView.filter(isLit), ...inView.filter((row) => !isLit(row))].slice(0, NAMED + scene.liked.size + scene.results.size).slice(0, 40);
    const items = await several(first.map((row) => map.ids[row])).catch(() => []);
    if (turn !== naming) return;
    scene.titles = [];
    const held = list.contains(document.activeElement) ? document.activeElement?.getAttribute('data-row') : undefined;
    list.replaceChildren(...items.flatMap((item, at) => {
      if (!item) return [];
      const row = first[at];
      const title = titleFor(item, voice.language);
      // From afar only what the visitor knows is named: the regions have names of their own.
      if (camera.zoom >= 2.5 || isLit(row)) scene.titles.push({ row, text: title });
      const button = make(document, 'button', { type: 'button', 'data-row': String(row), 'aria-pressed': String(row === scene.chosen) }, createPicture(document, item),
        make(document, 'span', {}, make(document, 'b', {}, title), ' ', make(document, 'span', { class: 'facts' }, [formatFacts(item, voice), ...(scene.liked.has(row) ? [voice.say('mapLiked')] : scene.results.has(row) ? [voice.say('mapResults')] : [])].join(' · '))));
      button.addEventListener('click', () => choose(row, true));
      return [make(document, 'li', {}, button)];
    }));
    if (held !== undefined) /** @type {HTMLElement | null} */ (list.querySelector(`[data-row="${held}"]`))?.focus({ preventScroll: true });
    count.textContent = voice.say('mapCount', { count: formatCount(inView.length, voice.language) });
    redraw();
  }

  /** @param {number} row @param {boolean} [goThere] */
  async function choose(row, goThere = false) {
    scene.chosen = row;
    if (goThere && row >= 0) camera.goTo(map.x[row], map.y[row]);
    moved();
    if (row < 0) return card.replaceChildren();
    const item = await facts(map.ids[row]);
    if (scene.chosen === row) drawCard(item);
  }

  /** @param {Item} item */
  function drawCard(item) {
    const held = card.contains(document.activeElement) ? document.activeElement?.getAttribute('data-action') : undefined;
    const row = createRow(document, voice, { href, act });
    row.draw({ item, score: 0 });
    card.replaceChildren(row.element);
    for (const button of card.querySelectorAll('[data-action]')) {
      const action = /** @type {Action} */ (button.getAttribute('data-action'));
      if (action !== 'details') button.setAttribute('aria-pressed', String(isSet(action, item)));
    }
    if (held) /** @type {HTMLElement | null} */ (card.querySelector(`[data-action="${held}"]`))?.focus({ preventScroll: true });
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] @param {boolean} [glide] */
  function zoom(factor, x, y, glide = false) {
    if (!glide || calm.matches) {
      camera.zoomBy(factor, x, y);
      return moved();
    }
    const from = view.performance.now();
    let done = 0;
    const step = (/** @type {number} */ now) => {
      const part = Math.min(1, Math.max(0, (now - from) / GLIDE_MS));
      camera.zoomBy(factor ** (part - done), x, y);
      done = part;
      moved();
      if (part < 1 && dialog.open) view.requestAnimationFrame(step);
    };
    view.requestAnimationFrame(step);
  }

  function all() {
    camera.reset();
    moved();
  }

  /** @param {number} x @param {number} y */
  async function hover(x, y) {
    const row = nearest(map, camera.transform, x, y, 14);
    if (row === hovered && !tip.hidden) return;
    hovered = row;
    stage.dataset.over = String(row >= 0);
    if (row < 0) {
      tip.hidden = true;
      return;
    }
    const item = await facts(map.ids[row]).catch(() => undefined);
    if (row !== hovered || !item) return;
    tip.textContent = [titleFor(item, voice.language), formatFacts(item, voice)].filter(Boolean).join(' · ');
    const { by, dx, dy } = camera.transform;
    const { width } = stage.getBoundingClientRect();
    tip.hidden = false;
    tip.style.setProperty('--x', `${Math.min(width - tip.offsetWidth - 8, Math.max(8, map.x[row] * by + dx - tip.offsetWidth / 2))}px`);
    tip.style.setProperty('--y', `${map.y[row] * by + dy + 14}px`);
  }

  bindGestures(canvas, {
    pan: (dx, dy) => {
      camera.pan(dx, dy);
      moved();
    },
    zoom, all, hover,
    leave: () => {
      hovered = -1;
      tip.hidden = true;
    },
    choose: (x, y, reach) => choose(nearest(map, camera.transform, x, y, reach)),
    chooseMiddle: () => {
      const { width, height } = stage.getBoundingClientRect();
      choose(nearest(map, camera.transform, width / 2, height / 2, 120));
    },
  });
  const mark = () => {
    scene.cross = canvas.matches(':focus-visible');
    redraw();
  };
  for (const event of ['focus', 'blur']) canvas.addEventListener(event, mark);
  dialog.addEventListener('close', () => {
    if (!isOurs) closed();
    isOurs = false;
  });
  new ResizeObserver(() => {
    if (!dialog.open) return;
    const { width, height } = stage.getBoundingClientRect();
    camera.resize(width, height);
    painter.resize(width, height, Math.min(MOST_DENSE, view.devicePixelRatio || 1));
    moved();
  }).observe(stage);
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    view.matchMedia(query).addEventListener('change', () => {
      readLook();
      redraw();
    });
  }

  /** Everything but the canvas, in the language of now. */
  function furnish() {
    const { say, language } = voice;
    /** @param {string} name @param {string} text @param {import('../ui/icons.js').IconName} icon @param {() => void} press */
    const button = (name, text, icon, press) => {
      const made = make(document, 'button', { type: 'button', class: `act ${name}`, 'aria-label': text, title: text }, createIcon(document, icon));
      made.addEventListener('click', press);
      return made;
    };
    canvas.setAttribute('aria-label', say('mapHow', { count: formatCount(map.ids.length, language) }));
    const swatch = (/** @type {string} */ name) => make(document, 'i', { 'data-swatch': name, 'aria-hidden': 'true' });
    const entries = [...map.names, say('mapOther')].map((text, at) => {
      const group = (at + 1) % (map.names.length + 1);
      const press = make(document, 'button', { type: 'button', class: 'tag', 'aria-pressed': String(scene.only === group) }, swatch(String(group)), text);
      press.addEventListener('click', () => {
        scene.only = scene.only === group ? -1 : group;
        for (const each of legend.querySelectorAll('button')) each.setAttribute('aria-pressed', String(each === press && scene.only >= 0));
        moved();
      });
      return make(document, 'li', {}, press);
    });
    legend.setAttribute('aria-label', say('mapColours'));
    legend.replaceChildren(...entries, make(document, 'li', { class: 'map-key' }, swatch('liked'), say('mapLiked')), make(document, 'li', { class: 'map-key' }, swatch('result'), say('mapResults')));
    stage.replaceChildren(canvas, tip, make(document, 'div', { class: 'map-zoom' },
      button('zoom-in', say('zoomIn'), 'plus', () => zoom(1.6, undefined, undefined, true)), button('zoom-out', say('zoomOut'), 'minus', () => zoom(1 / 1.6, undefined, undefined, true)), button('zoom-all', say('zoomAll'), 'whole', all)));
    dialog.setAttribute('aria-labelledby', 'map-title');
    dialog.replaceChildren(make(document, 'div', { class: 'map-inside' },
      make(document, 'div', { class: 'map-head' }, make(document, 'h2', { id: 'map-title' }, say('mapTitle')), make(document, 'p', { class: 'note' }, say('mapText')), button('close', say('close'), 'close', () => dialog.close())),
      stage,
      make(document, 'div', { class: 'map-side' }, legend, card, make(document, 'section', { 'aria-labelledby': 'map-in-view' }, make(document, 'h3', { id: 'map-in-view' }, say('mapInView')), count, list))));
  }

  return {
    /** Opens it, or draws it anew. @param {number[]} liked ids @param {number[]} results ids */
    show(liked, results) {
      const known = (/** @type {number[]} */ ids) => new Set(ids.flatMap((id) => rows.get(id) ?? []));
      [scene.liked, scene.results] = [known(liked), known(results)];
      if (!dialog.open) {
        furnish();
        tip.hidden = true;
        dialog.showModal();
        readLook();
        canvas.focus({ preventScroll: true });
      }
      moved();
      if (scene.chosen >= 0) facts(map.ids[scene.chosen]).then(drawCard, () => {});
    },
    hide() {
      if (!dialog.open) return;
      isOurs = true;
      dialog.close();
    },
  };
}
