// @ts-check
// The files of one release: fetches them, streams them into the module's memory, checks their SHA-256 by WebCrypto,
// keeps them, and only then adds them to the recommender. docs/FORMAT.md, section 3, has the layout of a file. No DOM.

import { OsusumeError } from './errors.js';

/** @typedef {import('./recommender.d.ts').Manifest} Manifest */
/** @typedef {import('./recommender.d.ts').FileEntry} FileEntry */
/** @typedef {import('./recommender.d.ts').ReceivedFile} ReceivedFile */
/** @typedef {'titles' | 'catalogue' | 'model' | 'neighbours' | 'text' | 'map'} Part */
/**
 * @typedef {object} Options
 * @property {typeof globalThis.fetch} fetch
 * @property {(url: string, bytes: Uint8Array<ArrayBuffer>) => void} [keep] keeps a file whose hash is right
 * @property {import('./index.d.ts').OpenOptions['onProgress']} [onProgress]
 * @property {boolean} [preliminary] opens with the files of the first answers, if the release has them
 */

/** Codes that a file has if its release was replaced meanwhile. @type {Set<import('./index.d.ts').OsusumeErrorCode>} */
const BY_SWAP = new Set(['file_missing', 'integrity', 'blob_magic', 'blob_truncated', 'blob_length']);

/** Most bytes of a chunk. */
const CHUNK_BYTES = 262_144;

/**
 * Fetches the manifest. The browser revalidates a cached copy.
 * @param {string} url @param {typeof globalThis.fetch} fetch @returns {Promise<Manifest>} unchecked
 */
export async function fetchManifest(url, fetch) {
  const response = await request(url, fetch, { cache: 'no-cache' });
  const text = await response.text().catch(failing(url));
  try {
    return JSON.parse(text);
  } catch {
    throw new OsusumeError('manifest_invalid', `the manifest is not valid: ${url} is not JSON, a wrong address or an error page; fetch or pack it again`);
  }
}

/**
 * Opens the release of this manifest: with its catalogue, or with the files of the first answers.
 * @param {string} manifestUrl absolute @param {Manifest} manifest unchecked
 * @param {import('./recommender.d.ts').RecommenderClass} Class @param {Options} options
 */
export async function openRelease(manifestUrl, manifest, Class, { fetch, keep, onProgress, preliminary }) {
  const recommender = new Class(manifest); // checks the manifest
  const { files, models, release, default: { model: defaultModel } } = manifest;
  let isComplete = false;

  /** @param {string} kind @param {string} [name] */
  const file = (kind, name) => files.find((entry) => entry.kind === kind && (name === undefined || entry.name === name));

  /** @param {string} name */
  function model(name) {
    const entry = models.find((each) => each.name === name);
    if (entry) return entry;
    throw new OsusumeError('unknown_model', `there is no model ${JSON.stringify(name)}; this release has ${models.map((each) => each.name).join(', ')}`);
  }

  /** Fetches and checks one file. @param {FileEntry} entry @param {string} [of] its model */
  async function receive({ name, kind, bytes: total, sha256 }, of) {
    const url = new URL(name, manifestUrl).href;
    const response = await request(url, fetch);
    const received = await Class.receive(response, total, (loaded) => {
      onProgress?.(/** @type {import('./index.d.ts').Progress} */ ({ file: name, kind, ...(of && { model: of }), loaded, total }));
    }).catch(failing(url));
    const { subtle } = globalThis.crypto ?? {};
    if (!subtle) return received; // plain HTTP: the length is right, and the module checks the structure
    if (!(await isIntact(received.view(), sha256, subtle))) {
      received.free();
      throw new OsusumeError('integrity', `${name}: its content is not what the manifest says; fetch it again`);
    }
    keep?.(url, received.view());
    return received;
  }

  /**
   * Fetches these files at once and adds them. Without the first there is nothing to add.
   * @template T @param {(FileEntry | undefined)[]} entries @param {(file: ReceivedFile, second?: ReceivedFile) => T} add
   * @param {string} [of] their model
   */
  async function load(entries, add, of) {
    if (!entries[0]) return undefined;
    const [first, second] = await Promise.all(entries.map((entry) => entry && receive(entry, of)));
    return add(/** @type {ReceivedFile} */ (first), second);
  }

  const parts = {
    titles: () => load([file('titles')], (titles) => recommender.addTitles(titles)),
    catalogue: async () => {
      if (isComplete) return;
      await load([file('catalogue'), file('images')], (catalogue, images) => recommender.addCatalogue(catalogue, images));
      isComplete = true;
    },
    model: async (/** @type {string} */ name) => {
      const { file: vectors, residual } = model(name);
      const entries = [file('model', vectors), residual ? file('residual', residual.file) : undefined];
      await load(entries, (...both) => recommender.addModel(name, ...both), name);
    },
    neighbours: async (/** @type {string} */ name) => {
      const { neighbours = '' } = model(name);
      await load([file('neighbours', neighbours)], (lists) => recommender.addNeighbours(name, lists), name);
    },
    text: async (/** @type {string} */ name) => {
      const { text = '' } = model(name);
      await load([file('text', text)], (encoder) => recommender.addText(name, encoder), name);
    },
    map: () => {
      if (file('map')) return load([file('map')], (map) => recommender.map(map));
      throw new OsusumeError('no_map', 'this release has no map; `osusume map` adds one to a release');
    },
  };

  /** Says that the release was replaced meanwhile, if that explains the error. @param {unknown} error @returns {Promise<never>} */
  async function explain(error) {
    if (!BY_SWAP.has(Object(error).code)) throw error;
    const now = await fetchManifest(manifestUrl, fetch).catch(() => undefined);
    if (typeof now?.release !== 'string' || now.release === release) throw error;
    throw new OsusumeError('release_changed', 'a new release was published in the meantime; open it again');
  }

  /** Loads the files of the first answers. They may fail: the whole catalogue has the same data. */
  function begin() {
    if (!preliminary || !file('titles') || !model(defaultModel).neighbours) return false;
    return Promise.all([parts.titles(), parts.neighbours(defaultModel)]).then(() => true, () => false);
  }

  if (!(await begin())) await parts.catalogue().catch(explain);
  return {
    recommender,
    /**
     * Loads a part of the release, of this model if it has one. Resolves to the map, for the map.
     * @param {Part} part @param {string} [name] @returns {Promise<any>}
     */
    load: async (part, name = '') => {
      try {
        return await parts[part](name);
      } catch (error) {
        return explain(error);
      }
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof openRelease>>} Release */

/** Requests a file; rejects unless it is there. @param {string} url @param {typeof globalThis.fetch} fetch @param {RequestInit} [init] */
async function request(url, fetch, init) {
  const response = await fetch(url, init).catch(failing(url));
  const { status } = response;
  if (status === 404 || status === 410) throw new OsusumeError('file_missing', `${url} does not exist on the server; upload the whole release folder`, { url });
  if (status !== 200) throw new OsusumeError('http_status', `the server answered ${status} for ${url}; try again later`, { url, status });
  return response;
}

/** Turns an error of the platform into `network`, and adds the address to one of ours. @param {string} url @returns {(error: unknown) => never} */
const failing = (url) => (error) => {
  const { name, message } = Object(error);
  if (name === 'OsusumeError') throw Object.assign(Object(error), { url });
  throw new OsusumeError('network', `${url} cannot be fetched: offline, a wrong address, or a server without CORS headers for this page (${message})`, { url });
};

/**
 * Says whether the head of a file has the hash in the manifest, and each chunk the one in the head. Reads all of the view
 * in this task, since `digest` copies what it is given. A chunk without bytes is left to the module.
 * @param {Uint8Array<ArrayBuffer>} file @param {string} sha256 @param {SubtleCrypto} subtle
 */
async function isIntact(file, sha256, subtle) {
  const head = 32 + 32 * Math.ceil((file.length - 32) / (CHUNK_BYTES + 32));
  const pinned = sha256 + hex(file.subarray(32, head));
  const hash = async (/** @type {number} */ from, /** @type {number} */ to) => hex(await subtle.digest('SHA-256', file.subarray(from, to)));
  const found = [hash(0, head)];
  for (let at = head; at < file.length; at += CHUNK_BYTES) found.push(hash(at, at + CHUNK_BYTES));
  return pinned.startsWith((await Promise.all(found)).join(''));
}

/** @param {ArrayBuffer | Uint8Array} bytes */
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
