// One shard of the related lists: which items it has, and what it says of them.
import { fieldOf } from './errors.js';
import type { Recommended } from './types/answer.js';

/** An item and its lists, by model. */
export interface Lists {
  id: number;
  title: string;
  predicted: string[];
  lists: Record<string, Recommended[]>;
}

/** Returns the shard of an item: the FNV-1a hash of its name modulo the number of shards. */
export function shardOf(name: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % shards;
}

/** Returns the lists in a value of a shard, or that it has not the right shape. */
export function toLists(value: unknown): Lists | 'broken' {
  const [id, title, lists] = ['id', 'title', 'lists'].map((name) => fieldOf(value, name));
  if (typeof id !== 'number' || typeof title !== 'string' || typeof lists !== 'object' || !lists)
    return 'broken';
  const read: Record<string, Recommended[]> = {};
  for (const [name, list] of Object.entries(lists)) {
    const results: unknown[] = Array.isArray(list) ? list.map(toResult) : [undefined];
    if (results.includes(undefined)) return 'broken';
    read[name] = results as Recommended[]; // none is undefined
  }
  const predicted = fieldOf(value, 'predicted');
  return {
    id,
    title,
    predicted: Array.isArray(predicted) ? predicted.map(String) : [],
    lists: read,
  };
}

function toResult(value: unknown): Recommended | undefined {
  const [id, title, score] = ['id', 'title', 'score'].map((name) => fieldOf(value, name));
  if (!Number.isInteger(id) || typeof title !== 'string' || typeof score !== 'number')
    return undefined;
  const text = (name: string) => {
    const found = fieldOf(value, name);
    return typeof found === 'string' ? { [name]: found } : {};
  };
  // The score is written as the shortest decimal of an f32.
  const fields = { ...text('key'), title, ...text('url'), ...text('image') };
  return { id: Number(id), ...fields, score: Math.fround(score) };
}
