// The files of a release on their way from a server into the module: what is asked for, checked, kept and refused.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { compileBytes } from '#client/compile.js';
import { fetchManifest } from '#client/manifest.js';
import { loadRecommender } from '#client/module.js';
import { open } from '#client/node.js';
import { openRelease } from '#client/release.js';
import { release as filesOf } from '../e2e/kept.mjs';

const URL_ = 'http://release.invalid/sub/manifest.json';
/** What the server has, by name; a number is a status, and 0 a connection that fails. @type {Map<string, Buffer | number>} */
let files;
/** @type {string[]} */
let asked;
/** @type {[string, Uint8Array][]} */
let kept;
/** @type {import('#client/recommender.js').RecommenderClass} */
let Class;

before(async () => {
  Class = await loadRecommender(
    () => import('#client/wasm/osusume.js'),
    async (url) => compileBytes(new Uint8Array(await readFile(url)), url),
  );
});
beforeEach(async () => {
  files = await filesOf();
  asked = [];
  kept = [];
});

/** @type {typeof fetch} */
const serve = async (input) => {
  const name = String(input).replace('http://release.invalid/sub/', '');
  asked.push(name.split('.')[0]);
  const found = files.get(name) ?? 404;
  if (found === 0) throw new TypeError('Failed to fetch');
  return typeof found === 'number'
    ? new Response('no', { status: found })
    : new Response(new Uint8Array(found));
};
/** The whole name of a file. @param {string} start */
const named = (start) =>
  /** @type {string} */ ([...files.keys()].find((name) => name.startsWith(`${start}.`)));
/** @param {string} start @param {(file: Buffer) => Buffer} change */
const alter = (start, change) =>
  void files.set(
    named(start),
    change(Buffer.from(/** @type {Buffer} */ (files.get(named(start))))),
  );
const flipped = (/** @type {Buffer} */ file) => {
  file[70] ^= 1;
  return file;
};
/** @param {Partial<import('#client/release.js').ReleaseOptions>} [options] */
async function opening(options) {
  const keep = (/** @type {string} */ url, /** @type {Uint8Array} */ bytes) =>
    void kept.push([url, bytes.slice()]);
  const release = await openRelease(URL_, await fetchManifest(URL_, serve), Class, {
    fetch: serve,
    keep,
    ...options,
  });
  return {
    recommender: release.recommender,
    load: release.load.bind(release),
    map: release.map.bind(release),
  };
}
/** @param {Promise<unknown>} promise @param {string} code @param {string} [kind] */
const rejectsWith = (promise, code, kind) =>
  assert.rejects(promise, (error) => {
    const { name, code: found, class: class_, message } = Object(error);
    assert.deepEqual([name, found], ['OsusumeError', code], String(error));
    assert.ok(message.length > 10);
    if (kind) assert.equal(class_, kind);
    return true;
  });

test('each file is asked for once, reported in bytes, and kept once its hash is right', async () => {
  /** @type {import('#client/index.js').Progress[]} */
  const progress = [];
  const { recommender, load } = await opening({ onProgress: (step) => progress.push(step) });
  await load('model', 'ncf');
  assert.deepEqual(asked, ['manifest', 'catalogue', 'ncf']);
  const total = /** @type {Buffer} */ (files.get(named('ncf'))).length;
  assert.deepEqual(progress.at(-1), {
    file: named('ncf'),
    kind: 'model',
    model: 'ncf',
    loaded: total,
    total,
  });
  assert.deepEqual([progress[0].loaded, progress[0].model], [0, undefined]);
  for (const [url, bytes] of kept)
    assert.deepEqual(Buffer.from(bytes), files.get(url.slice(url.lastIndexOf('/') + 1)));
  assert.deepEqual(
    kept.map(([url]) => url),
    ['catalogue', 'ncf'].map((start) => `http://release.invalid/sub/${named(start)}`),
  );
  assert.equal(recommender.similar(10).items.length, 6);
  await load('catalogue');
  assert.equal(asked.length, 3, 'the catalogue is there');
  recommender.free();
});

test('a listener that throws stops nothing', async () => {
  const { recommender } = await opening({
    onProgress: () => {
      throw new Error('mine');
    },
  });
  assert.equal(recommender.info().items, 12);
});

test('a model that failed can be loaded again', async () => {
  const { recommender, load } = await opening();
  const whole = files.get(named('ncf'));
  files.set(named('ncf'), 503);
  await rejectsWith(load('model', 'ncf'), 'http_status', 'notReady');
  files.set(named('ncf'), /** @type {Buffer} */ (whole));
  await load('model', 'ncf');
  assert.ok(recommender.similar(10).items.length > 0);
});

test('a part that the release does not have', async () => {
  const { load, map } = await opening();
  await rejectsWith(load('model', 'none'), 'unknown_model', 'caller');
  await rejectsWith(map(), 'no_map', 'caller');
  await load('text', 'ncf');
  assert.deepEqual(asked, ['manifest', 'catalogue']);
});

describe('each failure of a server has a code', () => {
  /** @type {[string, () => unknown][]} */
  const broken = [
    ['file_missing', () => files.set(named('ncf'), 404)],
    ['file_missing', () => files.set(named('ncf'), 410)],
    ['http_status', () => files.set(named('ncf'), 500)],
    ['blob_magic', () => alter('ncf', () => Buffer.from('<!doctype html><title>Sign in</title>'))],
    ['blob_truncated', () => alter('ncf', () => Buffer.alloc(0))],
    ['blob_truncated', () => alter('ncf', (file) => file.subarray(0, 100))],
    ['blob_length', () => alter('ncf', (file) => Buffer.concat([file, Buffer.alloc(1)]))],
    ['integrity', () => alter('ncf', flipped)],
    ['network', () => files.set(named('ncf'), 0)],
  ];
  for (const [at, [code, damage]] of broken.entries()) {
    test(`of a model: ${code}, ${at}`, async () => {
      const { load } = await opening();
      damage();
      await rejectsWith(load('model', 'ncf'), code);
      assert.deepEqual(
        kept.map(([url]) => url.includes('ncf')),
        [false],
        'nothing of it is kept',
      );
    });
  }
  /** @type {[string, string, Buffer | number][]} */
  const manifests = [
    ['fails', 'network', 0],
    ['is missing', 'file_missing', 404],
    ['is a page', 'manifest_invalid', Buffer.from('<!doctype html>')],
    ['is of an earlier format', 'blob_version', Buffer.from('{"format": 1}')],
    ['is of a later format', 'blob_version', Buffer.from('{"format": 3}')],
    ['is empty', 'manifest_invalid', Buffer.from('{"format": 2}')],
    ['is null', 'manifest_invalid', Buffer.from('null')],
  ];
  for (const [what, code, file] of manifests) {
    test(`of a manifest that ${what}: ${code}`, async () => {
      files.set('manifest.json', file);
      await rejectsWith(opening(), code);
    });
  }
  test('of a catalogue', async () => {
    alter('catalogue', flipped);
    await rejectsWith(opening(), 'integrity', 'fault');
    assert.deepEqual(kept, []);
    files.set(named('catalogue'), 404);
    await rejectsWith(opening(), 'file_missing');
  });
});

test('a replaced release is told from a broken one', async () => {
  const { load } = await opening();
  files.set(named('ncf'), 404);
  await rejectsWith(load('model', 'ncf'), 'file_missing');
  alter('manifest', (file) =>
    Buffer.from(JSON.stringify({ ...JSON.parse(String(file)), release: '0123456789abcdef' })),
  );
  await rejectsWith(load('model', 'ncf'), 'release_changed', 'notReady');
});

describe('without WebCrypto', () => {
  const real = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  );
  beforeEach(() => Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true }));
  afterEach(() => Object.defineProperty(globalThis, 'crypto', real));

  test('the client warns and answers; lengths and structure are checked, nothing is kept', async () => {
    /** @type {string[]} */
    const warnings = [];
    const opened = await open(URL_, { fetch: serve, onWarning: ({ code }) => warnings.push(code) });
    assert.equal((await opened.related(10)).model, 'ncf');
    assert.deepEqual(warnings, ['unverified']);
    opened.close();
    const { load } = await opening();
    alter('ncf', (file) => file.subarray(0, 100));
    await rejectsWith(load('model', 'ncf'), 'blob_truncated');
    alter('synopsis', (file) => file.fill(0xff, 40));
    await assert.rejects(load('model', 'synopsis'), { code: /^blob_(rows|value|shape)$/ });
    assert.deepEqual(kept, []);
  });

  test('a page that names a key takes nothing', async () => {
    files.set(
      'manifest.json.minisig',
      Buffer.from(await readFile('tests/fixtures/signed/manifest.json.minisig')),
    );
    const publicKey = String(await readFile('tests/fixtures/signed/owner.pub')).trim();
    await rejectsWith(open(URL_, { fetch: serve, publicKey }), 'unsupported', 'caller');
  });
});
