// @ts-check
// What the page keeps on the device: choices, the visitor's own list, where they were. Nothing of it goes anywhere.

/** @typedef {import('../client/index.js').Profile} Profile */
/** @typedef {Pick<Profile, 'liked' | 'disliked' | 'exclude' | 'counts'> & { source: string }} OwnList */

/** The name of the file that `save` makes, and of its kind. */
const KIND = 'osusume-visitor';

/**
 * @param {Storage | undefined} storage `localStorage`; nothing where the browser refuses it, and then this page alone remembers
 * @param {string} place what distinguishes this page's things from those of others on the same origin
 */
export function createKeep(storage, place) {
  const prefix = `osusume ${place} `;
  /** @type {Map<string, string>} */
  const memory = new Map();
  let isKept = storage !== undefined;
  /** The list as it was read last. @type {{ text?: string, list?: OwnList }} */
  let read = {};

  /** @param {string} name @returns {string | undefined} */
  function get(name) {
    return memory.get(name) ?? storage?.getItem(prefix + name) ?? undefined;
  }

  /** @param {string} name @param {string | undefined} value */
  function set(name, value) {
    memory.delete(name);
    try {
      if (value === undefined) storage?.removeItem(prefix + name);
      else storage?.setItem(prefix + name, value);
      if (!storage && value !== undefined) memory.set(name, value);
    } catch {
      if (value !== undefined) memory.set(name, value);
      isKept = false; // full, or refused
    }
  }

  return {
    get,
    set,
    /** Whether all of it will be here the next time. */
    get isKept() {
      return isKept;
    },
    /** @returns {OwnList | undefined} */
    ownList() {
      const text = get('list');
      if (text === read.text) return read.list; // asked for with every change, and long
      read = { text, list: undefined };
      try {
        read.list = readList(JSON.parse(text ?? ''));
      } catch {} // none, or none that can be read
      return read.list;
    },
    /** @param {OwnList | undefined} list */
    keepList: (list) => set('list', list && JSON.stringify(list)),
    /** Returns everything as the text of a file. */
    save() {
      return JSON.stringify({ kind: KIND, version: 1, made: new Date().toISOString(), list: this.ownList(), last: get('last') }, undefined, 1);
    },
    /** Reads such a file; nothing if it is another. @param {string} text @returns {{ list?: OwnList, last?: string } | undefined} */
    restore(text) {
      try {
        const saved = JSON.parse(text);
        if (saved.kind !== KIND) return undefined;
        return { list: readList(saved.list), last: typeof saved.last === 'string' ? saved.last : undefined };
      } catch {
        return undefined;
      }
    },
    clear() {
      memory.clear();
      for (const name of Object.keys(storage ?? {})) if (name.startsWith(prefix)) storage?.removeItem(name);
    },
  };
}

/** Returns a list with nothing in it but what a list has. @param {any} list @returns {OwnList | undefined} */
function readList(list) {
  if (typeof list !== 'object' || list === null) return undefined;
  const isId = (/** @type {unknown} */ id) => Number.isInteger(id);
  const weighted = (/** @type {any} */ all) => (Array.isArray(all) ? all.filter(({ id, weight }) => isId(id) && weight > 0 && weight <= 1000).map(({ id, weight }) => ({ id, weight })) : []);
  const count = (/** @type {any} */ value) => (Number.isInteger(value) ? value : 0);
  const { entries, rated, liked, disliked, planned, unknown } = Object(list.counts);
  return {
    source: String(list.source ?? ''),
    liked: weighted(list.liked),
    disliked: weighted(list.disliked),
    exclude: Array.isArray(list.exclude) ? list.exclude.filter(isId) : [],
    counts: { entries: count(entries), rated: count(rated), liked: count(liked), disliked: count(disliked), planned: count(planned), unknown: count(unknown) },
  };
}

/** Returns `localStorage`, or nothing where asking for it already fails. @param {Window} view */
export function storageOf(view) {
  try {
    const { localStorage } = view;
    localStorage.getItem('');
    return localStorage;
  } catch {
    return undefined;
  }
}
