// Where the ranking runs: in a worker, on the page's thread where a policy forbids one, in turn, and leaving nothing behind.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { CLIENT, EMBEDDINGS, launch, serveFolder, tasksOf, watch } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let client;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let release;
before(async () => {
  [browser, client, release] = await Promise.all([
    launch(),
    serveFolder({ folder: CLIENT, cors: true }),
    serveFolder({ folder: EMBEDDINGS, cors: true }),
  ]);
});
after(async () => {
  await browser?.close();
  await Promise.all([client, release].map((server) => server?.close()));
});

/** Serves an empty page under a policy, and the client beside it unless it is to come from elsewhere. @param {string} csp */
const host = (csp) =>
  serveFolder({
    folder: CLIENT,
    alter: (path, reply) => {
      const headers = { ...reply.headers, 'Content-Security-Policy': csp };
      return path === '/'
        ? {
            status: 200,
            headers: { ...headers, 'Content-Type': 'text/html' },
            body: Buffer.from('<!doctype html><link rel="icon" href="/icon"><title>Host</title>'),
          }
        : { ...reply, headers };
    },
  });

/**
 * Runs `script` in a page with `open`, the manifest's address and the warnings so far.
 * @template T @param {string} pageUrl @param {string} clientUrl
 * @param {(given: { open: typeof import('#client/index.js').open, manifest: string, warnings: string[], onWarning: (warning: { code: string }) => void }) => Promise<T>} script
 * @param {{ tasks_ms: number[] }} [measured] filled with what each task of the page's thread took of the processor, the longest first:
 *   not of the clock, since other programs run on this machine
 * @returns {Promise<T>}
 */
async function inPage(pageUrl, clientUrl, script, measured) {
  const own = measured ? await launch() : browser;
  const { page, context } = await watch(own, pageUrl);
  if (measured)
    await own.startTracing(page, { categories: ['toplevel', '__metadata', 'blink.user_timing'] });
  try {
    return await page.evaluate(`(async () => {
      performance.mark('own page');
      const { open } = await import(${JSON.stringify(`${clientUrl}index.js`)});
      const warnings = [];
      return (${script})({ open, manifest: ${JSON.stringify(`${release.url}manifest.json`)}, warnings, onWarning: ({ code }) => warnings.push(code) });
    })()`);
  } finally {
    if (measured) {
      /** @type {import('./harness.mjs').TraceEvent[]} */
      const events = JSON.parse((await own.stopTracing()).toString()).traceEvents;
      const tasks = tasksOf(
        events,
        /^CrRendererMain$/,
        events.find(({ name }) => name === 'own page'),
      );
      measured.tasks_ms = tasks
        .map(({ tdur = 0 }) => Math.round(tdur / 100) / 10)
        .sort((a, b) => b - a);
      await own.close();
    } else await context.close();
  }
}

test('under the strict policy of the README it runs in a worker', async () => {
  const server = await host(
    `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' ${release.origin}`,
  );
  const seen = await inPage(
    server.url,
    server.url,
    async ({ open, manifest, onWarning, warnings }) => {
      const opened = await open(manifest, { onWarning });
      return [opened.thread, (await opened.related(1)).items.length, warnings];
    },
  );
  await server.close();
  assert.deepEqual(seen, ['worker', 10, []]);
});

test('a worker and a module from where the page says', async () => {
  const seen = await inPage(
    `${client.url}worker.js`,
    client.url,
    async ({ open, manifest, onWarning, warnings }) => {
      const opened = await open(manifest, {
        onWarning,
        wasm: 'wasm/osusume_bg.wasm?here',
        worker: () => new Worker('worker.js?mine', { type: 'module', name: 'mine' }),
      });
      const { items } = await opened.related(1);
      const broken = await open(manifest, { wasm: 'nowhere.wasm' }).catch((error) => error.code);
      return [opened.thread, items.length, warnings, broken];
    },
  );
  assert.deepEqual(seen, ['worker', 10, [], 'wasm_missing']);
});

for (const origin of ['its own', 'another']) {
  test(`a policy without workers, the client from ${origin} origin: the page’s thread does it, in slices, and it is said`, async () => {
    const server = await host(
      `default-src 'none'; script-src 'self' ${client.origin} 'wasm-unsafe-eval'; worker-src 'none'; connect-src 'self' ${client.origin} ${release.origin}`,
    );
    const look = (/** @type {{ tasks_ms: number[] }} */ measured) =>
      inPage(
        server.url,
        origin === 'another' ? client.url : server.url,
        async ({ open, manifest, onWarning, warnings }) => {
          let threads = '';
          for (let round = 0; round < 4; round++) {
            const opened = await open(manifest, { load: 'all', onWarning });
            threads += opened.thread;
            await opened.ready();
            await Promise.all(
              Array.from({ length: 50 }, () => opened.related(1, { model: 'synopsis' })),
            );
            opened.close();
          }
          return { threads, warnings: [...new Set(warnings)] };
        },
        measured,
      );
    // Once more where a task was too long: what is ours is so each time, the browser's own collecting of garbage is not.
    for (const isLast of [false, true]) {
      const measured = { tasks_ms: /** @type {number[]} */ ([]) };
      const seen = await look(measured);
      assert.equal(seen.threads, 'main'.repeat(4));
      assert.deepEqual(seen.warnings, ['worker_blocked']);
      assert.ok(measured.tasks_ms.length > 100, 'tasks were seen');
      if (measured.tasks_ms[0] <= 50) break;
      assert.ok(!isLast, `no task over 50 ms: ${measured.tasks_ms.slice(0, 8)}`);
    }
    await server.close();
  });
}

for (const worker of [true, false]) {
  test(`many calls at once: answered in the order of asking, each can be aborted (worker: ${worker})`, async () => {
    const seen = await inPage(
      `${client.url}worker.js${worker ? '' : '#main'}`,
      client.url,
      async ({ open, manifest }) => {
        const opened = await open(manifest, { worker: location.hash !== '#main' });
        /** @type {number[]} */
        const order = [];
        /** @type {unknown[]} */
        const aborted = [];
        const controllers = Array.from({ length: 400 }, () => new AbortController());
        const calls = controllers.map(({ signal }, at) =>
          (at % 3
            ? opened.recommend({ liked: [at % 3 === 1 ? 1 : 5] }, { signal })
            : opened.find(`n${at}`, 5, { signal })
          ).then(
            () => order.push(at),
            (reason) => aborted.push([at, reason]),
          ),
        );
        for (const [at, each] of controllers.entries()) if (at % 4 === 3) each.abort(`no ${at}`);
        await Promise.all(calls);
        opened.close();
        return { order, aborted, thread: opened.thread };
      },
    );
    assert.equal(seen.thread, worker ? 'worker' : 'main');
    const all = Array.from({ length: 400 }, (_, at) => at);
    // The first of all waits for its model, and the searches do not.
    assert.deepEqual(
      seen.order.filter((at) => at % 3 === 0),
      all.filter((at) => at % 4 !== 3 && at % 3 === 0),
    );
    assert.deepEqual(
      seen.order.filter((at) => at % 3),
      all.filter((at) => at % 4 !== 3 && at % 3),
    );
    assert.deepEqual(
      seen.aborted,
      all.filter((at) => at % 4 === 3).map((at) => [at, `no ${at}`]),
    );
  });

  test(`200 times opened and closed, memory does not grow (worker: ${worker})`, async () => {
    const own = await launch(); // a browser of its own, whose one renderer is measured
    try {
      const { page, context } = await watch(own, `${client.url}worker.js`);
      page.setDefaultTimeout(120_000);
      const devtools = await context.newCDPSession(page);
      const system = await own.newBrowserCDPSession();
      const cycles = (/** @type {number} */ count) =>
        page.evaluate(`(async () => {
        const { open } = await import(${JSON.stringify(`${client.url}index.js`)});
        const signal = (globalThis.shared ??= new AbortController()).signal;
        for (let at = 0; at < ${count}; at++) {
          const opened = await open(${JSON.stringify(`${release.url}manifest.json`)}, { worker: ${worker}, signal });
          if ((await opened.related(1)).items.length !== 10) throw new Error('no answer');
          opened.close();
        }
      })()`);
      const measure = async () => {
        await new Promise((resolve) => setTimeout(resolve, 500)); // a worker ends in its own time
        await devtools.send('HeapProfiler.collectGarbage');
        const { processInfo } = await system.send('SystemInfo.getProcessInfo');
        const resident = processInfo
          .filter(({ type }) => type === 'renderer')
          .map(({ id }) =>
            Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]),
          );
        const { usedSize } = await devtools.send('Runtime.getHeapUsage');
        return {
          resident_kib: resident.reduce((sum, each) => sum + each, 0),
          heap_kib: Math.round(usedSize / 1024),
          workers: page.workers().length,
        };
      };
      await cycles(100);
      const half = await measure();
      await cycles(100);
      const whole = await measure();
      console.log(
        `# worker: ${worker}, after 100 cycles ${JSON.stringify(half)}, after 200 ${JSON.stringify(whole)}`,
      );
      assert.equal(whole.workers, 0);
      assert.ok(whole.heap_kib - half.heap_kib < 256, 'the page’s heap');
      // One kept release of 100 would be 1.5 MB each: 150 MB.
      assert.ok(whole.resident_kib - half.resident_kib < 12 * 1024, 'the process');
    } finally {
      await own.close();
    }
  });
}
