// The client in Node, on the release in embeddings/ (EMBEDDINGS names another folder).

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { OsusumeError, open } from '#client/node.js';

const FOLDER = resolve(process.env.EMBEDDINGS ?? 'embeddings');
const MANIFEST = join(FOLDER, 'manifest.json');
/** A popular show of 2017, after the ratings were collected. */
const WITHOUT_STORY = 23775;
/** An address that only `fileFetch` understands: proof that `fetch` in the options is what reads. */
const SERVED = 'http://release.invalid/manifest.json';
/** The chunks of a long file follow its head. */
const IS_CHUNK = /\.\d+\.bin$/;

/** @type {import('#client/index.js').Osusume} */
let opened;
before(async () => {
  opened = await open(MANIFEST, { load: 'all' });
});
after(() => opened?.close());

/** @param {Promise<unknown>} promise @param {string} code */
const rejectsWith = (promise, code) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof OsusumeError, String(error));
    assert.equal(error.name, 'OsusumeError');
    assert.equal(error.code, code);
    assert.ok(error.message.length > 10);
    return true;
  });

describe('questions', () => {
  test('the backend and the thread are told', () => {
    assert.equal(opened.backend, 'wasm');
    assert.equal(opened.thread, 'main');
  });

  test('info, once all is loaded', async () => {
    await opened.ready();
    const { items, models, defaultModel, release } = await opened.info();
    assert.ok(items > 10_000);
    assert.equal(defaultModel, 'ncf');
    assert.match(release, /\S/);
    assert.deepEqual(
      models.map(({ name, loaded }) => [name, loaded]),
      [
        ['ncf', true],
        ['synopsis', true],
      ],
    );
    const [ncf, synopsis] = models.map(
      ({ bytes = 0, rows = 0, dims = 0 }) => bytes / (rows * dims * 2),
    );
    assert.ok(synopsis > 1 && ncf > 0.6 && ncf < 1, 'of ncf, some rows have weights and no vector');
  });

  test('info has what a filter may name, exactly', async () => {
    const { fields, map } = await opened.info();
    assert.ok(map);
    assert.deepEqual(
      fields.map(({ name, type, role }) => [name, type, role]),
      [
        ['genres', 'tags', undefined],
        ['type', 'category', undefined],
        ['year', 'number', undefined],
        ['score', 'number', undefined],
        ['members', 'number', 'popularity'],
        ['anilist', 'text', undefined],
        ['series', 'number', 'group'],
        ['romaji', 'text', 'title'],
        ['english', 'text', 'title'],
        ['japanese', 'text', 'title'],
      ],
    );
    const [genres, type, year] = fields;
    assert.ok(genres.type === 'tags' && type.type === 'category' && year.type === 'number');
    assert.deepEqual(type.values.toSorted(), ['Movie', 'Music', 'ONA', 'OVA', 'Special', 'TV']);
    assert.ok(genres.values.length > 40 && genres.values[0] === 'Comedy');
    assert.ok(Number(year.min) < 1930 && Number(year.max) > 2020);
    const ask = (/** @type {Record<string, import('#client/index.js').Condition>} */ filter) =>
      opened.recommend({ limit: 1, filter });
    for (const genre of genres.values)
      assert.equal((await ask({ genres: { any: [genre] } })).items.length, 1, genre);
    await rejectsWith(ask({ genres: { all: ['No such genre'] } }), 'unknown_value');
    await rejectsWith(ask({ genre: { all: ['Comedy'] } }), 'unknown_field');
    await rejectsWith(ask({ genres: { min: 5 } }), 'filter_invalid');
  });

  test('the wanted fields come with each result, and an item has them all', async () => {
    const { items } = await opened.related(1, { limit: 3, fields: ['year', 'genres', 'english'] });
    for (const { id, fields = {} } of items) {
      const { fields: all } = await opened.item(id);
      assert.deepEqual(
        fields,
        Object.fromEntries(
          ['year', 'genres', 'english']
            .filter((name) => name in all)
            .map((name) => [name, all[name]]),
        ),
      );
    }
    assert.deepEqual(
      Object.keys((await opened.item(1)).fields).toSorted(),
      ['anilist', 'genres', 'japanese', 'members', 'romaji', 'score', 'series', 'type', 'year'],
      'the English title is the main one',
    );
    assert.equal((await opened.related(1)).items[0].fields, undefined);
    await rejectsWith(opened.related(1, { fields: ['none'] }), 'unknown_field');
  });

  test('only a watch list, nothing that is excluded, one of each series', async () => {
    const watch = [5, 6, 205, 4224, 4_294_967_295];
    const { items, warnings } = await opened.recommend({
      liked: [1],
      only: watch,
      exclude: [205],
      limit: 10,
    });
    assert.deepEqual(
      items.map(({ id }) => id).toSorted((a, b) => a - b),
      [5, 6, 4224],
    );
    assert.deepEqual(warnings, [
      { code: 'unknown_ids', ids: [4_294_967_295] },
      { code: 'few_matches', asked: 10, found: 3 },
    ]);
    const series = async (/** @type {boolean} */ collapse) =>
      (
        await opened.recommend({ liked: [16498], limit: 100, collapse, fields: ['series'] })
      ).items.flatMap(({ fields }) => fields?.series ?? []);
    const [all, collapsed] = [await series(false), await series(true)];
    assert.ok(new Set(all).size < all.length);
    assert.equal(new Set(collapsed).size, collapsed.length);
  });

  test('the map has a place for every item', async () => {
    const [{ items, fields }, map] = await Promise.all([opened.info(), opened.map()]);
    for (const list of [map.ids, map.x, map.y, map.groups]) assert.equal(list.length, items);
    assert.equal(new Set(map.ids).size, items);
    const [tags] = fields;
    assert.ok(
      tags.type === 'tags' &&
        map.names.length > 1 &&
        map.names.every((name) => tags.values.includes(name)),
    );
    assert.ok(map.groups.every((group) => group <= map.names.length));
    for (const row of [0, 1, 2, 5000, items - 1]) {
      const { genres } = (await opened.item(map.ids[row])).fields;
      if (map.groups[row] > 0)
        assert.ok(
          Array.isArray(genres) && genres.includes(map.names[map.groups[row] - 1]),
          'coloured by a genre of its own',
        );
    }
    assert.equal(await opened.map(), map, 'read once');
  });

  test('find: a beginning, a Japanese title, an id', async () => {
    assert.equal((await opened.find('cowboy beb'))[0].id, 1);
    const [japanese] = await opened.find('カウボーイビバップ', 1);
    assert.deepEqual([japanese.id, japanese.matched], [1, 'カウボーイビバップ']);
    assert.equal((await opened.find('5114'))[0].id, 5114);
    assert.equal((await opened.find('a')).length, 10);
    assert.deepEqual(await opened.find('zzzz no such show'), []);
  });

  test('find says which parts match, and a season which series it is of', async () => {
    const [{ matched, spans }] = await opened.find('bebpo cowboi', 1);
    assert.deepEqual(
      spans.map(([start, end]) => matched.slice(start, end)),
      ['Cowboy', 'Bebop'],
    );
    assert.equal((await opened.item(5)).fields.series, 1);
    const [strange] = await opened.find('\ud800 naruto \udc00'.repeat(2), 1);
    assert.ok(strange === undefined || strange.spans.length > 0, 'lone surrogates do no harm');
  });

  test('importProfile: XML, gzip and JSON', async () => {
    const xml =
      '<myanimelist><anime><series_animedb_id>1</series_animedb_id><my_score>9</my_score><my_status>Completed</my_status></anime></myanimelist>';
    const profile = await opened.importProfile(xml);
    assert.deepEqual(
      [profile.source, profile.liked, profile.exclude],
      ['MyAnimeList', [{ id: 1, weight: 1 }], [1]],
    );
    assert.deepEqual(await opened.importProfile(gzipSync(xml)), profile);
    assert.deepEqual(await opened.importProfile(new Blob([xml])), profile);
    const json = JSON.stringify({
      data: {
        MediaListCollection: {
          lists: [
            {
              entries: [
                { status: 'DROPPED', media: { idMal: 20 } },
                { media: { idMal: 4_000_000_000, title: { romaji: 'X' } } },
              ],
            },
          ],
        },
      },
    });
    const { disliked, unknown, source } = await opened.importProfile(json);
    assert.deepEqual(
      [disliked, unknown, source],
      [[{ id: 20, weight: 1 }], [{ id: 4_000_000_000, title: 'X' }], 'AniList'],
    );
    for (const bad of ['', '<html>', '{', '[]', gzipSync(xml).subarray(0, 50)])
      await assert.rejects(opened.importProfile(bad), { code: 'profile_invalid' });
    await assert.rejects(opened.importProfile(gzipSync(Buffer.alloc(33 << 20, ' '))), {
      code: 'profile_too_large',
    });
    await assert.rejects(opened.importProfile(/** @type {any} */ (7)), { code: 'request_invalid' });
  });

  test('related is recommend with one liked item', async () => {
    const answer = await opened.related(1, { limit: 7 });
    assert.equal(answer.items.length, 7);
    assert.equal(answer.model, 'ncf');
    assert.deepEqual(answer.warnings, []);
    assert.deepEqual(await opened.recommend({ liked: [1], limit: 7 }), answer);
    assert.ok(answer.items.every(({ id, score }) => id !== 1 && typeof score === 'number'));
  });

  test('an item that the model does not cover is answered by the other one, and the answer says so', async () => {
    const answer = await opened.related(WITHOUT_STORY, { model: 'synopsis' });
    assert.equal(answer.model, 'ncf');
    assert.deepEqual(answer.warnings, [{ code: 'model_fallback', asked: 'synopsis', used: 'ncf' }]);
    assert.deepEqual(answer.items, (await opened.related(WITHOUT_STORY, { model: 'ncf' })).items);
  });

  test('the time is the engine’s own', async () => {
    /** @type {number[]} */
    const times = [];
    const other = await open(MANIFEST);
    await other.related(1, { onTime: (ms) => times.push(ms) }); // its model loads first, which is not counted
    await other.find('naruto', 3, { onTime: (ms) => times.push(ms) });
    other.close();
    assert.equal(times.length, 2);
    assert.ok(
      times.every((ms) => ms > 0 && ms < 1000),
      String(times),
    );
  });

  test('plain objects come out: no Map, no BigInt', async () => {
    const { fields } = await opened.item(1);
    assert.equal(Object.getPrototypeOf(fields), Object.prototype);
    assert.ok(Array.isArray(fields.genres));
    assert.doesNotThrow(() => JSON.stringify(fields));
  });

  test('a hundred at once, with one signal, are all answered, and Node has nothing to warn of', async () => {
    /** @type {string[]} */
    const warnings = [];
    const note = (/** @type {Error} */ warning) => warnings.push(warning.message);
    process.on('warning', note);
    const { signal } = new AbortController();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => opened.related(1, { limit: 3, signal })),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    assert.ok(answers.every((answer) => answer.items[0].id === answers[0].items[0].id));
    assert.deepEqual(warnings, []);
  });

  test('wrong questions', async () => {
    await rejectsWith(opened.item(0), 'unknown_id');
    const [first, second] = await Promise.all(
      [5, 1].map(async (id) => {
        const { models, predicted, ...item } = await opened.item(id);
        return item;
      }),
    );
    assert.deepEqual(
      await opened.items([5, 0, 1, 'no such key', 1.5]),
      [first, second],
      'the known ones, in order',
    );
    assert.deepEqual(await opened.items([]), []);
    assert.deepEqual((await opened.recommend({ liked: [1, 0], limit: 1 })).warnings, [
      { code: 'unknown_ids', ids: [0] },
    ]);
    await rejectsWith(opened.related(4_294_967_295), 'unknown_id');
    await rejectsWith(opened.related(1, { model: 'none' }), 'unknown_model');
    await rejectsWith(opened.ready(/** @type {any} */ ('none')), 'request_invalid');
    await rejectsWith(open(MANIFEST, { load: /** @type {any} */ ('none') }), 'request_invalid');
    await rejectsWith(opened.related(1, { limit: 0 }), 'limit_out_of_range');
    await rejectsWith(opened.related(1, { limit: 1001 }), 'limit_out_of_range');
    await rejectsWith(opened.recommend(/** @type {any} */ ({ likes: [1] })), 'request_invalid');
    await rejectsWith(
      opened.recommend(/** @type {any} */ ({ liked: 'Cowboy Bebop' })),
      'request_invalid',
    );
  });
});

describe('opening', () => {
  test('by file: URL, as a string and as a URL', async () => {
    for (const manifest of [pathToFileURL(MANIFEST), pathToFileURL(MANIFEST).href]) {
      const other = await open(manifest);
      assert.equal((await other.item(1)).title, 'Cowboy Bebop');
      other.close();
    }
  });

  test('by its folder, as a path and as a URL', async () => {
    for (const folder of [
      FOLDER,
      `${FOLDER}/`,
      pathToFileURL(FOLDER),
      `${pathToFileURL(FOLDER).href}/`,
    ]) {
      const other = await open(folder);
      assert.equal((await other.item(1)).title, 'Cowboy Bebop');
      other.close();
    }
  });

  test('what is not on the disk is named, without a word about networks', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'osusume-'));
    try {
      for (const [path, named] of [
        [empty, join(empty, 'manifest.json')],
        [join(empty, 'none.json'), 'none.json'],
        [pathToFileURL(join(empty, 'none')), 'none'],
      ]) {
        await assert.rejects(open(path), ({ code, message, url }) => {
          assert.equal(code, 'file_missing');
          assert.ok(message.includes(String(named)) && !/network|CORS/.test(message), message);
          return url.startsWith('file:');
        });
      }
    } finally {
      await rm(empty, { recursive: true });
    }
  });

  test('over http, the models in order, the bytes reported', async () => {
    /** @type {string[]} */
    const asked = [];
    const server = createServer(async ({ url = '' }, response) => {
      if (!IS_CHUNK.test(url)) asked.push(url.slice(1).split('.')[0].split('-')[0]);
      response.end(await readFile(join(FOLDER, url)));
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    /** @type {import('#client/index.js').Progress[]} */
    const progress = [];
    try {
      const other = await open(`http://127.0.0.1:${port}/manifest.json`, {
        load: 'all',
        onProgress: (each) => progress.push(each),
      });
      await other.ready();
      assert.deepEqual(
        asked,
        ['manifest', 'catalogue', 'ncf', 'ncf', 'synopsis', 'synopsis', 'map'],
        'a model and its residual, then the next, then its words',
      );
      for (const kind of ['catalogue', 'ncf.', 'ncf-residual', 'synopsis.', 'synopsis-text']) {
        const steps = progress.filter(({ file }) => file.startsWith(kind));
        assert.ok(steps.length >= 2, kind);
        assert.equal(steps.at(-1)?.loaded, steps[0].total);
        assert.ok(
          steps.every(
            ({ loaded, total }, at) =>
              loaded <= total && (at === 0 || loaded >= steps[at - 1].loaded),
          ),
        );
      }
      other.close();
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('only the default model loads by itself; another loads when a question needs it', async () => {
    const other = await open(MANIFEST);
    await other.ready();
    const loadedNames = async () =>
      (await other.info()).models.filter(({ loaded }) => loaded).map(({ name }) => name);
    assert.deepEqual(await loadedNames(), ['ncf']);
    assert.equal((await other.related(1, { model: 'synopsis' })).model, 'synopsis');
    assert.deepEqual(await loadedNames(), ['ncf', 'synopsis']);
    other.close();
  });

  test('the fallback model is waited for as well', async () => {
    const other = await open(MANIFEST);
    assert.equal((await other.related(WITHOUT_STORY, { model: 'synopsis' })).model, 'ncf');
    other.close();
  });

  test('a missing manifest, and a missing vector file', async () => {
    await rejectsWith(open(join(FOLDER, 'no-such-manifest.json')), 'file_missing');
    const other = await open(SERVED, { fetch: failing(/ncf/) });
    await rejectsWith(other.ready(), 'network');
    await rejectsWith(other.related(1), 'network');
    assert.equal((await other.related(1, { model: 'synopsis' })).items.length, 10);
    other.close();
  });

  test('a model that failed is tried again by the next question', async () => {
    let broken = true;
    const other = await open(SERVED, {
      fetch: (input) =>
        broken && /ncf/.test(String(input))
          ? Promise.reject(new TypeError('cut off'))
          : fileFetch(input),
    });
    await rejectsWith(other.ready('default'), 'network');
    broken = false;
    assert.equal((await other.related(1)).items.length, 10);
    await other.ready('default');
    other.close();
  });

  test('progress ends with its error: the other file of a model ends too', async () => {
    /** @type {import('#client/index.js').Progress[]} */
    const progress = [];
    /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
    let vectors;
    /** @type {AbortSignal | null | undefined} */
    let signal;
    /** @type {typeof globalThis.fetch} */
    const fetch = async (input, init) => {
      const name = nameOf(input);
      if (name.startsWith('ncf-residual')) {
        while (!progress.some(({ file }) => file.startsWith('ncf.')))
          await new Promise((resolve) => setTimeout(resolve, 5));
        return new Response('gone', { status: 404 });
      }
      if (!name.startsWith('ncf.')) return fileFetch(input);
      signal = init?.signal;
      const bytes = await readFile(join(FOLDER, name));
      return new Response(
        new ReadableStream({
          start(controller) {
            vectors = controller;
            controller.enqueue(new Uint8Array(bytes.subarray(0, 5000)));
          },
        }),
      );
    };
    const other = await open(SERVED, { fetch, onProgress: (each) => progress.push(each) });
    await rejectsWith(other.ready(), 'file_missing');
    const count = progress.length;
    assert.ok(signal?.aborted, 'their download is ended');
    try {
      vectors?.enqueue(new Uint8Array(5000));
    } catch {
      // Nobody reads it any more.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(progress.length, count);
    other.close();
  });

  test('two retries do not share state: what loads meanwhile does not go past the caches', async () => {
    /** @type {[string, RequestCache | undefined][]} */
    const asked = [];
    /** @type {() => void} */
    let letThrough = () => {};
    const gate = new Promise((resolve) => {
      letThrough = () => resolve(undefined);
    });
    const damaged = new Set(['ncf', 'synopsis']);
    /** @type {typeof globalThis.fetch} */
    const fetch = async (input, init) => {
      const name = IS_CHUNK.test(nameOf(input)) ? 'chunk' : nameOf(input).split('.')[0];
      asked.push([name, init?.cache]);
      const response = await fileFetch(input);
      if (init?.cache === 'reload' && name === 'ncf') await gate;
      if (init?.cache === 'reload' || !damaged.has(name)) return response;
      const bytes = new Uint8Array(await response.arrayBuffer());
      bytes[100] = Number(bytes[100]) ^ 1;
      return new Response(bytes);
    };
    const other = await open(SERVED, { load: 'related', fetch });
    const first = other.ready('default');
    while (!asked.some(([name, cache]) => name === 'ncf' && cache === 'reload'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    await other.ready('stories'); // fails and is retried, while the retry of the first is under way
    letThrough();
    await first;
    const modes = (/** @type {string} */ wanted) =>
      asked.filter(([name]) => name === wanted).map(([, cache]) => cache);
    assert.deepEqual(modes('ncf'), [undefined, 'reload']);
    assert.deepEqual(modes('synopsis'), [undefined, 'reload']);
    other.close();
  });

  test('by what is wanted: nothing yet, the default model, everything', async () => {
    /** @param {import('#client/index.js').Load} load */
    async function filesOf(load) {
      /** @type {string[]} */
      const asked = [];
      const other = await open(SERVED, {
        load,
        fetch: (input) => {
          if (!IS_CHUNK.test(nameOf(input))) asked.push(nameOf(input).split('.')[0]);
          return fileFetch(input);
        },
      });
      await other.ready();
      return { asked, other };
    }
    const related = await filesOf('related');
    assert.deepEqual(related.asked, ['manifest', 'catalogue'], 'Node asks the engine alone');
    assert.deepEqual(await related.other.related(1), await opened.related(1));
    related.other.close();
    const default_ = await filesOf('default');
    assert.deepEqual(default_.asked, ['manifest', 'catalogue', 'ncf', 'ncf-residual']);
    await default_.other.ready('stories');
    assert.deepEqual(default_.asked.slice(4), ['synopsis']);
    default_.other.close();
    const all = await filesOf('all');
    const everything = [
      'manifest',
      'catalogue',
      'ncf',
      'ncf-residual',
      'synopsis',
      'synopsis-text',
      'map',
    ];
    assert.deepEqual(all.asked, everything);
    await Promise.all([all.other.ready('words'), all.other.ready('map')]);
    assert.deepEqual(all.asked, everything);
    all.other.close();
  });

  test('a part that the release does not have', async () => {
    const small = await open(resolve('tests/fixtures/format-2'));
    await rejectsWith(small.ready('words'), 'no_text_encoder');
    await rejectsWith(small.ready('map'), 'no_map');
    small.close();
  });

  test('aborted before, and after', async () => {
    await assert.rejects(
      open(MANIFEST, { signal: AbortSignal.abort('no') }),
      (reason) => reason === 'no',
    );
    const life = new AbortController();
    const other = await open(MANIFEST, { signal: life.signal });
    life.abort('enough');
    await assert.rejects(other.item(1), (reason) => reason === 'enough');
  });

  test('closed', async () => {
    const other = await open(MANIFEST);
    const underWay = other.related(1, { model: 'synopsis' });
    other.close();
    other.close();
    await rejectsWith(underWay, 'closed');
    await rejectsWith(other.find('x'), 'closed');
  });
});

/** The name of the file at an address. @param {Parameters<typeof fetch>[0]} input */
const nameOf = (input) => String(input).replace(/.*\//, '');

/** @param {Parameters<typeof fetch>[0]} input */
async function fileFetch(input) {
  return new Response(await readFile(join(FOLDER, new URL(String(input)).pathname)));
}

/** Fails for the addresses that match. @param {RegExp} pattern @returns {typeof fetch} */
function failing(pattern) {
  return async (input) => {
    if (pattern.test(String(input))) throw new TypeError('cut off');
    return fileFetch(input);
  };
}
