// @ts-check
// Wires the page: the only file that looks up elements. The state is the address; everything shown follows from it.

import { open } from './client/index.js';
import { hrefOf, idOf } from './ui/address.js';
import { formatBytes, formatCount, formatFacts, formatMs } from './ui/format.js';
import { englishTitle, languageTag } from './ui/language.js';
import { createPicture } from './ui/picture.js';
import { createProblem } from './ui/problem.js';
import { createProgress } from './ui/progress.js';
import { createResultList } from './ui/result-list.js';
import { createSearchBox, SUGGESTIONS } from './ui/search-box.js';

/** @typedef {import('./client/index.js').Osusume} Osusume */
/** @typedef {import('./client/index.js').Item} Item */

const RESULTS = 10;
const NAMES = new Map([['catalogue', 'Catalogue'], ['ncf', 'Viewers'], ['synopsis', 'Stories']]);
const UNCOVERED = new Map([
  ['ncf', 'Nobody in the data has rated this show, so there is no telling what its viewers also watched.'],
  ['synopsis', 'The data has no synopsis of this show, so there is no telling which stories are like it.'],
]);

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} name */
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

const [problem, status, hint, chosen, lists] = ['problem', 'status', 'hint', 'chosen', 'lists'].map(byId);
const progress = createProgress(byId('downloads'), NAMES);

/** How long each ranking of the current show took. @type {number[]} */
let times = [];

const client = openRelease();
client.catch(() => {}); // shown by `start`
const info = client.then((opened) => opened.info());
info.catch(() => {});

const searchBox = createSearchBox(
  {
    form: /** @type {HTMLFormElement} */ (byId('search')),
    input: /** @type {HTMLInputElement} */ (byId('search-input')),
    list: byId('suggestions'),
    note: byId('search-note'),
  },
  async (text) => (await client).find(text, SUGGESTIONS),
  (found) => go(found.key ?? found.id),
);

const resultLists = [...UNCOVERED].map(([model, uncovered]) => createResultList(
  { list: byId(`${model}-list`), note: byId(`${model}-note`) }, model, uncovered, (item) => rank(item, model)));

/** Opens the release the page names; once more if it is swapped meanwhile and so is never mixed. @returns {Promise<Osusume>} */
function openRelease() {
  return open(meta('osusume-manifest'), { onProgress: progress.show });
}

/** Ranks the shows like `item`, once the model is there. Nothing if the model does not know it. @param {Item} item @param {string} model */
async function rank(item, model) {
  const opened = await client;
  const isLoaded = await opened.loaded(model).then(() => true, () => false); // a failed download is tried again by the call below
  // Known before the model that would stand in is here; its answer would only say so later.
  if (isLoaded && (await opened.item(item.id)).models?.includes(model) === false) return undefined;
  const answer = await opened.similar(item.id, { n: RESULTS, model, onTime: (ms) => times.push(ms) });
  return { answer, items: await Promise.all(answer.items.map(({ id }) => opened.item(id))) };
}

let latest = 0;

/** Draws what the address says. */
async function follow() {
  const turn = ++latest;
  const id = idOf(location);
  problem.replaceChildren();
  status.textContent = '';
  times = [];
  if (id === undefined) {
    for (const list of resultLists) list.clear();
    chosen.hidden = lists.hidden = true;
    hint.hidden = false;
    searchBox.setText('');
    document.title = 'おすすめ osusume';
    return;
  }
  hint.hidden = true;
  try {
    const item = await (await client).item(id);
    if (turn !== latest) return;
    drawChosen(item);
    lists.hidden = false;
    const counts = await Promise.all(resultLists.map((list) => list.show(item)));
    if (turn !== latest) return;
    const shows = counts.reduce((sum, count) => sum + count);
    const { items } = await info;
    status.textContent = times.length
      ? `${shows} shows like ${item.title}: ${formatCount(items)} shows ranked in ${formatMs(times.reduce((sum, ms) => sum + ms))} on your device; nothing is sent.` : '';
  } catch (error) {
    if (turn !== latest) return;
    chosen.hidden = lists.hidden = true;
    hint.hidden = false;
    fail(error);
  }
}

/** @param {Item} item */
function drawChosen(item) {
  const title = byId('chosen-title');
  title.textContent = item.title;
  const others = Object.entries(item.titles).filter(([, name], at, all) => name !== item.title && all.findIndex(([, other]) => other === name) === at);
  byId('chosen-names').replaceChildren(...others.flatMap(([language, name], at) => {
    const span = document.createElement('span');
    span.lang = languageTag(language);
    span.textContent = name;
    return at ? [' · ', span] : [span];
  }));
  byId('chosen-facts').textContent = formatFacts(item);
  byId('chosen-genres').replaceChildren(...item.genres.map((genre) => {
    const entry = document.createElement('li');
    entry.textContent = genre;
    return entry;
  }));
  byId('chosen-picture').replaceChildren(createPicture(document, item));
  chosen.hidden = false;
  searchBox.setText(item.title);
  document.title = `Shows like ${item.title} · osusume`;
}

/** Goes to a show. @param {number | string} id */
function go(id) {
  if (location.hash === hrefOf(id)) follow();
  else location.hash = hrefOf(id);
}

/** @param {unknown} error */
function fail(error) {
  problem.replaceChildren(createProblem(document, error, () => location.reload()));
}

/** Draws the shows offered before anything is typed. @param {Osusume} opened */
async function drawExamples(opened) {
  const ids = meta('osusume-examples').split(/\s+/).filter(Boolean).map(Number);
  const items = (await Promise.allSettled(ids.map((id) => opened.item(id)))).flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  byId('examples').replaceChildren(...items.map((item) => {
    const entry = document.createElement('li');
    const link = document.createElement('a');
    link.href = hrefOf(item.key ?? item.id);
    const name = document.createElement('span');
    name.textContent = englishTitle(item);
    link.append(createPicture(document, item), name);
    entry.append(link);
    return entry;
  }));
}

async function start() {
  addEventListener('hashchange', async () => {
    const wasInside = document.activeElement?.closest('#lists, #examples') !== null;
    scrollTo({ top: 0 });
    await follow();
    // The link that was followed is gone: the focus goes where the answer begins, not back to the top of the page.
    if (wasInside && !chosen.hidden) byId('chosen-title').focus({ preventScroll: true });
  });
  follow();
  try {
    await drawExamples(await client);
    const { items, release, models } = await info;
    byId('about').textContent = `${formatCount(items)} shows, release ${release}: ${models.map(({ name, rows = 0, bytes = 0 }) => `${NAMES.get(name) ?? name} ${formatCount(rows)} rows, ${formatBytes(bytes)}`).join('; ')}.`;
  } catch (error) {
    fail(error);
  }
}

start();
