// A release kept by the client: pages without a service worker, and a data server that stops, changes or breaks off.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { entryOf, framed, MAP } from './framed.mjs';
import { CLIENT, launch, serveFolder, watch } from './harness.mjs';
import { minisign, release, visitScript } from './kept.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let client;
before(async () => {
  [browser, client] = await Promise.all([launch(), serveFolder({ folder: CLIENT })]);
});
after(async () => {
  await browser?.close();
  await client?.close();
});

/** What the data server gives: a file's bytes, a status, or nothing at all (`undefined` cuts the connection). @type {Map<string, Buffer | number>} */
let files;
/** @type {{ url: string, asked: string[], close: () => Promise<unknown> }} */
let data;
/** @type {Awaited<ReturnType<typeof watch>>} */
let watched;
beforeEach(async () => {
  files = await release();
  const server = await serveFolder({
    isPage: false,
    cors: true,
    alter: (path, reply) => {
      const file = files.get(path.slice(1));
      return {
        ...reply,
        status: typeof file === 'number' ? file : file ? 200 : 404,
        body: file instanceof Buffer ? file : Buffer.from('no'),
      };
    },
  });
  data = server;
  watched = await watch(browser, `${client.url}worker.js`, { serviceWorkers: 'block' });
});
afterEach(async () => {
  await watched.context.close();
  await data.close();
});

/** Opens the release anew and asks both models. @param {import('#client/index.js').OpenOptions} [options] @returns {Promise<import('./kept.mjs').Visit>} */
const visit = (options) => watched.page.evaluate(visitScript(client.url, data.url, options));

/** Names of the caches and of the files in them. */
const kept = () =>
  watched.page.evaluate(async () => {
    /** @type {Record<string, string[]>} */
    const all = {};
    for (const name of await caches.keys())
      all[name.split(' ')[2]] = (await (await caches.open(name)).keys())
        .map(({ url }) => new URL(url).pathname.slice(1))
        .sort();
    return all;
  });

/** The server as good as gone: it answers nothing but 503. */
const down = () => {
  files = new Map([...files.keys()].map((name) => [name, 503]));
};

for (const worker of [true, false]) {
  test(`after one full load it answers with the server stopped (${worker ? 'in a worker' : 'on the page’s thread'})`, async () => {
    const first = await visit({ worker });
    assert.deepEqual(first.warnings, []);
    assert.equal(first.scores?.length, 4);
    assert.equal(Object.keys(await kept()).length, 1);
    const asked = data.asked.length;
    assert.deepEqual(await visit({ worker }), first, 'the same with the server there');
    assert.deepEqual(data.asked.slice(asked), ['/manifest.json'], 'no file is asked for twice');
    await data.close();
    const second = await visit({ worker });
    assert.deepEqual(second, { ...first, warnings: ['offline'] });
  });
}

test('a server that fails, or answers with a page, is no update either', async () => {
  const first = await visit();
  down();
  assert.deepEqual(await visit(), { ...first, warnings: ['offline'] });
  files.set('manifest.json', Buffer.from('<!doctype html><p>Welcome to our hotel'));
  assert.deepEqual(await visit(), { ...first, warnings: ['offline'] });
});

test('a new release takes the old one’s place, and is then what answers offline', async () => {
  const old = await visit();
  files = await release('new');
  const fresh = await visit();
  assert.notEqual(fresh.release, old.release);
  assert.notDeepEqual(fresh.scores, old.scores);
  assert.deepEqual(fresh.warnings, []);
  assert.deepEqual(Object.keys(await kept()), [fresh.release]);
  assert.deepEqual(Object.values(await kept())[0].length, 4);
  down();
  assert.deepEqual(await visit(), { ...fresh, warnings: ['offline'] });
});

test('a new release takes over the files that it has in common with the old one', async () => {
  await visit({ load: 'all' });
  const old = Object.values(await kept())[0];
  const manifest = JSON.parse(String(files.get('manifest.json')));
  manifest.release = [...manifest.release].reverse().join('');
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  const fresh = await visit({ load: 'default' });
  assert.deepEqual(await kept(), { [String(fresh.release)]: old }, 'the other model, too');
});

test('an update that breaks off leaves the old release whole; the next one goes on from there', async () => {
  const old = await visit();
  files = await release('new');
  const names = [...files.keys()];
  const synopsis = /** @type {string} */ (names.find((name) => name.startsWith('synopsis')));
  const bytes = /** @type {Buffer} */ (files.get(synopsis));
  files.set(synopsis, 503);
  assert.equal(
    (await visit()).code,
    'http_status',
    'the last model is missing, and nothing of the old release is put in its place',
  );
  assert.equal(Object.keys(await kept()).length, 2);
  const before = files;
  down();
  assert.deepEqual(await visit(), { ...old, warnings: ['offline'] });
  files = before.set(synopsis, bytes);
  const asked = data.asked.length;
  const fresh = await visit();
  assert.notEqual(fresh.release, old.release);
  assert.deepEqual(
    data.asked.slice(asked),
    ['/manifest.json', `/${synopsis}`],
    'what came last time is not fetched again',
  );
  assert.deepEqual(Object.keys(await kept()), [fresh.release]);
});

test('an update whose catalogue cannot be had: the old release answers', async () => {
  const old = await visit();
  files = await release('new');
  const manifest = JSON.parse(String(files.get('manifest.json')));
  const catalogue = manifest.files.find(
    (/** @type {{ kind: string }} */ { kind }) => kind === 'catalogue',
  );
  files.delete(catalogue.name);
  Object.assign(catalogue, {
    name: catalogue.name.replace(/[0-9a-f]{16}/, 'f'.repeat(16)),
    sha256: 'f'.repeat(64),
  }); // another file than the old one
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  assert.deepEqual(await visit(), { ...old, warnings: ['offline'] });
});

test('a file that was evicted is fetched again; offline only its model is missing', async () => {
  const first = await visit();
  const evict = () =>
    watched.page.evaluate(async () => {
      const cache = await caches.open((await caches.keys())[0]);
      for (const request of await cache.keys())
        if (request.url.includes('ncf')) await cache.delete(request);
    });
  await evict();
  down();
  const half = await visit();
  assert.equal(half.code, 'http_status');
  files = await release();
  assert.deepEqual(await visit(), first);
  down();
  assert.deepEqual(await visit(), { ...first, warnings: ['offline'] });
});

for (const damage of ['another file', 'one bit'])
  test(`a damaged file (${damage}) is not kept: it is fetched past every cache`, async () => {
    const first = await visit();
    await watched.page.evaluate(async (what) => {
      const cache = await caches.open((await caches.keys())[0]);
      for (const request of await cache.keys()) {
        if (!request.url.includes('ncf')) continue;
        const bytes = new Uint8Array(
          await /** @type {Response} */ (await cache.match(request)).arrayBuffer(),
        );
        bytes[bytes.length - 1] ^= 1;
        await cache.put(
          request,
          new Response(what === 'one bit' ? bytes : 'OSUSUME\0 but nothing else'),
        );
      }
    }, damage);
    const asked = data.asked.length;
    assert.deepEqual(await visit(), first);
    assert.deepEqual(
      data.asked
        .slice(asked)
        .map((path) => path.split('.')[0])
        .filter((name) => name !== '/manifest'),
      ['/ncf'],
    );
    down();
    assert.deepEqual(await visit(), { ...first, warnings: ['offline'] });
  });

test('cache: false neither keeps nor answers from what is kept', async () => {
  await visit({ cache: false });
  assert.deepEqual(await kept(), {});
  await visit();
  down();
  assert.equal((await visit({ cache: false })).code, 'http_status');
});

test('only the models asked for are needed for offline use', async () => {
  const first = await visit({ load: 'default' });
  assert.equal(first.scores?.length, 2);
  down();
  assert.deepEqual(await visit({ load: 'default' }), { ...first, warnings: ['offline'] });
});

test('no room: it works, and says so once', async () => {
  await watched.page.evaluate(() => {
    Cache.prototype.put = () =>
      Promise.reject(new DOMException('Quota exceeded.', 'QuotaExceededError'));
  });
  const full = await visit({ worker: false });
  assert.equal(full.scores?.length, 4);
  assert.deepEqual(full.warnings, ['cache_full']);
  assert.deepEqual(await kept(), {}, 'no half a release stays');
});

test('storage refused: it works, and says so', async () => {
  await watched.page.evaluate(() => {
    CacheStorage.prototype.keys = () =>
      Promise.reject(new DOMException('The operation is insecure.', 'SecurityError'));
  });
  const refused = await visit({ worker: false });
  assert.equal(refused.scores?.length, 4);
  assert.deepEqual(refused.warnings, ['cache_refused']);
});

test('a clock that is wrong, and then wrong the other way, keeps no old release alive', async () => {
  const at = (/** @type {number} */ time) =>
    watched.page.evaluate((now) => {
      Date.now = () => now;
    }, time);
  await at(Date.UTC(2099, 0));
  const old = await visit({ worker: false });
  files = await release('new');
  await at(Date.UTC(1971, 0));
  const fresh = await visit({ worker: false });
  assert.notEqual(fresh.release, old.release);
  assert.deepEqual(Object.keys(await kept()), [fresh.release]);
  down();
  assert.deepEqual(await visit({ worker: false }), { ...fresh, warnings: ['offline'] });
});

test('two tabs that update at once: one whole release is left, and it is the new one', async () => {
  const old = await visit();
  const other = await watched.context.newPage();
  await other.goto(`${client.url}worker.js`);
  files = await release('new');
  const first = watched.page;
  const one = visit();
  watched.page = other;
  const both = await Promise.all([one, visit(), visit({ worker: false })]);
  watched.page = first;
  assert.deepEqual(both[0], both[1]);
  assert.deepEqual(both[0], both[2]);
  assert.notEqual(both[0].release, old.release);
  assert.deepEqual(
    Object.entries(await kept()).map(([name, all]) => [name, all.length]),
    [[both[0].release, 4]],
  );
  down();
  assert.deepEqual(await visit(), { ...both[0], warnings: ['offline'] });
});

test('a release is kept with its map, is not whole without it, and forget() takes all of it away', async () => {
  const add = await withMap();
  const map = [...files.keys()].find((name) => name.startsWith('map.')) ?? '';
  assert.equal((await visit()).code, undefined);
  assert.ok(Object.values(await kept())[0].includes(map));
  await forget();
  assert.deepEqual(await kept(), {});
  files.set(map, 503);
  assert.equal((await visit()).code, 'http_status', 'ready() says that something is missing');
  assert.ok(
    !Object.values(await kept())
      .flat()
      .includes('manifest.json'),
  );
  files.set(map, add);
  assert.equal((await visit({ load: 'default' })).code, undefined);
  assert.ok(
    !Object.values(await kept())
      .flat()
      .includes(map),
    'nobody asked for it',
  );
});

/** Adds a map to the release: 12 items in a row, of one group. Returns its bytes. */
async function withMap() {
  const payload = Buffer.alloc(2 + 12 * 5);
  for (let row = 0; row < 12; row += 1) payload.writeUInt16LE(1000 * row, 2 + 2 * row);
  const bytes = framed(MAP, { items: 12, rows: 12, dims: 2, extent: 1 }, payload);
  const entry = entryOf('map', 'map', bytes);
  const manifest = JSON.parse(String(files.get('manifest.json')));
  manifest.files.push(entry);
  files.set(entry.name, bytes);
  files.set(
    'manifest.json',
    Buffer.from(JSON.stringify({ ...manifest, release: 'aaaaaaaaaaaaaaaa' })),
  );
  return bytes;
}

/** Takes what is kept away. */
const forget = () =>
  watched.page.evaluate(
    `import(${JSON.stringify(`${client.url}index.js`)}).then(({ forget }) => forget(${JSON.stringify(`${data.url}manifest.json`)}))`,
  );

test('two pages at once keep one whole release', async () => {
  const both = await Promise.all([visit(), visit({ worker: false })]);
  assert.deepEqual(both[0], both[1]);
  assert.equal(Object.values(await kept())[0].length, 4);
  down();
  assert.deepEqual((await visit()).warnings, ['offline']);
});

for (const worker of [true, false]) {
  test(`a signed release (${worker ? 'in a worker' : 'on the page’s thread'}): what the owner did not sign is not taken, an older one neither`, async () => {
    const owner = minisign();
    const { publicKey } = owner;
    const sign = (/** @type {number} */ seconds) => owner.sign(files, seconds);
    const options = { worker, publicKey };
    assert.equal((await visit(options)).code, 'signature_missing');
    minisign().sign(files, 1000);
    assert.equal((await visit(options)).code, 'signature_invalid', 'by another key');
    assert.deepEqual(await kept(), {}, 'nothing of it is kept');
    sign(1000);
    assert.equal((await visit({ ...options, notBefore: 1_000_001 })).code, 'release_older');
    const old = await visit({ ...options, notBefore: 1_000_000 });
    assert.deepEqual([old.scores?.length, old.warnings], [4, []]);

    files = await release('new');
    assert.deepEqual(
      await visit(options),
      { ...old, warnings: ['offline'] },
      'without a signature: the kept one answers',
    );
    sign(999);
    assert.deepEqual(
      await visit(options),
      { ...old, warnings: ['offline'] },
      'signed earlier than the kept one',
    );
    sign(1001);
    const fresh = await visit(options);
    assert.notEqual(fresh.release, old.release);
    assert.deepEqual([fresh.warnings, Object.keys(await kept())], [[], [fresh.release]]);
    down();
    assert.deepEqual(await visit(options), { ...fresh, warnings: ['offline'] });
    assert.equal(
      (await visit({ worker, publicKey: minisign().publicKey })).code,
      'http_status',
      'kept for one key, of no use for another',
    );
  });
}
