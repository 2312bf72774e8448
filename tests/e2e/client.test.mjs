// The client in a browser, without the page: worker and main thread, another origin, aborting, closing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CLIENT, EMBEDDINGS, launch, policy, serveFolder, watch } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let client;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let release;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let host;
before(async () => {
  const blank = {
    alter: () => ({
      status: 200,
      headers: {
        'Content-Type': 'text/html',
        'Content-Security-Policy': `${policy(`${client.origin} ${release.origin}`).replace("script-src 'self'", `script-src 'self' ${client.origin}`).replace("worker-src 'self'", "worker-src 'self' blob:")}`,
      },
      body: Buffer.from('<!doctype html><link rel="icon" href="/icon"><title>Host</title>'),
    }),
  };
  [browser, client, release] = await Promise.all([
    launch(),
    serveFolder({ folder: CLIENT, cors: true }),
    serveFolder({ folder: EMBEDDINGS, cors: true }),
  ]);
  host = await serveFolder(blank);
});
after(async () => {
  await browser?.close();
  await Promise.all([client, release, host].map((server) => server?.close()));
});

/**
 * Runs `script` in a page of `origin` with the client's `open` and the manifest's address.
 * @template T
 * @param {string} pageUrl
 * @param {(given: { open: typeof import('#client/index.js').open, manifest: string }) => Promise<T>} script
 * @returns {Promise<T>}
 */
async function inPage(pageUrl, script) {
  const { page, context } = await watch(browser, pageUrl);
  try {
    return await page.evaluate(
      `(async () => { const { open } = await import(${JSON.stringify(`${client.url}index.js`)}); return (${script})({ open, manifest: ${JSON.stringify(`${release.url}manifest.json`)} }); })()`,
    );
  } finally {
    await context.close();
  }
}

test('from its own origin it ranks in a worker, and without one on the page’s thread, with equal answers', async () => {
  const [answers, threads, backends] = await inPage(
    `${client.url}worker.js`,
    async ({ open, manifest }) => {
      const both = await Promise.all([
        open(manifest, { load: 'all' }),
        open(manifest, { load: 'all', worker: false }),
      ]);
      await Promise.all(both.map((each) => each.ready()));
      const found = await Promise.all(
        both.map((each) =>
          Promise.all([
            each.related(1),
            each.related(1, { model: 'synopsis', limit: 3 }),
            each.recommend({ liked: [5], limit: 2 }),
            each.find('naruto', 3),
            each.item(1),
            each.info(),
          ]),
        ),
      );
      return [
        found.map((each) => JSON.stringify(each)),
        both.map(({ thread }) => thread),
        both.map(({ backend }) => backend),
      ];
    },
  );
  assert.deepEqual(threads, ['worker', 'main']);
  assert.deepEqual(backends, ['wasm', 'wasm']);
  assert.ok(
    answers[0] === answers[1],
    `worker: ${answers[0].slice(0, 300)}, main thread: ${answers[1].slice(0, 300)}`,
  );
});

test('imported from another origin it starts its worker from a blob', async () => {
  const [thread, count] = await inPage(host.url, async ({ open, manifest }) => {
    const opened = await open(manifest);
    return [opened.thread, (await opened.related(1)).items.length];
  });
  assert.equal(thread, 'worker');
  assert.equal(count, 10);
});

test('aborting: the opening, a call, all of it; closing', async () => {
  const seen = await inPage(`${client.url}worker.js`, async ({ open, manifest }) => {
    /** @param {Promise<unknown>} promise */
    const reasonOf = (promise) =>
      promise.then(
        () => 'fulfilled',
        (error) => (error instanceof Error ? (Object(error).code ?? error.name) : error),
      );
    const results = [];
    for (const worker of [true, false]) {
      const opening = new AbortController();
      const half = open(manifest, { worker, signal: opening.signal });
      opening.abort('changed my mind');
      results.push(await reasonOf(half));

      const life = new AbortController();
      const opened = await open(manifest, { worker, signal: life.signal, load: 'related' });
      const one = new AbortController();
      const call = opened.related(1, { signal: one.signal });
      one.abort('not this one');
      results.push(
        await reasonOf(call),
        await reasonOf(opened.related(1, { limit: 1 })),
        await reasonOf(opened.item(0)),
        await reasonOf(opened.related(1, { limit: 0 })),
      );
      const waiting = opened.ready('stories');
      life.abort(new DOMException('page left', 'AbortError'));
      results.push(await reasonOf(waiting), await reasonOf(opened.item(1)));

      const other = await open(manifest, { worker });
      const late = other.related(1, { model: 'synopsis' });
      other.close();
      other.close();
      results.push(await reasonOf(late), await reasonOf(other.find('x')));
    }
    return results;
  });
  // A DOMException's `code` is an old number: 20 for AbortError.
  const each = [
    'changed my mind',
    'not this one',
    'fulfilled',
    'unknown_id',
    'limit_out_of_range',
    20,
    20,
    'closed',
    'closed',
  ];
  assert.deepEqual(seen, [...each, ...each]);
});

test('what cannot be sent to a worker is refused', async () => {
  const code = await inPage(`${client.url}worker.js`, async ({ open, manifest }) => {
    const opened = await open(manifest);
    return opened.recommend(/** @type {any} */ ({ liked: [1], limit: () => 10 })).then(
      () => 'fulfilled',
      (error) => error.code,
    );
  });
  assert.equal(code, 'request_invalid');
});

test('whoever opens the same release shares one worker and one download; the last to close ends it', async () => {
  const own = await launch();
  const { page } = await watch(own, `${client.url}worker.js`);
  const from = release.asked.length;
  /** @param {(given: { open: typeof import('#client/index.js').open, manifest: string, kept: any }) => Promise<any>} script */
  const step = (script) =>
    page.evaluate(`(async () => {
    const { open } = await import(${JSON.stringify(`${client.url}index.js`)});
    return (${script})({ open, manifest: ${JSON.stringify(`${release.url}manifest.json`)}, kept: (globalThis.kept ??= {}) });
  })()`);
  const files = () =>
    release.asked
      .slice(from)
      .filter((path) => !/\.\d+\.bin$/.test(path)) // the chunks of a long file follow its head
      .map((path) => path.slice(1).split('.')[0]);
  try {
    const ids = await step(async ({ open, manifest, kept }) => {
      const heard = [0, 0];
      const opening = heard.map((_, at) =>
        open(manifest, {
          onProgress: () => {
            heard[at] += 1;
          },
        }),
      );
      kept.handles = await Promise.all([...opening, open(manifest, { load: 'related' })]);
      await Promise.all(
        kept.handles.map((/** @type {import('#client/index.js').Osusume} */ each) => each.ready()),
      );
      const answers = await Promise.all(
        kept.handles.map((/** @type {import('#client/index.js').Osusume} */ each) =>
          each.related(1, { limit: 3 }),
        ),
      );
      return {
        ids: answers.map(({ items }) => items.map((/** @type {{ id: number }} */ { id }) => id)),
        heard,
      };
    });
    assert.deepEqual(ids.ids[0], ids.ids[1]);
    assert.deepEqual(ids.ids[0], ids.ids[2]);
    assert.ok(ids.heard[0] > 0 && ids.heard[0] === ids.heard[1], 'both hear of the one download');
    assert.equal(page.workers().length, 1);
    assert.deepEqual(
      files().sort(),
      ['catalogue', 'manifest', 'manifest', 'ncf', 'ncf-residual', 'related'],
      'the handle of the lists alone asks for the manifest itself',
    );
    const joined = await step(async ({ open, manifest, kept }) => {
      kept.handles[0].close();
      const all = await open(manifest, { load: 'all', worker: true });
      kept.handles.push(all);
      await all.ready('stories');
      const closed = await kept.handles[0]
        .item(1)
        .catch((/** @type {{ code: string }} */ { code }) => code);
      return [closed, (await kept.handles[1].item(1)).title, all.thread];
    });
    assert.deepEqual(joined, ['closed', 'Cowboy Bebop', 'worker']);
    assert.equal(page.workers().length, 1);
    assert.equal(files().filter((name) => name === 'synopsis').length, 1);
    assert.equal(files().filter((name) => name === 'manifest').length, 2);
    await step(async ({ kept }) => {
      for (const each of kept.handles) each.close();
    });
    await page.waitForTimeout(300);
    assert.equal(page.workers().length, 0);
    const again = await step(async ({ open, manifest }) => {
      const opened = await open(manifest);
      const seen = (await opened.item(1)).title;
      opened.close();
      return seen;
    });
    assert.equal(again, 'Cowboy Bebop');
  } finally {
    await own.close();
  }
});
