// The related lists: the engine's own answers, from small files. And a handle that asks them first.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compileBytes } from '#client/compile.js';
import { openHandle } from '#client/handle.js';
import { openLocal } from '#client/local-backend.js';
import { loadRecommender } from '#client/module.js';
import { open as openInNode } from '#client/node.js';
import { RelatedLists } from '#client/related.js';
import { shardOf } from '#client/shard.js';

const FOLDER = resolve(process.env.EMBEDDINGS ?? 'embeddings');
const URL_OF = 'http://release.invalid/sub/manifest.json';
/** A popular show of 2017, after the ratings were collected. */
const WITHOUT_STORY = 23775;

/** @type {import('#client/index.js').Osusume} */
let engine;
before(async () => {
  engine = await openInNode(FOLDER, { load: 'all' });
});
after(() => engine?.close());

/** What was asked for, and a `fetch` that answers from the disk, or with what `change` makes of a file. */
function served(
  /** @type {(name: string, content: Buffer) => Buffer | number} */ change = (_, file) => file,
) {
  /** @type {string[]} */
  const asked = [];
  /** @type {typeof globalThis.fetch} */
  const fetch = async (input) => {
    const name = String(input).replace('http://release.invalid/sub/', '');
    asked.push(name);
    const content = await readFile(join(FOLDER, name)).catch(() => 404);
    const body = typeof content === 'number' ? content : change(name, content);
    return typeof body === 'number'
      ? new Response('', { status: body })
      : new Response(new Uint8Array(body));
  };
  return { asked, fetch, lists: new RelatedLists({ manifestUrl: URL_OF, fetch }) };
}

/** Changes each shard as an object. @param {(shard: any) => unknown} change @returns {(name: string, file: Buffer) => Buffer} */
const shards = (change) => (name, file) => {
  if (!/\d\.json$/.test(name)) return file;
  const shard = JSON.parse(String(file));
  return Buffer.from(JSON.stringify(change(shard) ?? shard));
};

test('the shard of a name is the writer’s', () => {
  assert.deepEqual(
    ['', 'a', 'foobar', '1', '本'].map((name) => shardOf(name, 2 ** 32)),
    [0x811c9dc5, 0xe40c292c, 0xbf9cf968, 0x340ca71c, 0x19c00f89],
  );
  assert.equal(shardOf('foobar', 1), 0);
});

describe('an answer', () => {
  test('is the engine’s, to the last bit, for each model and length', async () => {
    const { lists } = served();
    const { ids } = await engine.map();
    let found = 0;
    for (let at = 0; at < ids.length; at += 41) {
      for (const model of [undefined, 'ncf', 'synopsis']) {
        const limit = at % 2 ? 10 : 3;
        const settings = { limit, ...(model && { model }) };
        const answer = await lists.answer(ids[at], settings);
        if (answer) found += 1;
        // The engine alone says what it does not know.
        else assert.equal((await engine.item(ids[at])).models.length, 0);
        if (answer) assert.deepEqual(answer, await engine.related(ids[at], settings), `${ids[at]}`);
      }
    }
    assert.ok(found > 800, String(found));
  });

  test('is for a text of digits, too, and ten long unless told', async () => {
    const { lists } = served();
    assert.deepEqual(await lists.answer('1', {}), await engine.related(1));
  });

  test('says that another model stands in', async () => {
    const answer = await served().lists.answer(WITHOUT_STORY, { model: 'synopsis' });
    assert.equal(answer?.warnings[0].code, 'model_fallback');
    assert.deepEqual(answer, await engine.related(WITHOUT_STORY, { model: 'synopsis' }));
  });

  test('is not given to what the lists do not hold', async () => {
    const { lists } = served();
    /** @type {[unknown, object][]} */
    const questions = [
      [1, { limit: 11 }],
      [1, { limit: 0 }],
      [1, { limit: 2.5 }],
      [1, { limit: Number.NaN }],
      [1, { model: 'none' }],
      [1, { model: { ncf: 1 } }],
      [1, { niche: 0.5 }],
      [1, { fields: ['genres'] }],
      [1, { filter: { score: { min: 1 } } }],
      [999_999_999, {}],
      ['01', {}],
      ['__proto__', {}],
      [-1, {}],
    ];
    for (const [id, settings] of questions)
      assert.equal(
        await lists.answer(/** @type {number} */ (id), settings),
        undefined,
        JSON.stringify([id, settings]),
      );
    assert.ok(await lists.answer(1, { niche: undefined }), 'undefined is the default');
  });

  test('has few results where there are no more, and says so', async () => {
    const change = shards(({ items }) => {
      for (const { lists } of Object.values(items)) lists.ncf?.splice(4);
    });
    const answer = await served(change).lists.answer(1, {});
    assert.deepEqual(answer?.warnings, [{ code: 'few_matches', asked: 10, found: 4 }]);
  });

  test('costs one request for the manifest and one for each shard', async () => {
    const { lists, asked } = served();
    await Promise.all([lists.answer(1, {}), lists.answer(1, { model: 'synopsis' }), lists.item(1)]);
    await lists.answer(1, { limit: 5 });
    const { related } = JSON.parse(await readFile(join(FOLDER, 'manifest.json'), 'utf8'));
    const shard = `${related.folder}/${shardOf('1', related.shards)}.json`;
    assert.deepEqual(asked, ['manifest.json', shard]);
  });
});

test('an item has its title, and the models that know it by its content alone', async () => {
  const { lists } = served();
  const item = await lists.item(1);
  assert.deepEqual(item, {
    id: 1,
    title: 'Cowboy Bebop',
    fields: {},
    preliminary: true,
    models: ['ncf', 'synopsis'],
    predicted: [],
  });
  const { ids } = await engine.map();
  let predicted = 0;
  for (let at = 0; at < ids.length; at += 97) {
    const [early, whole] = [await lists.item(ids[at]), await engine.item(ids[at])];
    assert.deepEqual([early?.predicted, early?.models], [whole.predicted, whole.models]);
    predicted += Number(whole.predicted.length > 0);
  }
  assert.ok(predicted > 10, String(predicted));
});

describe('what is broken', () => {
  /** @type {[string, string, (name: string, file: Buffer) => Buffer | number][]} */
  const cases = [
    ['missing', 'file_missing', (name, file) => (/\d\.json$/.test(name) ? 404 : file)],
    ['refused', 'http_status', (name, file) => (/\d\.json$/.test(name) ? 503 : file)],
    [
      'torn',
      'related_invalid',
      (name, file) => (/\d\.json$/.test(name) ? file.subarray(0, 99) : file),
    ],
    [
      'a web page',
      'related_invalid',
      (name, file) => (/\d\.json$/.test(name) ? Buffer.from('<html>') : file),
    ],
    [
      'of another release',
      'related_invalid',
      shards((shard) => ({ ...shard, set: '0123456789abcdef' })),
    ],
    ['without items', 'related_invalid', shards(({ set }) => ({ set, items: null }))],
    [
      'an item of the wrong shape',
      'related_invalid',
      shards(({ items }) => {
        items[1] = 7;
      }),
    ],
    [
      'a result of the wrong shape',
      'related_invalid',
      shards(({ items }) => {
        items[1].lists.ncf[3] = { id: '5', title: 'x', score: 1 };
      }),
    ],
    [
      'a result without a score',
      'related_invalid',
      shards(({ items }) => {
        delete items[1].lists.synopsis[3].score;
      }),
    ],
    [
      'lists of the wrong shape',
      'related_invalid',
      shards(({ items }) => {
        items[1].lists.ncf = {};
      }),
    ],
  ];
  for (const [what, code, change] of cases) {
    test(`a shard that is ${what}: ${code}, and asked for again`, async () => {
      let isBroken = true;
      const { lists } = served((name, file) => (isBroken ? change(name, file) : file));
      await assert.rejects(lists.answer(1, {}), { code });
      isBroken = false;
      if (!/shape|score/.test(what))
        assert.deepEqual(await lists.answer(1, {}), await engine.related(1));
    });
  }

  test('a shard that the browser’s cache has damaged is fetched past it', async () => {
    const { asked, fetch } = served();
    /** @type {typeof globalThis.fetch} */
    const cached = async (input, init) => {
      const response = await fetch(input, init);
      const isDamaged = init?.cache !== 'reload' && /\d\.json$/.test(String(input));
      return isDamaged ? new Response((await response.text()).slice(9)) : response;
    };
    const lists = new RelatedLists({ manifestUrl: URL_OF, fetch: cached });
    assert.deepEqual(await lists.answer(1, {}), await engine.related(1));
    assert.equal(asked.length, 3);
  });

  test('a shard in the place of another does not have the item', async () => {
    const { related } = JSON.parse(await readFile(join(FOLDER, 'manifest.json'), 'utf8'));
    const other = await readFile(join(FOLDER, related.folder, '0.json'));
    const { lists } = served((name, file) => (/\d\.json$/.test(name) ? other : file));
    assert.equal(await lists.answer(1, {}), undefined);
  });

  test('a manifest without lists, or with impossible ones, has none', async () => {
    for (const related of [
      undefined,
      null,
      {},
      { folder: '../x', shards: 1 },
      { folder: 'related.0123456789abcdef', shards: 0, listed: 1 },
      { folder: 'related.0123456789abcdef', shards: 1.5, listed: 1 },
    ]) {
      const change = (/** @type {string} */ name, /** @type {Buffer} */ file) =>
        name === 'manifest.json'
          ? Buffer.from(JSON.stringify({ ...JSON.parse(String(file)), related }))
          : file;
      const { lists } = served(change);
      assert.equal(await lists.listed(), 0, JSON.stringify(related));
      assert.equal(await lists.answer(1, {}), undefined);
    }
  });
});

describe('with the owner’s key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const number = Buffer.from('osusume!');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const key = Buffer.concat([Buffer.from('Ed'), number, raw]).toString('base64');
  /** @param {Buffer} content */
  function minisig(content) {
    const made = sign(null, content, privateKey);
    const comment = 'timestamp:1700000000';
    const seal = sign(null, Buffer.concat([made, Buffer.from(comment)]), privateKey);
    const own = Buffer.concat([Buffer.from('Ed'), number, made]).toString('base64');
    return `untrusted comment: x\n${own}\ntrusted comment: ${comment}\n${seal.toString('base64')}\n`;
  }

  /** @param {(name: string, file: Buffer) => Buffer} [change] */
  async function signed(change) {
    const { fetch, asked } = served(change);
    const manifest = await readFile(join(FOLDER, 'manifest.json'));
    /** @type {typeof globalThis.fetch} */
    const withSignature = (input, init) =>
      String(input).endsWith('.minisig')
        ? Promise.resolve(new Response(minisig(manifest)))
        : fetch(input, init);
    const lists = new RelatedLists({ manifestUrl: URL_OF, fetch: withSignature, publicKey: key });
    return { lists, asked };
  }

  test('every shard is held to the signed manifest', async () => {
    const { lists, asked } = await signed();
    assert.deepEqual(await lists.answer(1, {}), await engine.related(1));
    assert.deepEqual(await lists.answer(5, {}), await engine.related(5));
    assert.equal(asked.filter((name) => name.endsWith('index.bin')).length, 1);
  });

  for (const [what, pattern] of /** @type {[string, RegExp][]} */ ([
    ['shard', /\d\.json$/],
    ['index', /index\.bin$/],
  ])) {
    test(`a changed ${what} is refused`, async () => {
      const { lists } = await signed((name, file) => {
        if (pattern.test(name)) file[20] ^= 1;
        return file;
      });
      await assert.rejects(lists.answer(1, {}), { code: 'integrity' });
    });
  }

  test('another manifest is refused', async () => {
    const { lists } = await signed((name, file) =>
      name === 'manifest.json' ? Buffer.concat([file, Buffer.from(' ')]) : file,
    );
    await assert.rejects(lists.answer(1, {}), { code: 'signature_invalid' });
  });
});

describe('a handle', () => {
  const compile = async (/** @type {URL} */ url) =>
    compileBytes(new Uint8Array(await readFile(url)), url);
  const loadClass = () => loadRecommender(() => import('#client/wasm/osusume.js'), compile);
  const names = (/** @type {string[]} */ asked) =>
    asked
      .map((name) => name.replace(/\..*\/\d+|\.[0-9a-f]{16}/, ''))
      .filter((name) => !/\.\d+\.bin$/.test(name));

  /**
   * Opens a handle as the browser's client does; `gate` holds back what is not a list.
   * @param {import('#client/index.js').Load} load @param {Parameters<typeof served>[0]} [change] @param {Promise<unknown>} [gate]
   */
  async function opened(load, change, gate) {
    const { fetch, asked, lists } = served(change);
    const source = { manifestUrl: URL_OF, cache: false, publicKey: undefined, notBefore: 0 };
    /** @type {typeof globalThis.fetch} */
    const held = async (input, init) => {
      if (/ncf|synopsis/.test(String(input))) await gate;
      return fetch(input, init);
    };
    const handle = await openHandle(
      { load },
      (wanted, signal) => openLocal({ ...source, load: wanted }, loadClass, {}, signal, held),
      lists,
    );
    return { handle, asked };
  }

  test('that wants the lists alone loads no engine until a call needs it', async () => {
    const { handle, asked } = await opened('related');
    assert.equal(handle.backend, 'files');
    await handle.ready();
    assert.deepEqual(names(asked), ['manifest.json']);
    assert.deepEqual(await handle.related(1), await engine.related(1));
    assert.equal((await handle.item(1, { preliminary: true })).title, 'Cowboy Bebop');
    assert.deepEqual(names(asked), ['manifest.json', 'related.json']);
    assert.equal((await handle.find('cowboy'))[0].id, 1);
    assert.deepEqual(names(asked).slice(2), ['manifest.json', 'catalogue.bin']);
    assert.equal(handle.backend, 'wasm');
    assert.equal((await handle.item(1)).preliminary, undefined);
    const many = await handle.related(1, { limit: 11 });
    assert.deepEqual(many, await engine.related(1, { limit: 11 }));
    handle.close();
  });

  test('asks the lists until the model is here, and for other models', async () => {
    /** @type {() => void} */
    let go = () => {};
    const gate = new Promise((resolve) => {
      go = () => resolve(undefined);
    });
    const { handle, asked } = await opened('default', undefined, gate);
    const count = () => asked.filter((name) => name.startsWith('related.')).length;
    assert.deepEqual(await handle.related(1, { model: 'ncf' }), await engine.related(1));
    assert.equal(count(), 1);
    go();
    await handle.ready();
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const model of [undefined, 'ncf'])
      assert.deepEqual(await handle.related(5, { model }), await engine.related(5));
    assert.equal(count(), 1, 'the engine has it');
    const stories = await handle.related(30, { model: 'synopsis' });
    assert.deepEqual(stories, await engine.related(30, { model: 'synopsis' }));
    assert.equal(count(), 2);
    assert.ok(!asked.some((name) => name.startsWith('synopsis')), 'nobody has asked for it');
    handle.close();
  });

  test('that has everything asks the engine alone', async () => {
    const { handle, asked } = await opened('all');
    await handle.ready();
    await handle.ready('stories');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = asked.length;
    await handle.related(1, { model: 'synopsis' });
    assert.equal(asked.length, before);
    handle.close();
  });

  test('asks the engine where lists are missing or broken, or the release has none', async () => {
    const changes = [
      shards(() => ({})),
      (/** @type {string} */ name, /** @type {Buffer} */ file) =>
        /\d\.json$/.test(name) ? 404 : file,
      (/** @type {string} */ name, /** @type {Buffer} */ file) =>
        name === 'manifest.json'
          ? Buffer.from(JSON.stringify({ ...JSON.parse(String(file)), related: undefined }))
          : file,
    ];
    for (const change of changes) {
      const { handle } = await opened('related', change);
      assert.deepEqual(await handle.related(1), await engine.related(1));
      await assert.rejects(handle.related(999_999_999), { code: 'unknown_id' });
      handle.close();
    }
  });

  test('refuses what is wrong, and ends with its signal', async () => {
    const { handle } = await opened('related');
    await assert.rejects(handle.related(/** @type {any} */ (null)), { code: 'request_invalid' });
    await assert.rejects(handle.related(1, /** @type {any} */ ('x')), { code: 'request_invalid' });
    await assert.rejects(
      handle.related(1, { signal: AbortSignal.abort('no') }),
      (reason) => reason === 'no',
    );
    handle.close();
    await assert.rejects(handle.related(1), { code: 'closed' });
  });
});

test('the index has the hash of each shard', async () => {
  const { related } = JSON.parse(await readFile(join(FOLDER, 'manifest.json'), 'utf8'));
  const index = await readFile(join(FOLDER, related.folder, 'index.bin'));
  const sha256 = (/** @type {Buffer} */ bytes) => createHash('sha256').update(bytes).digest();
  assert.equal(sha256(index).toString('hex'), related.sha256);
  assert.equal(index.length, 32 * related.shards);
  const last = await readFile(join(FOLDER, related.folder, `${related.shards - 1}.json`));
  assert.deepEqual(sha256(last), index.subarray(-32));
});
