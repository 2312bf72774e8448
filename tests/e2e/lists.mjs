// Related lists of items that a test makes up: the files that docs/FORMAT.md describes, written without an engine.

import { sha256 } from './framed.mjs';

/** @typedef {{ id: number, key?: string, title: string, url?: string, image?: string, score: number }} Listed */
/** @typedef {{ id: number, title: string, lists: Record<string, Listed[]> }} Lists an item and its lists */

/** A manifest with what a reader of related lists needs. */
const MANIFEST = {
  format: 2,
  release: '0123456789abcdef',
  default: { model: 'first' },
  models: [{ name: 'first' }, { name: 'second' }],
};

/** @param {string} name @param {number} shards */
function shardOf(name, shards) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}

/**
 * Returns the files of the lists by their names, and the manifest with them.
 * @param {Record<string, Lists>} items by text id or, without text ids, by id
 * @param {Record<string, any>} [manifest] of the release
 * @param {number} [shards]
 * @returns {Map<string, Buffer>}
 */
export function relatedFiles(items, manifest = MANIFEST, shards = 7) {
  const bodies = Array.from({ length: shards }, (_, at) =>
    Object.fromEntries(Object.entries(items).filter(([name]) => shardOf(name, shards) === at)),
  );
  const set = sha256(Buffer.from(JSON.stringify(bodies)))
    .toString('hex')
    .slice(0, 16);
  const folder = `related.${set}`;
  const made = bodies.map((body) => Buffer.from(JSON.stringify({ set, items: body })));
  const index = Buffer.concat(made.map(sha256));
  const related = {
    folder,
    shards,
    listed: 10,
    models: manifest.models.map((/** @type {{ name: string }} */ { name }) => name),
    sha256: sha256(index).toString('hex'),
  };
  return new Map([
    ...made.map((bytes, at) => /** @type {[string, Buffer]} */ ([`${folder}/${at}.json`, bytes])),
    [`${folder}/index.bin`, index],
    ['manifest.json', Buffer.from(JSON.stringify({ ...manifest, related }))],
  ]);
}

/** The name of the file that has an item's lists. @param {Map<string, Buffer>} files @param {string} name */
export function shardNameOf(files, name) {
  const { related } = JSON.parse(String(files.get('manifest.json')));
  return `${related.folder}/${shardOf(name, related.shards)}.json`;
}
