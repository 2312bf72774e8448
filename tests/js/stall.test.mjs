// What never arrives: the worker's script, the module, its JavaScript. Each is an error in time, and a test waits for
// milliseconds in place of seconds.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { compileBytes, fetchModule } from '#client/compile.js';
import { loadRecommender } from '#client/module.js';
import { ATTEMPTS, pauseMs } from '#client/retry.js';
import { STALL_MS } from '#client/stall.js';
import { startWorker } from '#client/start-worker.js';

const MODULE = new URL('https://host.invalid/wasm/osusume_bg.wasm');
const LIMIT_MS = 40;
const real = { fetch: globalThis.fetch, random: Math.random };
beforeEach(() => {
  Math.random = () => 0; // no pauses
});
afterEach(() => {
  globalThis.fetch = real.fetch;
  Math.random = real.random;
});
const never = () => new Promise(() => {});

test('the limits add up to what the README says: 65 seconds', () => {
  Math.random = () => 1;
  const pauses = Array.from({ length: ATTEMPTS - 1 }, (_, at) => pauseMs(at + 1)).reduce(
    (sum, each) => sum + each,
    0,
  );
  // No worker starts, and then nothing of the module arrives either.
  assert.ok(STALL_MS + ATTEMPTS * STALL_MS + pauses <= 65_000);
});

describe('a worker', () => {
  /** @param {string} type the event that it sends, if any */
  function fakeWorker(type) {
    let isEnded = false;
    return {
      isEnded: () => isEnded,
      worker: {
        postMessage() {},
        terminate: () => {
          isEnded = true;
        },
        addEventListener(
          /** @type {string} */ wanted,
          /** @type {(event: any) => void} */ listener,
        ) {
          if (wanted === type)
            setTimeout(listener, 1, { data: {}, message: 'refused', preventDefault() {} });
        },
      },
    };
  }

  for (const [what, type, reason] of [
    ['whose script never arrives', 'none', /did not arrive in time/],
    ['whose script fails', 'error', /refused/],
  ]) {
    test(`${what}: a warning, and the page’s thread ranks`, async () => {
      const { worker, isEnded } = fakeWorker(String(type));
      /** @type {import('#client/index.js').ClientWarning[]} */
      const warnings = [];
      const { signal } = new AbortController();
      const started = await startWorker(
        () => worker,
        signal,
        (warning) => warnings.push(warning),
        LIMIT_MS,
      );
      assert.equal(started, undefined);
      assert.deepEqual(
        warnings.map(({ code }) => code),
        ['worker_blocked'],
      );
      assert.match(warnings[0].message, /** @type {RegExp} */ (reason));
      assert.ok(isEnded());
    });
  }

  test('that starts is given, whatever it took', async () => {
    const { worker, isEnded } = fakeWorker('message');
    const { signal } = new AbortController();
    const started = await startWorker(
      () => worker,
      signal,
      () => assert.fail('no warning'),
      60_000,
    );
    assert.equal(started, worker);
    assert.ok(!isEnded());
  });

  test('that the caller no longer wants is ended', async () => {
    const { worker, isEnded } = fakeWorker('none');
    const life = new AbortController();
    const starting = startWorker(
      () => worker,
      life.signal,
      () => assert.fail('no warning'),
      60_000,
    );
    life.abort('enough');
    await assert.rejects(starting, (reason) => reason === 'enough');
    assert.ok(isEnded());
  });
});

describe('a module', () => {
  /** Answers each request with so much of the module and then with nothing. @param {number} bytes @param {string} type @param {number} [times] how often, before it is whole */
  async function stalling(bytes, type, times = Infinity) {
    const module = new Uint8Array(await readFile('www/client/wasm/osusume_bg.wasm'));
    let asked = 0;
    globalThis.fetch = async () => {
      const isWhole = ++asked > times;
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(isWhole ? module : module.subarray(0, bytes));
          if (isWhole) controller.close();
        },
      });
      return new Response(body, { headers: { 'Content-Type': type } });
    };
    return () => asked;
  }

  test('that never answers is an error after three attempts', async () => {
    let asked = 0;
    globalThis.fetch = async () => {
      asked += 1;
      return never();
    };
    await assert.rejects(fetchModule(MODULE, LIMIT_MS), {
      code: 'network',
      class: 'notReady',
      message: /nothing came for/,
    });
    assert.equal(asked, ATTEMPTS);
  });

  for (const type of ['application/wasm', 'text/plain']) {
    test(`that stalls half way is an error after three attempts (${type})`, async () => {
      const asked = await stalling(5000, type);
      await assert.rejects(fetchModule(MODULE, LIMIT_MS), { code: 'network', url: MODULE.href });
      assert.equal(asked(), ATTEMPTS);
    });

    test(`that stalls once is had by the next attempt (${type})`, async () => {
      const asked = await stalling(5000, type, 1);
      assert.ok((await fetchModule(MODULE, 500)) instanceof WebAssembly.Module);
      assert.equal(asked(), 2);
    });
  }

  test('whose JavaScript never arrives is an error, and the next load tries again', async () => {
    const compile = async (/** @type {URL} */ url) =>
      compileBytes(new Uint8Array(await readFile(url)), url);
    const load = (/** @type {Parameters<typeof loadRecommender>[0]} */ glue) =>
      loadRecommender(glue, compile, undefined, LIMIT_MS);
    await assert.rejects(load(/** @type {any} */ (never)), {
      code: 'network',
      message: /osusume\.js.*nothing came/,
    });
    assert.ok(await loadRecommender(() => import('#client/wasm/osusume.js'), compile));
  });
});
