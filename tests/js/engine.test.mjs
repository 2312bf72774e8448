// The engine behind several handles: what one wants is loaded behind what another wanted.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { compileBytes } from '#client/compile.js';
import { loadRecommender } from '#client/module.js';
import { openEngine } from '#client/opening.js';

const FOLDER = resolve(process.env.EMBEDDINGS ?? 'embeddings');
const compile = async (/** @type {URL} */ url) =>
  compileBytes(new Uint8Array(await readFile(url)), url);
const loadClass = () => loadRecommender(() => import('#client/wasm/osusume.js'), compile);

/** Opens the release for a handle that wants `load`. @param {import('#client/index.js').Load} load @param {(name: string) => void} onRequest */
function openFor(load, onRequest) {
  const manifestUrl = 'http://release.invalid/manifest.json';
  const opening = { manifestUrl, cache: false, publicKey: undefined, notBefore: 0 };
  return openEngine({ ...opening, load }, loadClass, {}, undefined, async (input) => {
    const name = String(input).replace(/.*\//, '');
    if (!/\.\d+\.bin$/.test(name)) onRequest(name.split('.')[0]); // the chunks follow
    return new Response(await readFile(join(FOLDER, name)));
  });
}

test('a handle that wants more has it loaded, one that wants less loads nothing', async () => {
  /** @type {string[]} */
  const asked = [];
  const { handlers } = await openFor('related', (name) => asked.push(name));
  await handlers.ready([undefined, 'related']);
  assert.deepEqual(asked, ['manifest', 'catalogue']);
  await handlers.load(['default']);
  await handlers.ready([undefined, 'default']);
  assert.deepEqual(asked.slice(2), ['ncf', 'ncf-residual']);
  await handlers.load(['related']);
  await handlers.load(['default']);
  assert.equal(asked.length, 4);
});

test('a handle that comes after a failure tries again', async () => {
  let isDown = true;
  const { handlers } = await openFor('default', (name) => {
    if (isDown && name === 'ncf') throw new TypeError('cut off');
  });
  await assert.rejects(handlers.ready([undefined, 'default']), { code: 'network' });
  isDown = false;
  await handlers.load(['default']);
  await handlers.ready([undefined, 'default']);
  const { value } = await handlers.info([]);
  assert.equal(value.models[0].loaded, true);
});
