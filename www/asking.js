// @ts-check
// Asks the engine, and turns its items into the shows that the page draws.

import { OsusumeError } from './client/index.js';
import { isStart } from './ui/address.js';
import { shortFields } from './ui/fields.js';
import { titleFor } from './ui/language.js';
import { leadingModel, questionOf } from './ui/question.js';
import { idOf, showOf, titleOnly } from './ui/show.js';
import { isWord } from './ui/words.js';

/** @typedef {import('./client/index.js').Osusume} Osusume */
/** @typedef {import('./client/index.js').Field} Field */
/** @typedef {import('./client/index.js').Recommended} Recommended */
/** @typedef {import('./client/index.js').Warning} Warning */
/** @typedef {import('./ui/show.js').Show} Show */
/** @typedef {import('./ui/address.js').State} State */
/** @typedef {import('./ui/address.js').Id} Id */
/** @typedef {import('./ui/result-row.js').Result} Result */

/** Reasons of a result that are named. */
const NAMED = 3;

/**
 * @param {Promise<Osusume>} client
 * @param {import('./ui/voice.js').Voice} voice
 * @param {[model: string, part: number][]} ends the models at the ends of the slider
 * @param {(image: string | undefined) => string | undefined} imageOf the picture of a show that may be fetched
 * @param {string[]} linked fields that links fill in
 */
export function createAsking(client, voice, ends, imageOf, linked) {
  const shows = createShows(client, imageOf, linked);
  const { facts, fields, several } = shows;

  const info = client.then((opened) => opened.info({ preliminary: true }));
  /** Names of the slider's models that this release has. */
  const models = info.then((found) => ends.filter(([name]) => found.models.some((model) => model.name === name)));
  models.catch(() => {}); // whoever asks is told
  /** Resolves when a model of the release is here. @param {string} model */
  async function ready(model) {
    const { defaultModel, models: all } = await info;
    if (!all.some(({ name }) => name === model)) throw new OsusumeError('unknown_model', `there is no model ${model}`);
    await (await client).ready(model === defaultModel ? 'default' : 'stories');
  }
  /** Models that are here. @type {Set<string>} */
  const loaded = new Set();
  for (const [name] of ends) ready(name).then(() => loaded.add(name), () => {});

  /** Where the slider stands untouched. @param {[string, number][]} both */
  const usualMix = (both) => (both.length > 1 ? Math.round((100 * both[1][1]) / (both[0][1] + both[1][1])) : 0);

  /**
   * Returns the reasons of a result, whose shows are here.
   * @param {Recommended} result @param {Set<number>} here ids that the visitor named on this page
   */
  const reasonsOf = ({ because = [] }, here) => Promise.all(because.map(async (reason, at) => ('id' in reason ? {
    title: at < NAMED ? titleFor(await facts(reason.id), voice.language) : '',
    share: reason.share,
    own: !here.has(reason.id),
  } : { title: voice.say('quoted', { text: reason.word }), share: reason.share, own: false, isWord: true })));

  return {
    facts,
    fields,
    several,
    glimpse: shows.glimpse,
    models,
    usualMix,

    /** Shows that a typed text may mean. @param {string} text @param {number} limit @returns {Promise<import('./ui/search-box.js').Found[]>} */
    async find(text, limit) {
      const opened = await client;
      const [found, declared] = await Promise.all([opened.find(text, limit), fields()]);
      return found.map((item) => ({ ...showOf(item, declared, imageOf), matched: item.matched, language: item.language, spans: item.spans }));
    },

    /**
     * The shows like one by one model, or, if the model does not know it, what there is to say. While the model is on its
     * way the neighbour lists answer, if they can, and `onPreliminary` is told what to wait for before asking again.
     * @param {Id} id @param {string} model
     * @param {{ limit?: number, onTime?: (ms: number) => void, onPreliminary?: (whole: Promise<unknown>) => void }} [options]
     * @returns {Promise<Result[] | string>}
     */
    async like(id, model, { limit = 10, onTime, onPreliminary } = {}) {
      const opened = await client;
      const uncovered = `${model}Uncovered`;
      const sorry = voice.say(isWord(uncovered) ? uncovered : 'fits');
      // A failed download is tried again by the call below. Known before the model that would stand in is here, what is
      // not covered is said at once; its answer would only say so later.
      const isUncovered = async () => (await ready(model).then(() => true, () => false)) && (await opened.item(id)).models.includes(model) === false;
      // The first answer does not wait for the catalogue, which names the fields.
      const declared = onPreliminary ? shows.declared() : await fields();
      const asked = opened.related(id, { limit, model, ...(declared && { fields: shortFields(declared) }), onTime, preliminary: onPreliminary !== undefined });
      asked.catch(() => {}); // told below
      if (await Promise.race([isUncovered().catch(() => false), asked.then(() => false, () => false)])) return sorry;
      const answer = await asked;
      if (answer.preliminary) onPreliminary?.(ready(model));
      // Another model's picks do not belong under this heading.
      if (answer.model !== model || answer.warnings.some(({ code }) => code === 'model_fallback')) return sorry;
      // The best score is a full bar: the length says how a show compares with the first, the number is the score itself.
      const best = Math.max(...answer.items.map(({ score }) => score));
      const isEarly = answer.preliminary && !shows.declared(); // facts come all at once
      const found = isEarly ? answer.items.map(titleOnly) : await shows.ofAnswer(answer.items);
      return answer.items.map(({ score }, at) => ({
        item: found[at],
        score: answer.preliminary ? undefined : score,
        share: best > 0 ? Math.max(0, score / best) : 0,
      }));
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
      const [opened, both, { defaultModel }, declared] = await Promise.all([client, models, info, fields()]);
      options.signal.throwIfAborted();
      const [first, second] = both.map(([name]) => name);
      const mix = state.mix ?? usualMix(both);
      const isFirstAlone = second !== undefined && mix === 0;
      const isPartial = second !== undefined && !isFirstAlone && state.mix === undefined && !loaded.has(second) && !isStart(state);
      // Untouched, the page asks the release's own question.
      const isUntouched = state.mix === undefined && mix === 0 && first === defaultModel;
      const named = isUntouched ? [] : isPartial ? [first] : both.map(([name]) => name);
      const request = questionOf(state, { models: named, mix, own, fields: declared });
      const answer = await opened.recommend(request, options);
      const reasons = answer.items.flatMap(({ because = [] }) => because.slice(0, NAMED).flatMap((reason) => ('id' in reason ? [reason.id] : [])));
      const [found, liked] = await Promise.all([shows.ofAnswer(answer.items), several(state.liked), several([...new Set(reasons)])]);
      const here = new Set(liked.flatMap((show) => show?.id ?? []));
      const isPopular = answer.warnings.some(({ code }) => code === 'start_list'); // and so not alike to anything
      const best = Math.max(...answer.items.map(({ score }) => score));
      const results = await Promise.all(answer.items.map(async (result, at) => {
        const { score, byModel } = result;
        const lead = leadingModel(byModel);
        const by = `${lead}By`;
        return {
          item: found[at],
          score,
          share: isPopular || best <= 0 ? undefined : Math.max(0, score / best),
          reasons: await reasonsOf(result, here),
          by: both.length < 2 || (state.text !== undefined && Object.keys(byModel ?? {}).length < 2) ? '' : lead === undefined ? undefined : isWord(by) ? voice.say(by) : lead,
        };
      }));
      return { results, warnings: answer.warnings, isFirstAlone, ...(isPartial && { whole: ready(second) }) };
    },
  };
}

/**
 * The shows that the page has seen; each is asked for once.
 * @param {Promise<Osusume>} client @param {(image: string | undefined) => string | undefined} imageOf @param {string[]} linked
 */
function createShows(client, imageOf, linked) {
  /** @type {Map<Id, Promise<Show>>} */
  const known = new Map();
  /** Those of them that are here. @type {Map<Id, Show>} */
  const arrived = new Map();
  /** The declared fields, once the catalogue is here. @type {(Field & { isLinked?: boolean })[] | undefined} */
  let declared;
  /** @type {Promise<Field[]> | undefined} */
  let asked;

  /** Returns the declared fields; asked for once, a failure is forgotten. */
  function fields() {
    asked ??= client.then((opened) => opened.info()).then((info) => {
      declared = info.fields.map((field) => (linked.includes(field.name) ? { ...field, isLinked: true } : field));
      return declared;
    }).catch((error) => {
      asked = undefined;
      throw error;
    });
    return asked;
  }
  fields().catch(() => {}); // whoever asks is told

  /** @param {Id} id @param {Promise<Show>} show */
  function remember(id, show) {
    known.set(id, show);
    show.then((here) => arrived.set(id, here), () => known.delete(id));
    return show;
  }

  /** @param {Show} show */
  function keep(show) {
    for (const id of new Set([show.id, idOf(show)])) {
      known.set(id, Promise.resolve(show));
      arrived.set(id, show);
    }
    return show;
  }

  /** Returns everything about a show. @param {Id} id @returns {Promise<Show>} */
  function facts(id) {
    const made = async () => {
      const [item, all] = await Promise.all([client.then((opened) => opened.item(id)), fields()]);
      return showOf(item, all, imageOf);
    };
    return known.get(id) ?? remember(id, made());
  }

  /** Has shows that will be asked for come in one call. @param {Id[]} ids */
  function gather(ids) {
    const missing = ids.filter((id) => !known.has(id));
    if (!missing.length) return;
    const coming = Promise.all([client.then((opened) => opened.items(missing)), fields()]).then(([items, all]) => {
      const found = items.map((item) => showOf(item, all, imageOf));
      return new Map(found.flatMap((show) => [[show.id, show], [idOf(show), show]]));
    });
    for (const id of missing) {
      remember(id, coming.then((found) => {
        const show = found.get(id);
        if (!show) throw new OsusumeError('unknown_id', `no item has the id ${id}`);
        return show;
      }));
    }
  }

  return {
    facts,
    fields,
    declared: () => declared,

    /** Returns several shows in one call; `undefined` stands for an unknown one. @param {Id[]} ids @returns {Promise<(Show | undefined)[]>} */
    several(ids) {
      gather(ids);
      return Promise.all(ids.map((id) => facts(id).catch((error) => {
        if (Object(error).code !== 'unknown_id') throw error;
        return undefined;
      })));
    },

    /** As `facts`, content with the title alone where the rest is still on its way. @param {Id} id @returns {Promise<Show>} */
    async glimpse(id) {
      const here = arrived.get(id);
      if (here) return here;
      const item = await (await client).item(id, { preliminary: true });
      return item.preliminary ? titleOnly(item) : showOf(item, await fields(), imageOf);
    },

    /** Returns the shows of an answer. They come with it, except with one that was asked for before the fields were known. @param {Recommended[]} items @returns {Promise<Show[]>} */
    async ofAnswer(items) {
      const all = await fields();
      for (const item of items) if (item.fields && !arrived.has(item.id)) keep(showOf(item, all, imageOf));
      gather(items.map(({ id }) => id));
      return Promise.all(items.map(({ id }) => arrived.get(id) ?? facts(id)));
    },
  };
}
