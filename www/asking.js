// @ts-check
// What the page asks of the engine, and the facts it needs to draw the answers.

import { isStart } from './ui/address.js';
import { titleFor } from './ui/language.js';
import { leadingModel, questionOf } from './ui/question.js';
import { isWord } from './ui/words.js';

/** @typedef {import('./client/index.js').Osusume} Osusume */
/** @typedef {import('./client/index.js').Item} Item */
/** @typedef {import('./client/index.js').Warning} Warning */
/** @typedef {import('./ui/address.js').State} State */
/** @typedef {import('./ui/address.js').Id} Id */
/** @typedef {import('./ui/result-row.js').Result} Result */

/**
 * @param {Promise<Osusume>} client
 * @param {import('./ui/voice.js').Voice} voice
 * @param {[model: string, part: number][]} ends the models at the ends of the slider
 * @param {(image: string | undefined) => string | undefined} imageOf the picture of a show that may be fetched
 */
export function createAsking(client, voice, ends, imageOf) {
  /** @type {Map<Id, Promise<Item>>} */
  const known = new Map();
  /** Those of them that are here. @type {Map<Id, Item>} */
  const arrived = new Map();

  /** @param {Item} item @returns {Item} */
  const withImage = (item) => ({ ...item, image: imageOf(item.image) });

  /** Returns the facts of a show; asked for once. @param {Id} id @returns {Promise<Item>} */
  function facts(id) {
    const old = known.get(id);
    if (old) return old;
    const asked = client.then((opened) => opened.item(id)).then(withImage);
    known.set(id, asked);
    asked.then((item) => arrived.set(id, item), () => known.delete(id));
    return asked;
  }

  /** Has the facts of shows that will be asked for come in one call. @param {Osusume} opened @param {number[]} ids */
  function gather(opened, ids) {
    const missing = ids.filter((id) => !known.has(id));
    if (!missing.length) return;
    const asked = opened.items(missing);
    for (const [at, id] of missing.entries()) {
      const item = asked.then((items) => withImage(items[at]));
      known.set(id, item);
      item.then((found) => arrived.set(id, found), () => known.delete(id));
    }
  }

  /** As `facts`, content with the title alone where the rest is still on its way. @param {Id} id @returns {Promise<Item>} */
  const glimpse = async (id) => arrived.get(id) ?? withImage(await (await client).item(id, { preliminary: true }));

  /** @param {number} id @param {string | undefined} key @param {string} title @returns {Item} */
  const titleOnly = (id, key, title) => ({ id, key, title, titles: {}, genres: [], models: [], preliminary: true });

  /** Names of the slider's models that this release has. */
  const models = client.then((opened) => opened.info({ preliminary: true })).then((info) => ends.filter(([name]) => info.models.some((model) => model.name === name)));
  models.catch(() => {}); // whoever asks is told
  /** Models that are here. @type {Set<string>} */
  const loaded = new Set();
  for (const [name] of ends) client.then((opened) => opened.loaded(name)).then(() => loaded.add(name), () => {});

  /** Where the slider stands untouched. @param {[string, number][]} both */
  const usualMix = (both) => (both.length > 1 ? Math.round((100 * both[1][1]) / (both[0][1] + both[1][1])) : 0);

  return {
    facts,
    glimpse,
    models,
    usualMix,

    /**
     * The shows like one by one model, or, if the model does not know it, what there is to say. While the model is on its
     * way the neighbour lists answer, if they can, and `onPreliminary` is told what to wait for before asking again.
     * @param {Id} id @param {string} model
     * @param {{ n?: number, onTime?: (ms: number) => void, onPreliminary?: (whole: Promise<unknown>) => void }} [options]
     * @returns {Promise<Result[] | string>}
     */
    async like(id, model, { n = 10, onTime, onPreliminary } = {}) {
      const opened = await client;
      const uncovered = `${model}Uncovered`;
      const sorry = voice.say(isWord(uncovered) ? uncovered : 'fits');
      // A failed download is tried again by the call below. Known before the model that would stand in is here, what is
      // not covered is said at once; its answer would only say so later.
      const isUncovered = async () => (await opened.loaded(model).then(() => true, () => false)) && (await opened.item(id)).models?.includes(model) === false;
      const asked = opened.similar(id, { n, model, onTime, preliminary: onPreliminary !== undefined });
      asked.catch(() => {}); // told below
      if (await Promise.race([isUncovered().catch(() => false), asked.then(() => false, () => false)])) return sorry;
      const answer = await asked;
      if (answer.preliminary) onPreliminary?.(opened.loaded(model));
      // Another model's picks do not belong under this heading.
      if (answer.model !== model || answer.warnings.some(({ code }) => code === 'model_fallback')) return sorry;
      // The best score is a full bar: the length says how a show compares with the first, the number is the score itself.
      const best = Math.max(...answer.items.map(({ score }) => score));
      const isEarly = answer.preliminary && arrived.size === 0; // facts come all at once
      if (!isEarly) gather(opened, answer.items.map((item) => item.id));
      return Promise.all(answer.items.map(async ({ id: its, key, title, score }) => ({
        item: isEarly ? titleOnly(its, key, title) : await facts(its),
        score: answer.preliminary ? undefined : score,
        share: best > 0 ? Math.max(0, score / best) : 0,
      })));
    },

    /**
     * The one list that answers everything that is set. While a model of the usual mix is on its way the first one answers
     * alone, and `whole` resolves when asking again is worth it. `isFirstAlone` says that the slider stands at the first
     * of two models, so that moving it would let the other count.
     * @param {State} state @param {import('./ui/question.js').OwnList | undefined} own
     * @param {{ signal: AbortSignal, onTime: (ms: number) => void }} options
     * @returns {Promise<{ results: Result[], warnings: Warning[], isFirstAlone: boolean, whole?: Promise<void> }>}
     */
    async list(state, own, options) {
      const [opened, both] = await Promise.all([client, models]);
      const [first, second] = both.map(([name]) => name);
      const mix = state.mix ?? usualMix(both);
      const isFirstAlone = second !== undefined && mix === 0;
      const isPartial = second !== undefined && !isFirstAlone && state.mix === undefined && !loaded.has(second) && !isStart(state);
      const request = questionOf(state, { models: isPartial ? [first] : both.map(([name]) => name), mix, own });
      const answer = await opened.recommend(request, options);
      gather(opened, answer.items.flatMap(({ id, because = [] }) => [id, ...because.slice(0, 3).flatMap((reason) => ('id' in reason ? [reason.id] : []))]).filter((id, at, all) => all.indexOf(id) === at));
      const isPopular = answer.warnings.some(({ code }) => code === 'start_list'); // and so not alike to anything
      const best = Math.max(...answer.items.map(({ score }) => score));
      const here = new Set(await Promise.all(state.liked.map(async (id) => (await facts(id)).id)));
      const results = await Promise.all(answer.items.map(async ({ id, score, because = [], byModel }) => {
        const lead = leadingModel(byModel);
        const by = `${lead}By`;
        return {
          item: await facts(id),
          score,
          share: isPopular || best <= 0 ? undefined : Math.max(0, score / best),
          reasons: await Promise.all(because.map(async (reason, at) => ('id' in reason ? {
            title: at < 3 ? titleFor(await facts(reason.id), voice.language) : '',
            share: reason.share,
            own: !here.has(reason.id),
          } : { title: voice.say('quoted', { text: reason.word }), share: reason.share, own: false, isWord: true }))),
          by: both.length < 2 || (state.text !== undefined && Object.keys(byModel ?? {}).length < 2) ? '' : lead === undefined ? undefined : isWord(by) ? voice.say(by) : lead,
        };
      }));
      return { results, warnings: answer.warnings, isFirstAlone, ...(isPartial && { whole: opened.loaded(second) }) };
    },
  };
}
