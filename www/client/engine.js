// @ts-check
// One opened release: loads its models in order and answers calls, each after the model it needs. No DOM; the worker,
// the page's own thread and Node all run this.

import { OsusumeError, toOsusumeError } from './errors.js';
import { patient } from './retry.js';
import { fetchManifest, openRelease } from './release.js';
import { signed } from './signature.js';
import { openStore } from './store.js';

/** @typedef {import('./recommender.d.ts').RecommenderClass} RecommenderClass */
/** @typedef {import('./recommender.d.ts').Recommender} Recommender */
/** @typedef {import('./index.d.ts').OpenOptions} OpenOptions */
/** @typedef {import('./index.d.ts').Id} Id */
/** @typedef {import('./index.d.ts').OsusumeErrorCode} Code */
/** @typedef {import('./release.js').Part} Part */
/** @typedef {import('./release.js').Release} Release */
/** @typedef {<T>(action: () => Promise<T>) => Promise<T>} Fresh */
/** @typedef {{ state: 'waiting' | 'failed' | 'ready', done: Promise<void> }} Loading */

/** Codes that a stale or damaged copy, in the browser's cache or ours, can cause: worth asking the server itself, once. @type {Set<Code>} */
const STALE = new Set(['release_changed', 'integrity', 'signature_invalid', 'blob_truncated', 'blob_length', 'blob_magic', 'blob_version', 'blob_kind', 'blob_shape', 'blob_rows', 'blob_value']);

/** The part of a release that each code misses. @type {Partial<Record<Code, Part>>} */
const MISSING = { catalogue_not_loaded: 'catalogue', model_not_loaded: 'model', text_not_loaded: 'text' };

/** How long the rest of a release waits for the first question, which what is here may answer. */
const FIRST_MS = 50;

/** Codes of a download that broke off. @type {Set<Code>} */
const UNREACHED = new Set(['network', 'http_status', 'file_missing']);

/**
 * Opens the release and starts loading its models. Resolves when manifest and catalogue are here.
 *
 * @param {string} manifestUrl absolute
 * @param {() => Promise<RecommenderClass>} loadClass
 * @param {Pick<OpenOptions, 'models' | 'cache' | 'fetch' | 'onProgress' | 'onWarning' | 'preliminary' | 'publicKey' | 'notBefore'>} [options]
 * @param {AbortSignal} [signal] stops every download
 */
export async function openEngine(manifestUrl, loadClass, options = {}, signal) {
  const { models, cache, onProgress, onWarning, preliminary, publicKey, notBefore, fetch: baseFetch = globalThis.fetch } = options;
  /** @type {RequestCache | undefined} */
  let mode;
  /** @type {(fetch: typeof globalThis.fetch) => typeof globalThis.fetch} */
  const trusted = (fetch) => (publicKey === undefined ? fetch : signed(fetch, manifestUrl, publicKey, Number(notBefore ?? 0)));
  /** @type {typeof globalThis.fetch} */
  const plain = (input, init) => baseFetch(input, init);
  const patiently = trusted(patient(plain));
  if (!globalThis.crypto?.subtle) {
    onWarning?.({ code: 'unverified', message: 'This page has no WebCrypto: it did not come over HTTPS. Hashes are not checked, and nothing is kept.' });
  }
  const keeps = cache !== false && globalThis.crypto?.subtle;
  const opening = keeps ? openStore(manifestUrl, { fetch: patiently, once: trusted(plain), publicKey }, onWarning) : Promise.resolve(undefined);
  /** @type {typeof globalThis.fetch} */
  const fetch = async (input, init) => ((await opening)?.fetch ?? patiently)(input, { ...init, ...(mode && { cache: mode }), signal });
  /** The manifest is on its way while the module is compiled. @type {ReturnType<typeof fetchManifest> | undefined} */
  let early = fetchManifest(manifestUrl, fetch);
  early.catch(() => {}); // told when it is read

  const [Class, store] = await Promise.all([
    loadClass().catch((error) => {
      throw Object.assign(toOsusumeError(error), { part: 'wasm' }); // what a `fallback` is for
    }),
    opening,
  ]);
  signal?.throwIfAborted();

  /** Runs `action`, and once more past every cache if its first outcome may be a cache's fault. @type {Fresh} */
  const fresh = async (action) => {
    try {
      return await action();
    } catch (error) {
      if (!STALE.has(Object(error).code)) throw error;
      mode = 'reload';
      return await action().finally(() => (mode = undefined));
    }
  };

  const open = async () => {
    const asked = early ?? fetchManifest(manifestUrl, fetch);
    early = undefined;
    return openRelease(manifestUrl, await asked, Class, { fetch, keep: store?.keep, onProgress, preliminary });
  };
  const release = await fresh(open).catch(async (error) => {
    signal?.throwIfAborted();
    // An update that broke off: the release kept here is whole and answers.
    if (!UNREACHED.has(Object(error).code) || !(await store?.goBack(error.message))) throw error;
    return open();
  });
  const info = release.recommender.info({ preliminary: true });
  return createEngine(release, models ?? inOrder(info), fresh, store && { commit: store.commit, map: info.map && models === undefined }, preliminary);
}

/** Returns the names of all models, the default one first. @param {import('./index.d.ts').Info} info */
function inOrder({ models, defaultModel }) {
  const names = models.map(({ name }) => name);
  return [...names.filter((name) => name === defaultModel), ...names.filter((name) => name !== defaultModel)];
}

/**
 * @param {Release} release
 * @param {string[]} wanted the models to load at once, in order
 * @param {Fresh} fresh
 * @param {{ commit: () => Promise<void>, map: boolean }} [keeping] keeps the release, once all that is wanted is loaded; `map`: with its map
 * @param {boolean} [preliminary] whether the catalogue follows too, and neighbour lists before the models
 */
function createEngine({ recommender, load }, wanted, fresh, keeping, preliminary) {
  /** By part and model. @type {Map<string, Loading>} */
  const loads = new Map();
  /** @param {Part} part @param {string} [model] */
  const loadOf = (part, model) => loads.get(`${part} ${model}`);
  let closed = false;
  /** Has the rest of the release come. @type {(value?: unknown) => void} */
  let goOn = () => {};

  /**
   * Starts loading a part of the release, after `before`.
   * @param {Part} part @param {string} [model] @param {Promise<unknown>} [before] @returns {Loading}
   */
  function start(part, model, before) {
    /** @type {Loading} */
    const entry = { state: 'waiting', done: run() };
    async function run() {
      try {
        await before?.catch(() => {});
        assertOpen();
        await fresh(() => load(part, model));
        entry.state = 'ready';
      } catch (error) {
        entry.state = 'failed';
        throw toOsusumeError(error);
      }
    }
    entry.done.catch(() => {}); // whoever asks for the part is told
    loads.set(`${part} ${model}`, entry);
    return entry;
  }

  /** Resolves when a part is loaded; one that failed before this call is tried again. @param {Part} part @param {string} [model] */
  function ensure(part, model) {
    const entry = loadOf(part, model);
    return (entry && entry.state !== 'failed' ? entry : start(part, model)).done;
  }

  /** @type {Promise<import('./index.d.ts').ItemMap> | undefined} */
  let map;
  /** Resolves to the map; fetched once, a failure is forgotten. */
  function ensureMap() {
    const catalogue = ensure('catalogue'); // whose items it places
    map ??= catalogue.then(() => fresh(() => load('map'))).catch((error) => {
      map = undefined;
      throw toOsusumeError(error);
    });
    return map;
  }

  function assertOpen() {
    if (closed) throw new OsusumeError('closed', 'This recommender was closed.');
  }

  /**
   * Calls until nothing is missing: the catalogue, the model asked for first, then those that stand in for it or are
   * blended in; before a model its neighbour lists, where they are on their way. Returns the value and how long the last call alone took.
   * @template T @param {() => T} call
   */
  async function withModels(call) {
    for (const asked = new Set(); ; ) {
      assertOpen();
      try {
        const from = performance.now();
        return { value: call(), ms: performance.now() - from };
      } catch (error) {
        const { code, model } = Object(error);
        const part = MISSING[/** @type {Code} */ (code)];
        const lists = part === 'model' ? loadOf('neighbours', model) : undefined;
        if (lists && !asked.has(lists)) {
          asked.add(lists);
          await lists.done.catch(() => {});
          continue;
        }
        const missing = `${part} ${model}`;
        if (!part || asked.has(missing)) throw toOsusumeError(error);
        asked.add(missing);
        await ensure(part, model);
      }
    }
  }

  /** As `withModels`, for a question that ranks: once the first is answered, or misses something, the rest comes. @template T @param {() => T} call */
  const ranked = (call) => withModels(() => {
    try {
      return call();
    } finally {
      goOn();
    }
  });

  /** @type {Promise<void> | undefined} */
  let before;
  if (preliminary) {
    const first = new Promise((resolve) => {
      goOn = resolve;
      setTimeout(resolve, FIRST_MS);
    });
    before = start('catalogue', undefined, first).done;
    for (const model of wanted) start('neighbours', model, first);
  }
  for (const model of wanted) before = start('model', model, before).done;
  const here = Promise.all([loadOf('catalogue'), ...wanted.map((model) => loadOf('model', model))].map((entry) => entry?.done)).then(() => (keeping?.map && !closed ? ensureMap() : undefined));
  const kept = here.then(() => (closed ? undefined : keeping?.commit()));
  kept.catch(() => {});
  // The first search needs an index of the titles; it is made between the first answers and the first key, a part a task.
  const warm = () => setTimeout(() => {
    if (!closed && (loadOf('catalogue')?.state ?? 'ready') === 'ready' && recommender.warm()) warm();
  }, 100);
  (loadOf('model', wanted[0])?.done ?? Promise.resolve()).then(warm, warm);

  return {
    /** @param {string} text @param {number} [limit] */
    find: (text, limit = 10) => withModels(() => recommender.find(text, limit)),
    /** @param {Id} id @param {boolean} [preliminary] */
    item: (id, preliminary) => withModels(() => recommender.item(id, { preliminary })),
    /** @param {Id[]} ids */
    items: (ids) => withModels(() => ids.flatMap((id) => knownItem(recommender, id))),
    /** @param {Uint8Array} bytes */
    importProfile: (bytes) => withModels(() => recommender.importProfile(bytes)),
    /** @param {import('./index.d.ts').Request} request @param {boolean} [preliminary] */
    recommend: (request, preliminary) => ranked(() => recommender.recommend(request, { preliminary })),
    /** @param {Id} id @param {import('./index.d.ts').Settings} [options] @param {boolean} [preliminary] */
    similar: (id, options, preliminary) => ranked(() => recommender.similar(id, options, { preliminary })),
    /** @param {boolean} [preliminary] */
    info: (preliminary) => withModels(() => recommender.info({ preliminary })),
    map: async () => {
      assertOpen();
      return { value: await ensureMap(), ms: 0 };
    },
    /** @param {string} [model] */
    loaded: async (model) => {
      assertOpen();
      await Promise.all((model === undefined ? wanted : [model]).map((name) => (loadOf('model', name) ?? start('model', name)).done));
      if (model === undefined) {
        await here;
        await kept.catch(() => {});
      }
      return { value: undefined, ms: 0 };
    },
    close() {
      if (closed) return;
      closed = true;
      // A load under way still writes into the module's memory; it ends first, and its downloads are cut by the signal.
      Promise.allSettled([...[...loads.values()].map(({ done }) => done), map]).then(() => recommender.free());
    },
  };
}

/** Returns the item of an id, or nothing if the release does not have it. @param {Recommender} recommender @param {Id} id */
function knownItem(recommender, id) {
  try {
    const { models, ...item } = recommender.item(id);
    return [item];
  } catch (error) {
    if (Object(error).code === 'unknown_id') return [];
    throw error;
  }
}

/** @typedef {Awaited<ReturnType<typeof openEngine>>} Engine */
