// What goes wrong on real hosts, and that the page says what to do about it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import {
  EMBEDDINGS,
  LISTS,
  launch,
  policy,
  readList,
  SITE,
  serveFolder,
  settled,
  watch,
} from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const HTML = { 'Content-Type': 'text/html; charset=utf-8' };
const page404 = {
  status: 200,
  headers: HTML,
  body: Buffer.from('<!doctype html><title>Welcome</title><p>This host answers everything.</p>'),
};

/**
 * Opens Cowboy Bebop on a server with altered replies.
 * @param {Parameters<typeof serveFolder>[0] & { hash?: string }} options `hash` in place of Cowboy Bebop's
 * @param {(page: import('playwright-core').Page, watched: Awaited<ReturnType<typeof watch>> & { server: Awaited<ReturnType<typeof serveFolder>> }) => Promise<void>} visit
 */
async function broken({ hash = '#id=1', ...options }, visit) {
  const server = await serveFolder(options);
  const watched = await watch(browser, server.url + hash);
  try {
    await visit(watched.page, { ...watched, server });
    assert.deepEqual(
      watched.said.filter((line) => line.startsWith('uncaught')),
      [],
      'every error is handled',
    );
  } finally {
    await watched.context.close();
    await server.close();
  }
}

/** A list by both models. */
const BLEND = '#id=1,6&mix=50';

/** Waits for a message with one of `codes` and returns its text. @param {import('playwright-core').Page} page @param {string} where @param {string[]} codes */
async function told(page, where, codes) {
  const box = page.locator(where).locator('.problem-box');
  await box.waitFor();
  assert.ok(
    codes.includes((await box.getAttribute('data-code')) ?? ''),
    `one of ${codes}: ${await box.innerText()}`,
  );
  return box.innerText();
}

/** @param {string} name @param {(reply: import('./harness.mjs').Reply) => import('./harness.mjs').Reply} change */
const changing = (name, change) => ({
  alter: (/** @type {string} */ path, /** @type {import('./harness.mjs').Reply} */ reply) =>
    path.includes(name) ? change(reply) : undefined,
});

/** What may happen to a file, and the codes for it. @type {[string, (reply: import('./harness.mjs').Reply) => import('./harness.mjs').Reply, string[]][]} */
const damages = [
  [
    'is cut short',
    (reply) => ({ ...reply, body: reply.body.subarray(0, reply.body.length - 1000) }),
    ['blob_truncated'],
  ],
  ['has one bit flipped', (reply) => ({ ...reply, body: flip(reply.body) }), ['integrity']],
  ['is a web page', () => page404, ['blob_magic']],
  [
    'is not there',
    () => ({ status: 404, headers: HTML, body: Buffer.from('no') }),
    ['file_missing'],
  ],
  [
    'the server fails to read',
    () => ({ status: 500, headers: HTML, body: Buffer.from('no') }),
    ['http_status'],
  ],
];

describe('a story blob that', () => {
  for (const [what, change, codes] of damages) {
    test(`${what}: the list by both says so`, () =>
      broken({ ...changing('embeddings/synopsis', change), hash: BLEND }, async (page) => {
        await told(page, '#ranked-note', codes);
        assert.equal(await page.locator('#problem').innerText(), '');
        await page.locator('#mix').press('Home');
        await settled(page);
      }));
  }

  test('fails once is fetched again by the button', () => {
    let failing = true;
    return broken(
      {
        hash: BLEND,
        alter: (path) =>
          path.includes('embeddings/synopsis') && failing
            ? { status: 503, headers: HTML, body: Buffer.from('') }
            : undefined,
      },
      async (page) => {
        await told(page, '#ranked-note', ['http_status']);
        failing = false;
        await page.getByRole('button', { name: 'Try again' }).click();
        await settled(page);
      },
    );
  });

  test('lies damaged in the cache is asked for past the cache', () => {
    let first = true;
    return broken(
      changing('embeddings/ncf.', (reply) => {
        if (!first) return reply;
        first = false;
        return { ...reply, body: flip(reply.body) };
      }),
      async (page, { server }) => {
        await page.locator('#badge[data-state=ready]').waitFor();
        const asked = server.asked.filter((path) => /embeddings\/ncf\.[0-9a-f]+\.bin$/.test(path));
        assert.equal(asked.length, 2, 'its head, and the chunks once');
        assert.equal(
          new Set(server.asked.filter((path) => path.includes('embeddings/ncf.'))).size,
          4,
        );
      },
    );
  });
});

describe("the viewers' residual that", () => {
  for (const [what, change, codes] of damages) {
    test(`${what}: the list says so; those of one show do not need it`, () =>
      broken({ ...changing('embeddings/ncf-residual', change), hash: '#id=1,6' }, async (page) => {
        await told(page, '#ranked-note', codes);
        await page.goto(page.url().replace('#id=1,6', '#id=1'));
        for (const model of LISTS) await readList(page, model);
      }));
  }
});

describe('the release', () => {
  test('has no manifest', () =>
    broken(
      changing('manifest.json', () => ({ status: 404, headers: HTML, body: Buffer.from('') })),
      async (page) => {
        assert.match(await told(page, '#problem', ['file_missing']), /osusume-manifest/);
      },
    ));

  test('has a web page for a manifest', () =>
    broken(
      changing('manifest.json', () => page404),
      async (page) => {
        await told(page, '#problem', ['manifest_invalid']);
      },
    ));

  test('has a damaged catalogue', () =>
    broken(
      changing('embeddings/catalogue', (reply) => ({ ...reply, body: flip(reply.body) })),
      async (page) => {
        await told(page, '#problem', ['integrity']);
      },
    ));

  test('lies on another origin, with CORS and immutable names', () =>
    elsewhere({ cors: true }, async (page, { said, asked }) => {
      for (const model of LISTS) await readList(page, model);
      await page.locator('#badge[data-state=ready]').waitFor();
      await page.reload();
      for (const model of LISTS) await readList(page, model);
      await page.locator('#badge[data-state=ready]').waitFor();
      assert.deepEqual(said, []);
      for (const name of ['catalogue.', 'ncf.', 'ncf-residual.']) {
        assert.equal(
          asked.filter((path) => path.includes(name) && !/\.\d+\.bin$/.test(path)).length,
          1,
          `${name} the second visit takes it from the cache`,
        );
      }
    }));

  test('lies on another origin, without CORS', () =>
    elsewhere({ cors: false }, async (page) => {
      assert.match(await told(page, '#problem', ['network']), /Access-Control-Allow-Origin/);
    }));

  /** Serves page and release from two ports. @param {{ cors: boolean }} options @param {(page: import('playwright-core').Page, seen: { said: string[], asked: string[] }) => Promise<void>} visit */
  async function elsewhere({ cors }, visit) {
    const files = await serveFolder({ folder: EMBEDDINGS, cors });
    try {
      await broken(
        {
          csp: policy(files.origin),
          alter: (path, reply) =>
            path === '/'
              ? {
                  ...reply,
                  body: Buffer.from(
                    reply.body
                      .toString()
                      .replace(
                        'content="embeddings/manifest.json"',
                        `content="${files.url}manifest.json"`,
                      )
                      .replace("connect-src 'self'", `connect-src 'self' ${files.origin}`),
                  ),
                }
              : undefined,
        },
        (page, { said }) => visit(page, { said, asked: files.asked }),
      );
    } finally {
      await files.close();
    }
  }

  const opened = async (
    /** @type {import('playwright-core').Page} */ page,
    /** @type {{ newRelease: string }} */ { newRelease },
  ) => {
    await page.locator('#about', { hasText: newRelease }).waitFor();
  };

  test('is swapped between manifest and catalogue: the new one is opened, nothing is mixed', () =>
    swapped(
      'embeddings/catalogue',
      async (page, names) => {
        await settled(page);
        await opened(page, names);
      },
      '',
    ));

  test('is swapped between the lists of a show and the catalogue: the lists stay, the new one is opened', () =>
    swapped('embeddings/catalogue', async (page, names) => {
      for (const model of LISTS) await readList(page, model);
      await opened(page, names);
    }));

  test('is swapped between catalogue and vectors: the reader is asked to reload, and that works', () =>
    swapped(
      'embeddings/ncf.',
      async (page) => {
        assert.match(await told(page, '#ranked-note', ['release_changed']), /Reload/);
        await page.locator('#ranked-note').getByRole('button', { name: 'Reload' }).click();
        await settled(page);
      },
      '#id=1,6',
    ));

  /**
   * Takes the old release away the moment a file whose name has `trigger` is asked for.
   * @param {string} trigger @param {(page: import('playwright-core').Page, names: { newRelease: string }) => Promise<void>} visit
   * @param {string} [hash]
   */
  async function swapped(trigger, visit, hash) {
    const manifest = JSON.parse(await readFile(`${EMBEDDINGS}/manifest.json`, 'utf8'));
    const newRelease = [...manifest.release].reverse().join('');
    // The same bytes under other names: what counts is that the old names are gone.
    const newManifest = JSON.stringify(manifest)
      .replaceAll(/"([a-z-]+)(\.[0-9a-f]{16})/g, '"$1-next$2')
      .replaceAll(manifest.release, newRelease);
    let isNew = false;
    await broken(
      {
        hash,
        alter: async (path, reply) => {
          if (path.includes(trigger) && !path.includes('-next')) isNew = true;
          if (!isNew || !path.includes('/embeddings/')) return undefined;
          if (path.endsWith('manifest.json')) return { ...reply, body: Buffer.from(newManifest) };
          if (!path.includes('-next'))
            return { status: 404, headers: HTML, body: Buffer.from('gone') };
          return {
            status: 200,
            headers: { 'Content-Type': 'application/octet-stream' },
            body: await readFile(SITE + path.replace('-next', '')),
          };
        },
      },
      (page) => visit(page, { newRelease }),
    );
  }
});

describe('the engine', () => {
  test('comes with the wrong MIME type: it works, silently', () =>
    broken(
      changing('.wasm', (reply) => ({
        ...reply,
        headers: { 'Content-Type': 'application/octet-stream' },
      })),
      async (page, { said }) => {
        await readList(page, 'ncf');
        assert.deepEqual(said, []);
      },
    ));

  test('is not there', () =>
    broken(
      changing('.wasm', () => ({ status: 404, headers: HTML, body: Buffer.from('') })),
      async (page) => {
        assert.match(await told(page, '#problem', ['wasm_missing']), /upload/);
      },
    ));

  test('is a web page', () =>
    broken(
      changing('.wasm', () => page404),
      async (page) => {
        await told(page, '#problem', ['wasm_invalid']);
      },
    ));

  test('is cut short', () =>
    broken(
      changing('.wasm', (reply) => ({
        ...reply,
        body: reply.body.subarray(0, reply.body.length - 3),
      })),
      async (page) => {
        await told(page, '#problem', ['wasm_invalid']);
      },
    ));

  test('has no glue where no worker may bring its own', () =>
    broken(
      {
        csp: policy().replace("worker-src 'self'", "worker-src 'none'"),
        ...changing('wasm/osusume.js', () => ({
          status: 404,
          headers: HTML,
          body: Buffer.from(''),
        })),
      },
      async (page) => {
        await told(page, '#problem', ['wasm_missing']);
      },
    ));

  test('is forbidden by the policy', () =>
    broken(
      {
        csp: policy().replace("'wasm-unsafe-eval'", ''),
        alter: withPolicyOnScripts(policy().replace("'wasm-unsafe-eval'", '')),
      },
      async (page) => {
        assert.match(await told(page, '#problem', ['wasm_blocked']), /wasm-unsafe-eval/);
      },
    ));

  test('may not have a worker: the page’s own thread ranks', () =>
    broken({ csp: policy().replace("worker-src 'self'", "worker-src 'none'") }, async (page) => {
      await readList(page, 'ncf');
      await readList(page, 'synopsis');
    }));

  test('has a worker that does not load: the page’s own thread ranks', () =>
    broken(
      changing('worker.js', () => ({ status: 404, headers: HTML, body: Buffer.from('') })),
      async (page) => {
        await readList(page, 'ncf');
      },
    ));

  test('cannot run without WebAssembly', () =>
    broken({}, async (page) => {
      await page
        .context()
        .addInitScript(
          'delete globalThis.WebAssembly; globalThis.Worker = class { constructor() { throw new Error("none") } }',
        );
      await page.reload();
      assert.match(await told(page, '#problem', ['wasm_unsupported']), /browser/);
    }));

  test('goes on when the connection is lost', () =>
    broken({}, async (page, { context }) => {
      await readList(page, 'synopsis');
      await page.locator('#badge[data-state=ready]').waitFor();
      await context.setOffline(true);
      await page.locator('#ncf-list a').first().click();
      await page.locator('#chosen-title', { hasText: /^(?!Cowboy Bebop$)/ }).waitFor();
      await readList(page, 'ncf');
      await told(page, '#synopsis-note', ['network']);
      await context.setOffline(false);
      await page.getByRole('button', { name: 'Try again' }).click();
      await readList(page, 'synopsis');
    }));
});

describe('the first visit loses the connection', () => {
  // In the order of asking; whatever is asked for from there on is not reached.
  for (const step of [
    'page.css',
    'main.js',
    'client/index.js',
    'client/worker.js',
    '.wasm',
    'embeddings/manifest.json',
    'embeddings/related',
    'embeddings/catalogue',
    'embeddings/ncf.',
    'embeddings/ncf-residual',
  ]) {
    test(`at ${step}: it says so or works as far as it got, and the next visit is whole`, async () => {
      const server = await serveFolder();
      const { page, context, said } = await watch(browser, 'about:blank', {
        serviceWorkers: 'block',
      });
      try {
        let isGone = false;
        await context.route('**', (route) => {
          isGone ||= route.request().url().includes(step);
          return isGone ? route.abort('internetdisconnected') : route.continue();
        });
        await page.goto(`${server.url}#id=1`);
        const early = ['page.css', 'main.js', 'client/index.js'].includes(step);
        // What the worker needs is asked for ahead, beside the page's scripts: some of those may be lost with it.
        const beside = ['client/worker.js', '.wasm'].includes(step);
        if (early)
          await page.locator('.starting').waitFor({ state: 'visible' }); // no script: the page's own words
        else
          await page
            .locator(`.problem-box, #ncf-list > li${beside ? ', .starting' : ''}`)
            .filter({ visible: true })
            .first()
            .waitFor();
        if (step.startsWith('embeddings/ncf'))
          for (const model of LISTS) await readList(page, model); // they are here before
        assert.deepEqual(
          said.filter((line) => line.startsWith('uncaught')),
          [],
        );
        await context.unroute('**');
        await page.reload();
        for (const model of LISTS) await readList(page, model);
      } finally {
        await context.close();
        await server.close();
      }
    });
  }
});

test('a worker that the browser ends: the reader is told, and a reload makes good for it', () =>
  broken({}, async (page) => {
    await page.clock.install();
    await page.reload();
    await readList(page, 'synopsis');
    await page.locator('#badge[data-state=ready]').waitFor(); // the engine has the viewers' model
    await page.workers()[0].evaluate(() => globalThis.close());
    await page.locator('#ncf-list a').first().click();
    await page.waitForTimeout(300);
    await page.clock.runFor(30_000);
    await told(page, '#ncf-note', ['worker_lost']);
    await page.reload();
    await readList(page, 'synopsis');
  }));

test('a host that sends no headers: the page brings its policy, and works under it', () =>
  broken(
    {
      alter: (_path, reply) => {
        delete reply.headers['Content-Security-Policy'];
        return reply;
      },
    },
    async (page, { said }) => {
      for (const model of LISTS) await readList(page, model);
      await page.locator('#badge[data-state=ready]').waitFor();
      assert.deepEqual(said, []);
      await page
        .evaluate(() => {
          const script = document.createElement('script');
          script.append('globalThis.isInjected = true');
          document.head.append(script);
        })
        .catch(() => {}); // Trusted Types may throw
      assert.equal(await page.evaluate(() => 'isInjected' in globalThis), false);
      assert.ok(
        said.some((line) => /Content Security Policy|TrustedScript/i.test(line)) ||
          said.length === 0,
      );
    },
  ));

/** A worker has the policy of its own script's reply. @param {string} csp */
function withPolicyOnScripts(csp) {
  return (/** @type {string} */ path, /** @type {import('./harness.mjs').Reply} */ reply) => {
    if (path.endsWith('worker.js')) reply.headers['Content-Security-Policy'] = csp;
    return undefined;
  };
}

/** @param {Buffer} body */
function flip(body) {
  const copy = Buffer.from(body);
  copy[copy.length >> 1] ^= 4;
  return copy;
}
