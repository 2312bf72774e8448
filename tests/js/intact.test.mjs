// Every byte of a file is held to the manifest (docs/FORMAT.md, section 3), whether it comes from a server or was kept.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { compileBytes } from '#client/compile.js';
import { fetchManifest } from '#client/manifest.js';
import { loadRecommender } from '#client/module.js';
import { openRelease } from '#client/release.js';
import { openStore } from '#client/store.js';
import { clustered, halves, releaseOf } from '../../benches/browser/generate.mjs';
import { CHUNK_BYTES, entryOf, headBytes, spread, withPayload } from '../e2e/framed.mjs';

const MANIFEST = 'http://release.invalid/manifest.json';

/** @type {import('#client/recommender.js').RecommenderClass} */
let Class;
/** What the server has. @type {Map<string, Buffer>} */
let files;
/** What is kept, by the name of the cache and then by address. @type {Map<string, Map<string, Uint8Array>>} */
const kept = new Map();

before(async () => {
  const compile = async (/** @type {URL} */ url) =>
    compileBytes(new Uint8Array(await readFile(url)), url);
  Class = await loadRecommender(() => import('#client/wasm/osusume.js'), compile);
  // As much of a browser's Cache Storage as the store uses, but for headers.
  const caches = {
    keys: async () => [...kept.keys()],
    delete: async (/** @type {string} */ name) => kept.delete(name),
    open: async (/** @type {string} */ name) => {
      const cache = kept.get(name) ?? new Map();
      kept.set(name, cache);
      return {
        match: async (/** @type {string} */ url) =>
          cache.has(url) ? new Response(cache.get(url)) : undefined,
        put: async (/** @type {string} */ url, /** @type {Response} */ response) =>
          void cache.set(url, new Uint8Array(await response.arrayBuffer())),
      };
    },
  };
  Object.assign(globalThis, { caches });
});
after(() => Reflect.deleteProperty(globalThis, 'caches'));
beforeEach(() => kept.clear());

/** @type {typeof fetch} */
const serve = async (input) => {
  const file = files.get(String(input).replace(/.*\//, ''));
  return file ? new Response(new Uint8Array(file)) : new Response('no', { status: 404 });
};

/** Opens the release as a page does that keeps it, loads the model, and keeps what is right. */
async function visit() {
  const store = await openStore(MANIFEST, { fetch: serve, once: serve });
  assert.ok(store);
  const manifest = await fetchManifest(MANIFEST, store.fetch);
  const options = { fetch: store.fetch, keep: store.keep };
  const release = await openRelease(MANIFEST, manifest, Class, options);
  try {
    await release.load('model', 'generated');
    return release.recommender.similar(7).items.length;
  } finally {
    await store.commit();
    release.recommender.free();
  }
}

/** The kept files whose names begin with `start`, the head first. @param {string} start */
const keptFiles = (start) =>
  [...kept.values()]
    .flatMap((cache) => [...cache])
    .filter(([url]) => url.includes(`/${start}.`))
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
    .map(([, bytes]) => bytes);

/** @param {Buffer} file @param {number} at */
function flipped(file, at) {
  const changed = Buffer.from(file);
  changed[at] ^= 1;
  return changed;
}

/** Returns the file with its first two chunks in the other's place. @param {Buffer} file @param {number} head */
function swapped(file, head) {
  const [first, second, end] = [head, head + CHUNK_BYTES, head + 2 * CHUNK_BYTES];
  return Buffer.concat([
    file.subarray(0, first),
    file.subarray(second, end),
    file.subarray(first, second),
    file.subarray(end),
  ]);
}

// Three chunks, the last one short, and exactly two.
for (const [rows, dims, chunks] of [
  [1500, 256, 3],
  [16_383, 16, 2],
]) {
  describe(`a model of ${chunks} chunks`, () => {
    const made = releaseOf(halves(clustered(rows, dims, 5, 0.5)), dims);
    const [, file] = /** @type {[string, Buffer]} */ (
      [...made].find(([each]) => each.startsWith('model.'))
    );
    const head = headBytes(file.length);
    const lastChunk = head + (chunks - 1) * CHUNK_BYTES;
    const { files: entries } = JSON.parse(String(made.get('manifest.json')));
    const entry = entries.find((/** @type {{ kind: string }} */ { kind }) => kind === 'model');
    beforeEach(() => {
      files = new Map([...made, ...spread(entry, file)]);
    });

    test('is accepted, and kept as it is', async () => {
      assert.equal(head, 32 + 32 * chunks);
      assert.equal(await visit(), 10);
      assert.deepEqual(Buffer.concat(keptFiles('model')), file);
      files = new Map([['manifest.json', /** @type {Buffer} */ (made.get('manifest.json'))]]);
      assert.equal(await visit(), 10, 'from what is kept');
    });

    /** @type {[what: string, code: string, changed: Buffer][]} */
    const cases = [
      ['a bit of the header', 'integrity', flipped(file, 9)],
      ['a bit of the first hash', 'integrity', flipped(file, 32)],
      ['a bit of the last hash', 'integrity', flipped(file, head - 1)],
      ['the first bit of the first chunk', 'integrity', flipped(file, head)],
      ['the last bit of the first chunk', 'integrity', flipped(file, head + CHUNK_BYTES - 1)],
      ['the first bit of the second chunk', 'integrity', flipped(file, head + CHUNK_BYTES)],
      ['the first bit of the last chunk', 'integrity', flipped(file, lastChunk)],
      ['the last bit', 'integrity', flipped(file, file.length - 1)],
      [
        'a chunk and its hash',
        'integrity',
        withPayload(file, (payload) => {
          payload[payload.length - 1] ^= 1;
        }),
      ],
      ['the order of two chunks', 'integrity', swapped(file, head)],
      ['the last byte, which is missing', 'blob_truncated', file.subarray(0, -1)],
      ['the last chunk, which is missing', 'blob_truncated', file.subarray(0, lastChunk)],
      ['the payload, which is missing', 'blob_truncated', file.subarray(0, head)],
      ['the length, by a byte more', 'blob_length', Buffer.concat([file, Buffer.alloc(1)])],
      [
        'the length, by a chunk more',
        'blob_length',
        Buffer.concat([file, Buffer.alloc(CHUNK_BYTES)]),
      ],
    ];
    for (const [what, code, changed] of cases) {
      test(`fetched with a change of ${what}: ${code}, and nothing wrong is kept`, async () => {
        for (const [part, content] of spread(entry, changed)) files.set(part, content);
        await assert.rejects(visit(), { name: 'OsusumeError', code });
        const right = spread(entry, file).map(([, part]) => part.toString('base64'));
        for (const part of keptFiles('model'))
          assert.ok(right.includes(Buffer.from(part).toString('base64')));
      });

      test(`kept with a change of ${what}: what is changed is fetched again`, async () => {
        await visit();
        const parts = spread(entry, changed);
        for (const cache of kept.values())
          for (const [part, content] of parts)
            cache.set(MANIFEST.replace('manifest.json', part), content);
        assert.equal(await visit(), 10);
        assert.deepEqual(Buffer.concat(keptFiles('model')), file, 'and takes its place');
      });
    }

    test('without the first byte of its last chunk, in the manifest too: blob_truncated', async () => {
      const short = file.subarray(0, lastChunk);
      const entry = entryOf('model', 'model', short);
      const manifest = JSON.parse(String(made.get('manifest.json')));
      manifest.files[1] = entry;
      manifest.models[0].file = entry.name;
      const parts = spread(entry, short);
      files = new Map([
        ['manifest.json', Buffer.from(JSON.stringify(manifest))],
        ...parts,
        ...made,
      ]);
      files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
      await assert.rejects(visit(), { name: 'OsusumeError', code: 'blob_truncated' });
    });
  });
}
