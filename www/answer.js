// @ts-check
// Draws the answer to a state: the two lists of one show side by side, or one ranked list; the chips above, the line that says
// how long it took, and what the reader should know. A later state overtakes an earlier one.

import { isStart, onlyLiked } from './ui/address.js';
import { drawChosen } from './ui/chosen.js';
import { formatCount, formatMs } from './ui/format.js';
import { titleFor } from './ui/language.js';
import { createPicks } from './ui/picks.js';
import { createResultList } from './ui/result-list.js';
import { idOf } from './ui/show.js';

/** @typedef {import('./ui/show.js').Show} Item */
/** @typedef {import('./ui/address.js').State} State */
/** @typedef {import('./ui/address.js').Id} Id */
/**
 * @typedef {object} Parts
 * @property {HTMLElement} status
 * @property {HTMLElement} hint what there is before anything is set
 * @property {HTMLElement} picks
 * @property {HTMLElement} chips
 * @property {HTMLElement} chosen the head of the two lists
 * @property {Parameters<typeof drawChosen>[0]} chosenParts
 * @property {HTMLElement} lists
 * @property {{ section: HTMLElement, model: string, list: HTMLElement, note: HTMLElement }[]} pair
 * @property {HTMLElement} heading the head of the one list
 * @property {HTMLElement} title
 * @property {HTMLElement} text
 * @property {HTMLElement} ranked
 * @property {{ list: HTMLElement, note: HTMLElement }} rankedParts
 * @property {HTMLElement} more
 */
/**
 * @typedef {object} Wiring
 * @property {import('./ui/voice.js').Voice} voice
 * @property {ReturnType<typeof import('./asking.js').createAsking>} asking
 * @property {Promise<import('./client/index.js').Info>} info
 * @property {() => import('./ui/keep.js').OwnList | undefined} ownList
 * @property {ReturnType<typeof import('./ui/notices.js').createNotices>} notices
 * @property {import('./ui/result-row.js').Wiring} row
 * @property {(taken: import('./ui/picks.js').Taken) => void} take
 * @property {(state: State) => void} known called with the state without what this catalogue does not have
 * @property {(error: unknown) => void} fail
 * @property {() => void} again called when a fuller answer can be had
 */

/** Shows that a list may grow to. */
export const MOST = 100;

/** @param {Parts} parts @param {Wiring} wiring */
export function createAnswer(parts, { voice, asking, info, ownList, notices, row, take, known, fail, again }) {
  const { status, chosen, lists, heading, ranked } = parts;
  const { ownerDocument: document } = status;
  const { facts, several, glimpse } = asking;
  const siteTitle = document.title;
  const pair = parts.pair.map(({ section, model, ...list }) => ({ section, model, list: createResultList(list, voice, row) }));
  const list = createResultList(parts.rankedParts, voice, row);
  const picks = createPicks(parts.chips, voice, take);

  let latest = 0;
  let hurry = new AbortController();
  /** The show of the two lists. @type {number | undefined} */
  let paired;
  /** What was waited for: models, or the facts. Whether it came or not, nothing preliminary takes its place any more. @type {Set<string>} */
  const waited = new Set();
  /** Whether the list stands in for one that is still on its way. */
  let isPartial = false;
  /** @type {() => void} */
  let arrived = () => {};
  /** @type {Promise<void>} */
  const arrival = new Promise((resolve) => { arrived = resolve; });

  /** The facts of a show or, while they are on their way, its title. @param {Id} id */
  const early = (id) => (waited.has('facts') ? facts : glimpse)(id);

  const here = () => pair.filter(({ section }) => !section.hidden);

  /** Draws the chips; returns the state without the shows that this catalogue does not have, and the first of those liked. @param {State} state @param {number} turn */
  async function drawPicks(state, turn) {
    const one = onlyLiked(state);
    // The only one there is fails if it is unknown; of several the others count.
    const found = one === undefined ? await Promise.all([several(state.liked), several(state.disliked)]) : [[await early(one)], []];
    const [liked, disliked] = found.map((items) => items.flatMap((item) => item ?? []));
    const unknown = state.liked.length + state.disliked.length - liked.length - disliked.length;
    if (turn !== latest) return { state };
    parts.picks.hidden = isStart(state);
    picks.draw({ text: state.text, liked, disliked, seen: state.seen.length, own: state.own ? ownList()?.counts.entries : undefined });
    notices.set('unknownIds', unknown ? voice.say('unknownIds', { count: unknown }) : '');
    const left = { ...state, liked: liked.map(idOf), disliked: disliked.map(idOf) };
    if (unknown) known(left);
    return { state: left, first: liked[0] };
  }

  /**
   * An answer: which one it is, when something of it is seen, what is told how long the engine took.
   * @typedef {{ turn: number, seen: Promise<void>, see: () => void, onTime: (ms: number) => void }} Showing
   */

  /** Asks for a fuller answer once `whole` is here, and there is something to see of this one. @param {Showing} showing @param {string} what */
  const waitFor = ({ turn, seen }, what) => (/** @type {Promise<unknown>} */ whole) => {
    const settled = whole.catch(() => {}); // the next answer says why
    if (turn !== latest) return;
    isPartial = true;
    Promise.all([settled, seen]).then(() => {
      waited.add(what);
      if (turn === latest) again();
    });
  };

  /** Asks each of the two models; `answer` asks again when called again. @param {Id} id @param {Showing} showing */
  const askPair = (id, showing) => here().map(({ model, list: its }) => {
    const ask = () => asking.like(id, model, { onTime: showing.onTime, onPreliminary: waited.has(model) ? undefined : waitFor(showing, model) });
    /** @type {ReturnType<typeof ask> | undefined} */
    let asked = ask();
    asked.catch(() => {}); // told by the list
    const answer = () => {
      const now = asked ?? ask();
      asked = undefined;
      return now;
    };
    return { its, answer };
  });

  /** @param {Item} item @param {ReturnType<typeof askPair>} pairs @param {Showing} showing */
  async function drawPair(item, pairs, showing) {
    heading.hidden = ranked.hidden = true;
    list.clear();
    const fresh = item.id !== paired;
    paired = item.id;
    if (fresh) chosen.toggleAttribute('data-early', item.preliminary === true); // its tags will come
    drawChosen(parts.chosenParts, voice, item);
    chosen.hidden = lists.hidden = false;
    document.title = voice.say('pageTitle', { title: titleFor(item, voice.language) });
    if (item.preliminary) waitFor(showing, 'facts')(facts(item.id));
    const drawn = pairs.map(({ its, answer }) => its.show(answer, { fresh, same: !fresh }));
    Promise.race(drawn).then(showing.see);
    return (await Promise.all(drawn)).reduce((sum, count) => sum + count, 0);
  }

  /** @param {State} state @param {Showing} showing */
  async function drawList(state, { turn, onTime }) {
    const own = state.own ? ownList() : undefined;
    const hasTaste = state.liked.length > 0 || own !== undefined || state.text !== undefined;
    chosen.hidden = lists.hidden = true;
    paired = undefined;
    for (const each of pair) each.list.clear();
    parts.title.textContent = state.text !== undefined && !state.liked.length ? voice.say('quoted', { text: state.text }) : voice.say(hasTaste ? 'pickedTitle' : 'startTitle');
    parts.text.hidden = hasTaste;
    document.title = hasTaste ? voice.say('pickedPageTitle') : siteTitle;
    heading.hidden = ranked.hidden = false;
    let isWhole = true;
    const count = await list.show(async () => {
      const { results, warnings, isFirstAlone, whole } = await asking.list(state, own, { signal: hurry.signal, onTime });
      isWhole = !warnings.some(({ code }) => code === 'few_matches' || code === 'start_list'); // a longer start list is another one
      if (turn === latest && whole) {
        isPartial = true;
        whole.catch(() => {}).then(() => {
          if (turn === latest) again();
        });
      }
      if (turn === latest) {
        const unknown = warnings.flatMap((warning) => (warning.code === 'unknown_words' ? warning.words : []));
        notices.set('unknownWords', unknown.length ? voice.say('unknownWords', { words: unknown.slice(0, 5).join(', ') }) : '');
      }
      const missing = warnings.flatMap((warning) => (warning.code === 'partly_covered' ? warning.missing : []));
      if (turn === latest && missing.length && missing.length < 4 && isFirstAlone) {
        const titles = (await several(missing)).flatMap((item) => (item ? [titleFor(item, voice.language)] : [])).join(', ');
        notices.set('byViewersOnly', voice.say('byViewersOnly', { titles }));
      }
      return results.length ? results : voice.say('noMatch');
    });
    if (turn === latest) parts.more.hidden = !isWhole || count < state.limit || state.limit >= MOST;
    return count;
  }

  return {
    /** Resolves when there is something to see for the first time. */
    arrival,
    /** Models of the two lists that this release has. */
    models: () => here().map(({ model }) => model),
    /**
     * Draws the answer to `asked`. Resolves to whether that is the last word on it.
     * @param {State} asked
     */
    async show(asked) {
      const turn = ++latest;
      hurry.abort();
      hurry = new AbortController();
      list.overtake();
      isPartial = false;
      const one = onlyLiked(asked);
      status.setAttribute('aria-busy', 'true');
      if (one !== undefined || !chosen.hidden) status.textContent = ''; // of another kind; else it stays until the next one
      parts.hint.hidden = !isStart(asked);
      notices.set('byViewersOnly');
      notices.set('unknownWords');
      try {
        const { items, release, models } = await info;
        for (const { section, model } of pair) section.hidden = !models.some(({ name }) => name === model);
        /** @type {number[]} */
        const times = [];
        const onTime = (/** @type {number} */ ms) => times.push(ms);
        /** @type {Showing} */
        const showing = { turn, onTime, see: () => {}, seen: Promise.resolve() };
        showing.seen = new Promise((resolve) => { showing.see = resolve; });
        showing.seen.then(() => turn === latest && arrived());
        const pairs = one === undefined ? [] : askPair(one, showing); // before its title is here
        const { state, first } = await drawPicks(asked, turn);
        if (turn !== latest) return false;
        notices.set('otherRelease', state.release && !release.startsWith(state.release) ? voice.say('otherRelease') : '');
        notices.set('ownMissing', state.own && !ownList() ? voice.say('ownMissing') : '');
        const item = one === undefined ? undefined : first;
        const count = item ? await drawPair(item, pairs, showing) : await drawList(state, showing);
        if (turn !== latest) return false;
        if (!isPartial) status.removeAttribute('aria-busy');
        if (!times.length) return false; // no model knows it
        const values = { count, items: formatCount(items, voice.language), time: formatMs(times.reduce((sum, ms) => sum + ms)) };
        status.textContent = isPartial ? voice.say('forNow') : item ? voice.say('statusLike', { ...values, title: titleFor(item, voice.language) }) : voice.say('statusPicked', values);
        return !isPartial;
      } catch (error) {
        if (turn !== latest) return false;
        status.textContent = '';
        chosen.hidden = lists.hidden = true;
        paired = undefined;
        list.clear();
        fail(error);
        return false;
      } finally {
        if (turn === latest) arrived();
      }
    },
  };
}
