// @ts-check
// Wires the page: the only file that looks up elements. The state is the address; everything shown follows from it.

import { createAnswer, MOST } from './answer.js';
import { createAsking } from './asking.js';
import { forget } from './client/index.js';
import { createMapping } from './mapping.js';
import { client, listen, meta } from './opened.js';
import { asked, emptyState, hashOf, isStart, onlyLiked, stateOf } from './ui/address.js';
import { createConnection } from './ui/offline-badge.js';
import { createDetails, namesIn } from './ui/details.js';
import { createIcon } from './ui/icons.js';
import { createKeep, storageOf } from './ui/keep.js';
import { createNotices } from './ui/notices.js';
import { forgetShell, keepShell } from './ui/offline.js';
import { drawAbout, drawExamples } from './ui/opening.js';
import { createOwnList } from './ui/own-list.js';
import { allowedImage } from './ui/picture.js';
import { createProblem } from './ui/problem.js';
import { createProgress } from './ui/progress.js';
import { createSearchBox, SUGGESTIONS } from './ui/search-box.js';
import { createShape } from './ui/shape.js';
import { share } from './ui/share.js';
import { idOf } from './ui/show.js';
import { scriptUrl } from './ui/trusted.js';
import { createVoice } from './ui/voice.js';
import { isWord } from './ui/words.js';

/** @typedef {import('./ui/show.js').Show} Item */
/** @typedef {import('./ui/address.js').State} State */
/** @typedef {import('./ui/address.js').Id} Id */
/** @typedef {import('./ui/result-row.js').Action} Action */

const MORE = 10;
const ALIKE = 5;
/** How long a hand rests before the address is written. */
const REST_MS = 300;

/** @template {HTMLElement} [T=HTMLElement] @param {string} id */
const byId = (id) => /** @type {T} */ (document.getElementById(id));
/** @type {[string, number][]} */
const ends = [...meta('osusume-models').matchAll(/([\w-]+)\s+(\d+)/g)].map(([, model, part]) => [model, Number(part)]);

const keep = createKeep(storageOf(window), new URL('.', document.baseURI).pathname);
const voice = createVoice({ language: byId('language'), dark: byId('dark') }, keep, () => redraw());
const notices = createNotices(byId('notices'));
const progress = createProgress(byId('downloads'), voice);
const [problem, chosen, lists] = ['problem', 'chosen', 'lists'].map((id) => byId(id));

const connection = createConnection(byId('badge'), notices, voice);
listen({ progress: (part) => part.kind === 'map' || progress.show(part), warn: connection.warn });
const info = client.then((opened) => opened.info({ preliminary: true }));
info.catch(() => {});
const links = readLinks();
const asking = createAsking(client, voice, ends, (image) => allowedImage(image, meta('osusume-images'), document.baseURI), links.flatMap(({ template }) => namesIn(template)));
const { facts, several } = asking;

let state = stateOf(location);
/** What the address will say once the visitor's hand rests: browsers ration how often it may change. @type {string | undefined} */
let unwritten;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let writing;
/** The state that the lists answer, without what changes no answer. */
let answered = '';
/** Whether the panel was opened from a state without one, so that closing it is going back; the same for the map. */
let [isPanelNew, isMapNew] = [false, false];

const hasTaste = () => state.liked.length > 0 || state.text !== undefined || (state.own && keep.ownList() !== undefined);

const searchBox = createSearchBox(
  { form: byId('search'), input: byId('search-input'), list: byId('suggestions'), note: byId('search-note') },
  voice,
  (text) => asking.find(text, SUGGESTIONS),
  async (found) => {
    const id = found.key ?? found.id;
    // Ids of a link that this catalogue does not have would fail for ever.
    const known = await several(state.liked);
    go({ ...without(id), liked: [...state.liked.filter((each, at) => known[at] && each !== id), id], show: undefined });
  },
  (text) => go({ ...state, text, show: undefined }),
);
info.then(({ models }) => models.some(({ text }) => text) && searchBox.offer(), () => {});
/** Where a title leads: to the shows like it or, in a list made of several things, to its details. @param {Item} item */
const hrefFrom = (item) => (onlyLiked(state) !== undefined ? hashOf({ liked: [idOf(item)] })
  : hasTaste() ? hashOf({ ...state, show: idOf(item) }) : hashOf({ ...state, liked: [idOf(item)], show: undefined }));
const pair = [.../** @type {NodeListOf<HTMLElement>} */ (lists.querySelectorAll('[data-model]'))].map((section) => {
  const model = section.dataset.model ?? '';
  return { section, model, list: byId(`${model}-list`), note: byId(`${model}-note`) };
});
const answer = createAnswer({
  status: byId('status'), hint: byId('hint'), picks: byId('picks'), chips: byId('chips'), chosen, lists, pair,
  chosenParts: { picture: byId('chosen-picture'), title: byId('chosen-title'), names: byId('chosen-names'), facts: byId('chosen-facts'), tags: byId('chosen-tags') },
  heading: byId('heading'), title: byId('ranked-title'), text: byId('ranked-text'), ranked: byId('ranked'), rankedParts: { list: byId('ranked-list'), note: byId('ranked-note') }, more: byId('more'),
}, {
  voice, asking, info, notices, fail,
  ownList: keep.ownList,
  row: { href: hrefFrom, act },
  take: (taken) => {
    if ('item' in taken) go(without(idOf(taken.item)));
    else if (taken.what === 'text') go({ ...state, text: undefined });
    else go(taken.what === 'seen' ? { ...state, seen: [] } : { ...state, own: false });
  },
  known: (left) => { state = left; },
  again: () => {
    state = stateOf(address());
    ask();
  },
});
const shape = createShape({
  form: byId('shape'), toggle: byId('shape-toggle'), reset: byId('reset'), fields: byId('fields'), mixText: byId('mix-text'),
}, voice, (change) => go({ ...state, ...change }, true));
const ownList = createOwnList({
  file: byId('own-file'), has: byId('own-has'), use: byId('own-use'), useRow: byId('own-use-row'), save: byId('own-save'), clear: byId('own-clear'), note: byId('own-note'), drop: byId('drop'),
}, voice, {
  read: async (file) => {
    if (!meta('osusume-own-list')) return; // dropped on a catalogue that no list has the ids of
    const saved = file.size < 8e6 && /json/.test(file.type) ? keep.restore(await file.text()) : undefined;
    keep.keepList(saved ? saved.list : await (await client).importProfile(file));
    notices.set('kept', keep.isKept ? '' : voice.say('notKept'));
    answered = '';
    go(saved?.last ? stateOf({ hash: saved.last, search: '' }) : { ...state, own: true });
  },
  use: (isUsed) => go({ ...state, own: isUsed }),
  save: () => keep.save(),
  clear: async () => {
    keep.clear();
    connection.keeps(false);
    answered = '';
    go(emptyState());
    const forgetAll = () => Promise.all([forgetShell(new URL('.', document.baseURI).href), forget(meta('osusume-manifest'))]);
    await forgetAll();
    started.then(forgetAll).then(() => connection.keeps(false)); // what was on its way
    notices.set('deleted', voice.say('deleted'));
  },
});
const details = createDetails(byId('details'), voice, links, {
  facts,
  neighbours: (item) => answer.models().map(async (model) => {
    const word = `${model}List`;
    const title = isWord(word) ? voice.say(word) : model;
    try {
      const found = await asking.like(idOf(item), model, { limit: ALIKE });
      return typeof found === 'string' ? { heading: title, note: found } : { heading: title, items: found.map((result) => result.item) };
    } catch (error) {
      return { heading: title, error };
    }
  }),
  href: (item) => hashOf({ ...state, show: idOf(item) }),
  hrefAlike: (item) => hashOf({ liked: [idOf(item)] }),
  act,
  isSet,
  closed: () => (isPanelNew ? history.back() : go({ ...state, show: undefined }, true)),
});

const mapping = createMapping(byId('map'), voice, client, {
  facts, several, act, isSet,
  href: (item) => hashOf({ ...state, show: idOf(item) }),
  closed: () => (isMapNew ? history.back() : go({ ...state, map: false }, true)),
});

function readLinks() {
  return [...document.querySelectorAll('meta[name="osusume-link"]')].map((link) => ({ name: link.getAttribute('data-name') ?? '', template: link.getAttribute('content') ?? '' })).filter(({ name }) => name !== '');
}

/** @param {Exclude<Action, 'details'>} action */
const listOf = (action) => /** @type {const} */ ({ like: 'liked', dislike: 'disliked', seen: 'seen' })[action];

/** @param {Action} action @param {Item} item */
function isSet(action, item) {
  return action !== 'details' && state[listOf(action)].includes(idOf(item));
}

/** The state without a show. @param {Id} id @returns {State} */
function without(id) {
  const others = (/** @type {Id[]} */ ids) => ids.filter((each) => each !== id);
  return { ...state, liked: others(state.liked), disliked: others(state.disliked), seen: others(state.seen) };
}

/** Does what a visitor says to a show; said again, it is taken back. @param {Action} action @param {Item} item */
function act(action, item) {
  const id = idOf(item);
  if (action === 'details') return go({ ...state, show: id });
  const name = listOf(action);
  const rest = without(id);
  go(state[name].includes(id) ? rest : { ...rest, [name]: [...rest[name], id] });
}

/** Where the page is: what the address says, or is about to. */
const address = () => ({ hash: unwritten ?? location.hash, search: location.search });

/** Writes down where the page is: in the address, and for the next visit. */
function write() {
  clearTimeout(writing);
  if (unwritten !== undefined) history.replaceState(null, '', unwritten);
  unwritten = undefined;
  if (!isStart(state)) keep.set('last', hashOf(asked(state)));
}

/** Goes to a state. `quietly` leaves no step for the back button. @param {Partial<State>} next @param {boolean} [quietly] */
function go(next, quietly = false) {
  const hash = hashOf({ ...next, release: undefined });
  if (!quietly && unwritten !== undefined) write(); // where the back button leads
  if (quietly && hash !== address().hash) unwritten = hash;
  if (quietly || hash === location.hash || (hash === '#' && location.hash === '')) follow();
  else location.hash = hash;
}

/** Draws what the address says. */
async function follow() {
  const before = state;
  state = stateOf(address());
  clearTimeout(writing);
  writing = setTimeout(write, REST_MS);
  if (state.map !== before.map) isMapNew = state.map;
  if (state.show !== before.show) isPanelNew = before.show === undefined && state.show !== undefined;
  problem.replaceChildren();
  searchBox.clear();
  shape.draw(state);
  ownList.draw(keep.ownList(), state.own);
  byId('open-map').setAttribute('href', hashOf({ ...asked(state), map: true }));
  // The map lies below the panel, so it opens first.
  if (state.map) await light().catch(fail);
  else mapping.hide();
  const showing = state.show === undefined ? details.hide() : details.show(state.show).catch(fail);
  if (hashOf(asked(state)) !== answered) {
    await ask();
    if (state.map) await light().catch(fail);
  }
  await showing;
}

/** Has the lists answer the state. */
async function ask() {
  const question = hashOf(asked(state));
  answered = question;
  if (!(await answer.show(state)) && answered === question) answered = '';
}

/** Opens the map, with what is liked and what the lists hold lit up. */
async function light() {
  const liked = (await several(state.liked)).flatMap((item) => item?.id ?? []);
  const results = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#lists li[data-id], #ranked li[data-id]'))].map((row) => Number(row.dataset.id));
  if (state.map) await mapping.show(liked, results);
}

/** Shows what was drawn behind the scenes. */
function reveal() {
  for (const id of ['bench', 'foot']) delete byId(id).dataset.waiting;
}

/** @param {unknown} error */
function fail(error) {
  reveal();
  problem.replaceChildren(createProblem(document, voice, error, () => location.reload()));
}

/** Draws what does not depend on the address. */
async function drawOpening() {
  const ids = meta('osusume-examples').split(/\s+/).filter(Boolean);
  const examples = several(ids.map((id) => (/^\d+$/.test(id) ? Number(id) : id))).catch(() => []);
  const [found, release] = await Promise.all([examples, info]);
  drawExamples(byId('examples'), voice, found.flatMap((item) => item ?? []), keep.get('last'));
  drawAbout(byId('about'), voice, release);
  byId('open-map').hidden = !release.map;
}

/** Everything again, in another language. */
async function redraw() {
  answered = '';
  drawButtons();
  connection.draw();
  await Promise.allSettled([follow(), drawOpening()]);
}

function drawButtons() {
  byId('share').replaceChildren(createIcon(document, 'share'), voice.say('share'));
  byId('open-map').replaceChildren(createIcon(document, 'map'), voice.say('map'));
}

byId('dark').append(createIcon(document, 'moon'));
byId('shape-toggle').prepend(createIcon(document, 'sliders'));
byId('share').addEventListener('click', async () => {
  const { release } = await info;
  const url = new URL(hashOf({ ...asked(state), release: release.slice(0, 8) }), location.href).href;
  const how = await share(window, url, document.title);
  const text = how === 'copied' ? voice.say('shared') : how === 'refused' ? `${voice.say('shareThis')} ${url}` : '';
  notices.set('shared', text && state.own ? `${text} ${voice.say('sharedOwn')}` : text);
});
byId('more').addEventListener('click', () => go({ ...state, limit: Math.min(MOST, state.limit + MORE) }, true));

/** Resolves when all that will come is here and kept. */
async function start() {
  if (!meta('osusume-own-list')) {
    byId('own-text').hidden = byId('own-choose').hidden = true;
    byId('own-title').dataset.word = 'yourData';
    byId('own-title').textContent = voice.say('yourData');
  }
  addEventListener('click', () => unwritten !== undefined && write(), true); // a link leaves its step behind what was set before
  addEventListener('pagehide', write);
  addEventListener('hashchange', async () => {
    unwritten = undefined;
    const was = { inside: document.activeElement?.closest('#lists, #hint, #ranked'), show: state.show, one: onlyLiked(state) };
    notices.set('shared');
    const next = onlyLiked(stateOf(location));
    if (next !== undefined && next !== was.one) scrollTo({ top: 0 });
    await follow();
    // What was pressed is gone: the focus goes where the answer begins, not back to the top of the page.
    const { activeElement } = document;
    if (was.inside && (!activeElement || activeElement === document.body || activeElement.getClientRects().length === 0)) byId(chosen.hidden ? 'ranked-title' : 'chosen-title').focus({ preventScroll: true });
  });
  drawButtons();
  follow();
  const offering = asking.fields().then((fields) => shape.offer(fields), () => {});
  try {
    const both = await asking.models;
    shape.usual(both.length > 1 ? asking.usualMix(both) : undefined);
    // The lists of one show come before the rest, which needs the whole catalogue; the filters keep their place.
    if (onlyLiked(state) !== undefined) {
      await answer.arrival;
      reveal();
    }
    await Promise.all([answer.arrival, drawOpening(), offering]);
    reveal();
    delete byId('side').dataset.waiting;
    await (await client).ready().then(ready, () => {}); // the lists say what is missing
  } catch (error) {
    fail(error);
  }
}

/** All that was wanted of the release is here: the page keeps itself, too. */
async function ready() {
  progress.done();
  const isKept = await keepShell(navigator, meta('osusume-shell') && scriptUrl(new URL(meta('osusume-shell'), document.baseURI)), (apply) => {
    notices.set('update', voice.say('update'), { text: voice.say('updateNow'), press: apply });
  });
  connection.keeps(isKept);
}

const started = start();
