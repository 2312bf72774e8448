// The page's own data on the device: choices, the visitor's own list, the last address. Nothing of
// it is sent.
import type { Profile } from 'osusume';

export type OwnList = Pick<Profile, 'liked' | 'disliked' | 'exclude' | 'counts'> & {
  source: string;
};
export interface Saved {
  list?: OwnList | undefined;
  last?: string | undefined;
}
export type Keep = ReturnType<typeof createKeep>;

/** The kind of file that `save` makes. */
const KIND = 'osusume-visitor';

/**
 * Keeps texts by name. `storage` is `localStorage`, or nothing if the browser refuses it: then this
 * page alone remembers. `place` tells this page from others on the same origin.
 */
export function createKeep(storage: Storage | undefined, place: string) {
  const prefix = `osusume ${place} `;
  const memory = new Map<string, string>();
  let isKept = storage !== undefined;

  const get = (name: string): string | undefined =>
    memory.get(name) ?? storage?.getItem(prefix + name) ?? undefined;

  function set(name: string, value: string | undefined) {
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

  function clear() {
    memory.clear();
    for (const name of Object.keys(storage ?? {}))
      if (name.startsWith(prefix)) storage?.removeItem(name);
  }

  return { get, set, clear, isKept: () => isKept };
}

/** Returns the kept list, if there is one that can be read. */
export function readOwnList(keep: Pick<Keep, 'get'>): OwnList | undefined {
  try {
    return checkList(JSON.parse(keep.get('list') ?? ''));
  } catch {
    return undefined;
  }
}

/** Returns everything as the text of a file. */
export function saveAll({ list, last }: Saved): string {
  const made = new Date().toISOString();
  return JSON.stringify({ kind: KIND, version: 1, made, list, last }, undefined, 1);
}

/** Reads such a file; returns nothing if it is another. */
export function restoreAll(text: string): Saved | undefined {
  try {
    const saved = JSON.parse(text);
    if (saved.kind !== KIND) return undefined;
    return {
      list: checkList(saved.list),
      last: typeof saved.last === 'string' ? saved.last : undefined,
    };
  } catch {
    return undefined;
  }
}

const isId = (id: unknown): id is number => Number.isInteger(id);
const toCount = (value: unknown) => (Number.isInteger(value) ? Number(value) : 0);

function checkWeights(all: unknown): { id: number; weight: number }[] {
  if (!Array.isArray(all)) return [];
  return all
    .filter(({ id, weight }) => isId(id) && weight > 0 && weight <= 1000)
    .map(({ id, weight }) => ({ id, weight }));
}

/** Returns a list with nothing in it but the parts of a list. */
function checkList(list: unknown): OwnList | undefined {
  if (typeof list !== 'object' || list === null) return undefined;
  const { source, liked, disliked, exclude, counts } = list as Record<string, unknown>;
  const count = Object(counts) as Record<string, unknown>;
  return {
    source: String(source ?? ''),
    liked: checkWeights(liked),
    disliked: checkWeights(disliked),
    exclude: Array.isArray(exclude) ? exclude.filter(isId) : [],
    counts: {
      entries: toCount(count.entries),
      rated: toCount(count.rated),
      liked: toCount(count.liked),
      disliked: toCount(count.disliked),
      planned: toCount(count.planned),
      unknown: toCount(count.unknown),
    },
  };
}

/** Returns `localStorage`, or nothing if the browser refuses it. */
export function storageOf(view: { localStorage: Storage }): Storage | undefined {
  try {
    const { localStorage } = view;
    localStorage.getItem('');
    return localStorage;
  } catch {
    return undefined;
  }
}
