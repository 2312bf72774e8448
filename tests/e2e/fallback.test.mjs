// Browsers where WebAssembly cannot run: the same calls, answered by `osusume serve`, or an error that says what to do.
// OSUSUME_BIN names the command.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { open as openHere } from '#client/node.js';
import { CLIENT, EMBEDDINGS, launch, ROOT, serveFolder, watch } from './harness.mjs';

const COMMAND = process.env.OSUSUME_BIN ?? join(ROOT, 'target/release/osusume');

/** `/csp` is a page that may not run WebAssembly, `/` one that may. @param {string} path @param {import('./harness.mjs').Reply} reply */
const blank = (path, reply) => {
  const wasm = path.startsWith('/csp') ? '' : "'wasm-unsafe-eval'";
  const headers = {
    ...reply.headers,
    'Content-Security-Policy': `default-src 'none'; script-src 'self' ${wasm}; worker-src 'self' blob:; connect-src *; img-src data:`,
  };
  if (path !== '/csp' && path !== '/')
    return {
      ...reply,
      headers: { ...reply.headers, 'Content-Security-Policy': `script-src 'self'` },
    };
  return {
    status: 200,
    headers: { ...headers, 'Content-Type': 'text/html' },
    body: Buffer.from('<!doctype html><link rel="icon" href="data:,"><title>Host</title>'),
  };
};

/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let client;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let release;
/** @type {import('node:child_process').ChildProcess} */
let face;
/** Where the HTTP face listens. @type {string} */
let base;
before(async () => {
  assert.ok(
    existsSync(COMMAND),
    `${COMMAND} is missing: cargo build --release, or set OSUSUME_BIN`,
  );
  [client, release] = await Promise.all([
    serveFolder({ folder: CLIENT, alter: blank }),
    serveFolder({ folder: EMBEDDINGS, cors: true }),
  ]);
  face = spawn(
    COMMAND,
    ['serve', '--port', '0', '--release', EMBEDDINGS, '--quiet', '--deadline', '60'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  for await (const line of createInterface({
    input: /** @type {import('node:stream').Readable} */ (face.stdout),
  })) {
    base = line.trim().replace(/\/$/, '');
    break;
  }
});
after(async () => {
  face?.kill();
  await Promise.all([client, release].map((server) => server?.close()));
});

/** Asks everything there is to ask. @param {import('#client/index.js').Osusume} opened */
async function askAll(opened) {
  /** @param {Promise<any>} promise */
  const codeOf = (promise) =>
    promise.then(
      () => 'answered',
      (error) => `${error.name} ${error.code} ${error.class}`,
    );
  await opened.ready();
  const item = await opened.item(1);
  const { release, items, defaultModel, models, fields } = await opened.info();
  return {
    answers: [
      await opened.related(1),
      await opened.related(1, { limit: 3, model: 'synopsis' }),
      await opened.related(23775, { limit: 2, model: 'synopsis' }),
      await opened.recommend({ liked: [5], limit: 4, model: 'ncf' }),
      await opened.recommend({ limit: 3 }),
      await opened.recommend({
        liked: [
          { id: 1, weight: 2 },
          { id: 5, weight: 1 },
        ],
        disliked: [20],
        model: { ncf: 0.6, synopsis: 0.4 },
        limit: 5,
        niche: 0.7,
        diversity: 0.3,
        explain: true,
        filter: {
          type: { any: ['TV'] },
          year: { min: 1990, max: 2012 },
          genres: { none: ['Horror'] },
          members: { min: 1000 },
        },
        only: [205, 6, 269, 0],
        exclude: [6],
        collapse: true,
        fields: ['year', 'japanese'],
      }),
      await opened.items([5, 0, 1, 1.5, 'no such key']),
      await opened.related(1, {
        limit: 3,
        model: { ncf: 1, synopsis: 1 },
        filter: { genres: { any: ['Drama'] } },
        explain: true,
      }),
      await opened.find('cowboy', 3),
      item,
      { release, items, defaultModel, models: models.map(({ name }) => name), fields },
    ],
    codes: await Promise.all(
      [
        opened.related(0),
        opened.item(0),
        opened.item('no such key'),
        opened.related(1, { limit: 0 }),
        opened.related(1, { model: 'none' }),
        opened.related(1, { fields: ['none'] }),
        opened.related(1, { filter: { none: { any: ['x'] } } }),
        opened.related(1, { filter: { genres: { min: 1 } } }),
        opened.recommend({
          liked: Array.from({ length: 300 }, (_, at) => at),
          limit: 1000,
          explain: true,
        }),
        opened.ready(/** @type {any} */ ('none')),
        opened.recommend(/** @type {any} */ ({ likes: [1] })),
        opened.recommend(/** @type {any} */ ({ liked: [{}] })),
        opened.recommend(/** @type {any} */ (new Map([['liked', [1]]]))),
        opened.related(/** @type {any} */ (1n)),
        opened.recommend(/** @type {any} */ ({ liked: [1n] })),
        opened.recommend(/** @type {any} */ ({ liked: [1], limit: '10' })),
        opened.find(/** @type {any} */ (7)),
        opened.related(1, {
          signal: AbortSignal.abort(Object.assign(new Error('left'), { code: 'left' })),
        }),
      ].map(codeOf),
    ),
  };
}

/** @param {import('playwright-core').Browser} browser @param {string} path @param {import('#client/index.js').OpenOptions} options */
async function visit(browser, path, options) {
  const { page, context } = await watch(browser, `${client.origin}${path}`);
  try {
    return await page.evaluate(`(async () => {
      const { open, OsusumeError } = await import('/index.js');
      const warnings = [];
      try {
        const opened = await open(${JSON.stringify(`${release.url}manifest.json`)}, { ...${JSON.stringify(options)}, onWarning: ({ code }) => warnings.push(code) });
        return { backend: opened.backend, thread: opened.thread, warnings, ...await (${askAll})(opened) };
      } catch (error) {
        return { ours: error instanceof OsusumeError, code: error.code, message: error.message, missing: error.missing, csp: error.csp, warnings };
      }
    })()`);
  } finally {
    await context.close();
  }
}

/** @type {{ name: string, args: string[], path: string, options: import('#client/index.js').OpenOptions, refused: { code: string, missing?: string, csp?: string, message: RegExp } }[]} */
const CASES = [
  {
    name: 'an engine without WebAssembly',
    args: ['--js-flags=--jitless'],
    path: '/',
    options: {},
    refused: { code: 'wasm_unsupported', missing: 'WebAssembly', message: /no WebAssembly/ },
  },
  {
    name: 'a policy against it, on the page’s thread',
    args: [],
    path: '/csp',
    options: { worker: false },
    refused: {
      code: 'wasm_blocked',
      csp: "script-src 'wasm-unsafe-eval'",
      message: /Add 'wasm-unsafe-eval' to its script-src/,
    },
  },
  {
    name: 'a policy against it, in the worker too',
    args: [],
    path: '/csp',
    options: {},
    refused: {
      code: 'wasm_blocked',
      csp: "script-src 'wasm-unsafe-eval'",
      message: /Add 'wasm-unsafe-eval' to its script-src/,
    },
  },
  {
    name: 'a module that was not uploaded',
    args: [],
    path: '/',
    options: { wasm: '/nowhere.wasm' },
    refused: { code: 'wasm_missing', message: /Upload the whole client folder/ },
  },
];

for (const { name, args, path, options, refused } of CASES) {
  describe(name, () => {
    /** @type {import('playwright-core').Browser} */
    let browser;
    before(async () => {
      browser = await launch(args);
    });
    after(() => browser?.close());

    test('the server answers, in the same words', async () => {
      const here = await openHere(join(EMBEDDINGS, 'manifest.json'), { load: 'all' });
      const expected = await askAll(here);
      here.close();
      assert.equal(expected.codes.filter((code) => code === 'answered').length, 0);
      const { backend, thread, warnings, ...seen } = await visit(browser, path, {
        ...options,
        fallback: base,
      });
      assert.deepEqual([backend, thread, warnings], ['http', 'server', ['http_fallback']]);
      assert.deepEqual(seen, expected);
    });

    test('without a fallback it is said what is missing', async () => {
      const { message, ours, warnings, ...seen } = await visit(browser, path, options);
      assert.ok(ours);
      assert.match(message, refused.message);
      assert.deepEqual(
        JSON.parse(JSON.stringify(seen)),
        JSON.parse(JSON.stringify({ ...refused, message: undefined })),
      );
    });

    test('a fallback that is not there is named', async () => {
      const seen = await visit(browser, path, { ...options, fallback: 'http://127.0.0.1:9' });
      assert.equal(seen.code, 'network');
      assert.match(seen.message, /127\.0\.0\.1:9\/v1\/health/);
    });
  });
}

test('where WebAssembly runs the fallback is not asked; a release that fails is no reason to ask it', async () => {
  const browser = await launch();
  try {
    const here = { worker: false }; // the worker's script comes with a policy of its own
    const seen = await visit(browser, '/', { ...here, fallback: 'http://127.0.0.1:9' });
    assert.deepEqual([seen.backend, seen.warnings], ['wasm', []]);
    await release.close();
    const { code } = await visit(browser, '/', { ...here, fallback: base, cache: false });
    assert.equal(code, 'network');
  } finally {
    await browser.close();
  }
});
