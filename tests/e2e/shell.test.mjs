// The page without a connection: kept whole, truly ready when it says so, updated in one piece, and honest where nothing can be kept.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { LISTS, launch, readList, SITE, serveFolder, settled, watch } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;
/** @type {Awaited<ReturnType<typeof watch>>} */
let watched;
/** Changes replies. @type {NonNullable<Parameters<typeof serveFolder>[0]>['alter']} */
let alter;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  alter = undefined;
  server = await serveFolder({ prefix: '/shows/', alter: (path, reply) => alter?.(path, reply) });
});
afterEach(async () => {
  await watched?.context.close();
  await server?.close();
});

/** Opens the page. @param {string} [hash] @param {(page: import('playwright-core').Page) => Promise<unknown>} [prepare] before anything is loaded */
async function visit(hash = '', prepare) {
  watched = await watch(browser, 'about:blank', { viewport: { width: 1280, height: 900 } });
  await prepare?.(watched.page);
  await watched.page.goto(server.url + hash);
  return watched;
}

/** @param {import('playwright-core').Page} page */
const ready = (page) =>
  page.locator('#badge[data-state=ready]', { hasText: 'Offline ready' }).waitFor();

describe('offline', () => {
  test('“offline ready” is true: with the server stopped the page opens, ranks and says that it is offline', async () => {
    const { page, said } = await visit('#id=1,6');
    const ids = await settled(page);
    await ready(page);
    assert.deepEqual(said, []);
    await server.close();
    await page.reload();
    assert.deepEqual(await settled(page), ids);
    await page.locator('#badge[data-state=offline]', { hasText: 'Offline' }).waitFor();
    const other = await watched.context.newPage(); // another address, from nothing
    await other.goto(`${server.url}#id=1`);
    await readList(other, 'ncf');
    await other.locator('#synopsis-note .problem-box[data-code=network]').waitFor();
    await other.goto(`${server.url}index.html#id=5`);
    await readList(other, 'ncf');
  });

  test('“keep everything offline” is true: stories, words and the map answer with the server stopped', async () => {
    const { page, said } = await visit('#id=1,6');
    await ready(page);
    const badge = page.locator('#badge');
    assert.equal(await badge.innerText(), 'Offline ready: search and lists');
    await page.getByRole('button', { name: 'Keep everything offline (11.7 MB)' }).click();
    await page.locator('#badge[data-kept=everything]').waitFor();
    assert.equal(await badge.innerText(), 'Offline ready');
    await page.getByText('Everything on this page works without a connection.').waitFor();
    assert.deepEqual(said, []);
    await server.close();
    await page.goto(`${server.url}#id=1`);
    await page.reload();
    for (const model of LISTS) await readList(page, model);
    await page.goto(`${server.url}#q=space%20cowboys`);
    await page.locator('#ranked-list > li[data-score]').nth(9).waitFor();
    await page.goto(`${server.url}#id=1,6&mix=50&map=1`);
    await page.getByRole('dialog', { name: 'Map of all shows' }).waitFor();
  });

  test('what was to be kept whole is kept whole on the next visit, of a newer release too', async () => {
    const { page } = await visit('#id=1,6');
    await ready(page);
    await page.getByRole('button', { name: /^Keep everything offline/ }).click();
    await page.locator('#badge[data-kept=everything]').waitFor();
    const before = server.asked.length;
    await page.reload();
    await page.locator('#badge[data-kept=everything]').waitFor();
    const again = server.asked.slice(before).filter((path) => path.endsWith('.bin'));
    assert.deepEqual(again, [], 'it is here');
  });

  test('every file of the shell is kept, and not one of the release by the service worker', async () => {
    const { page } = await visit();
    await ready(page);
    const kept = await page.evaluate(async () => {
      const shell = (await caches.keys()).filter((name) => name.startsWith('osusume-shell '));
      return Promise.all(
        shell.map(async (name) =>
          (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname),
        ),
      );
    });
    assert.equal(kept.length, 1);
    assert.ok(
      kept[0].length ===
        Object.keys(
          JSON.parse(
            /const FILES = (\{[^}]*\});/.exec(await readFile(join(SITE, 'sw.js'), 'utf8'))?.[1] ??
              '',
          ),
        ).length &&
        kept[0].every((path) => path.startsWith('/shows/') && !path.includes('/embeddings/')),
      String(kept[0]),
    );
    for (const name of [
      'main.js',
      'client/wasm/osusume_bg.wasm',
      'client/worker.js',
      'client/index.js',
      'MapView-',
      'map.css',
      'page.css',
      'index.html',
    ])
      assert.ok(
        kept[0].some((path) => path.includes(name)),
        name,
      );
  });

  test('what is being used the first time is not fetched twice, beyond asking whether the page is current', async () => {
    const { page } = await visit();
    await ready(page);
    const counts = new Map();
    for (const path of server.asked) counts.set(path, (counts.get(path) ?? 0) + 1);
    const twice = [...counts].filter(
      ([path, count]) =>
        count > 1 && path.includes('/embeddings/') && !path.endsWith('manifest.json'),
    );
    assert.deepEqual(twice, []);
  });

  test('a file of the shell that arrives damaged is never kept, and the badge stays away', async () => {
    let times = 0;
    alter = (path, reply) => {
      if (!path.endsWith('client/index.js')) return undefined;
      times += 1;
      // The page got the right one; the copy to keep is another.
      return times > 1
        ? { ...reply, body: Buffer.from('export const open = 1;') }
        : { ...reply, headers: { ...reply.headers, 'Cache-Control': 'no-store' } };
    };
    const { page } = await visit('#id=1');
    await readList(page, 'synopsis');
    await page.waitForFunction(
      async () => !(await navigator.serviceWorker.getRegistration())?.installing,
    );
    await page.waitForTimeout(500);
    assert.equal(await page.locator('#badge').isVisible(), false);
    assert.equal(
      await page.evaluate(
        async () => (await navigator.serviceWorker.getRegistration())?.active ?? null,
      ),
      null,
    );
  });

  test('the server goes away while the page is being kept: no badge, and the next visit makes good for it', async () => {
    alter = (path, reply) =>
      path.endsWith('/sw.js')
        ? undefined
        : path.endsWith('manifest.webmanifest')
          ? { ...reply, status: 503 }
          : undefined;
    const { page } = await visit('#id=1');
    await readList(page, 'synopsis');
    await page.waitForTimeout(800);
    assert.equal(await page.locator('#badge').isVisible(), false);
    alter = undefined;
    await page.reload();
    await ready(page);
  });
});

describe('an update', () => {
  /** Serves another version of the page: its own folder, its own worker. */
  async function publish() {
    const [html, worker] = await Promise.all(
      ['index.html', 'sw.js'].map((name) => readFile(join(SITE, name), 'utf8')),
    );
    const folder = /app-[0-9a-f]{12}/.exec(html)?.[0] ?? '';
    const next = folder.replace(/.$/, (letter) => (letter === '0' ? '1' : '0'));
    const version = /const VERSION = '(\w+)'/.exec(worker)?.[1] ?? '';
    const renamed = (/** @type {string} */ text) =>
      Buffer.from(text.replaceAll(folder, next).replaceAll(version, `${version}2`));
    alter = async (path, reply) => {
      if (path === '/shows/' || path === '/shows/index.html')
        return {
          ...reply,
          body: renamed(html.replace('osusume</small>', 'osusume 2</small>')),
        };
      if (path === '/shows/sw.js') return { ...reply, body: renamed(worker) };
      if (path.includes(folder)) return { ...reply, status: 404 };
      if (!path.includes(next)) return undefined;
      const body = await readFile(join(SITE, path.replace('/shows/', '').replace(next, folder)));
      const type = /** @type {Record<string, string>} */ ({
        js: 'text/javascript',
        css: 'text/css',
        wasm: 'application/wasm',
        svg: 'image/svg+xml',
        png: 'image/png',
      })[path.split('.').at(-1) ?? ''];
      return { status: 200, headers: { ...reply.headers, 'Content-Type': type }, body };
    };
    return { next };
  }

  test('is announced to a page that is open, applied by its button, and then is what answers offline', async () => {
    const { page } = await visit('#id=1,6');
    const ids = await settled(page);
    await ready(page);
    const { next } = await publish();
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
    await page
      .getByText('A new version of this page is here.')
      .waitFor({ timeout: 5000 })
      .catch(() => page.reload()); // the first visit has no controller to replace
    await page
      .getByText('osusume 2')
      .or(page.getByText('A new version of this page is here.'))
      .first()
      .waitFor();
    const button = page.getByRole('button', { name: 'Update' });
    if (await button.isVisible()) await button.click();
    await page.getByText('osusume 2').waitFor();
    assert.deepEqual(await settled(page), ids);
    await page.waitForFunction(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      registration?.waiting?.postMessage('take over');
      return registration?.active && !registration.waiting && !registration.installing;
    });
    await page.waitForFunction(async (folder) => {
      const names = (await caches.keys()).filter((name) => name.startsWith('osusume-shell '));
      return (
        names.length === 1 &&
        (await (await caches.open(names[0])).keys()).some(({ url }) => url.includes(folder))
      );
    }, next);
    await server.close();
    await page.reload();
    await page.getByText('osusume 2').waitFor();
    assert.deepEqual(await settled(page), ids);
  });

  test('a page in use is told, and nothing changes under it until the visitor says so', async () => {
    const { page } = await visit('#id=1,6');
    await settled(page);
    await ready(page);
    await page.reload(); // now it is the service worker's
    await settled(page);
    await ready(page);
    await publish();
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
    const button = page.getByRole('button', { name: 'Update' });
    await button.waitFor();
    assert.equal(await page.getByText('osusume 2').count(), 0);
    const second = await watched.context.newPage();
    await second.goto(`${server.url}#id=1`);
    await second.getByText('osusume 2').waitFor(); // the server's page where it answers
    await Promise.all([page.waitForEvent('load'), button.click()]);
    await page.getByText('osusume 2').waitFor();
    await settled(page);
  });
});

describe('where nothing can be kept', () => {
  test('no room: it works, says “online only”, and shows no badge', async () => {
    const { page, said } = await visit('#id=1,6', (fresh) =>
      fresh.addInitScript(() => {
        // Seen by the page only; the client's worker gets the same by being refused its start.
        Cache.prototype.put = () =>
          Promise.reject(new DOMException('Quota exceeded.', 'QuotaExceededError'));
        Object.defineProperty(globalThis, 'Worker', {
          value: class {
            constructor() {
              throw new Error('no workers');
            }
          },
        });
      }),
    );
    await settled(page);
    await page.getByText('Works online only: no room is left on this device.').waitFor();
    await page.waitForTimeout(500);
    assert.equal(await page.locator('#badge').isVisible(), false);
    assert.deepEqual(said, []);
  });

  test('a quota of one byte, as the browser itself enforces it: it works, and says what it cannot do', async () => {
    const { page, said } = await visit('', async (fresh) => {
      const session = await fresh.context().newCDPSession(fresh);
      await session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 1 }); // bytes; 0 would lift the limit
    });
    await page.goto(`${server.url}#id=1,6`);
    await settled(page);
    await page.getByText('Works online only: no room is left on this device.').waitFor();
    assert.equal(await page.locator('#badge').isVisible(), false);
    await page.locator('#open-map').click();
    await page.locator('#map .map-list button').first().waitFor();
    assert.deepEqual(said, []);
  });

  test('storage refused altogether: it works, and says so', async () => {
    const { page, said } = await visit('#id=1,6', (fresh) =>
      fresh.addInitScript(() => {
        const refuse = () => {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        };
        Object.defineProperty(globalThis, 'localStorage', { get: refuse });
        Object.defineProperty(CacheStorage.prototype, 'keys', { value: async () => refuse() });
        Object.defineProperty(globalThis, 'Worker', {
          value: class {
            constructor() {
              throw new Error('no workers');
            }
          },
        });
        ServiceWorkerContainer.prototype.register = () =>
          Promise.reject(new DOMException('no', 'SecurityError'));
      }),
    );
    await settled(page);
    await page.getByText('Works online only: this browser keeps nothing').waitFor();
    assert.equal(await page.locator('#badge').isVisible(), false);
    await page.getByRole('button', { name: 'Dark colours' }).click();
    assert.deepEqual(said, []);
  });
});

test('installable: a manifest that the page names, with icons of the sizes they say', async () => {
  const { page } = await visit();
  const manifest = await page.evaluate(async () => {
    const url = /** @type {HTMLLinkElement} */ (document.querySelector('link[rel=manifest]')).href;
    const response = await fetch(url);
    const body = await response.json();
    return {
      url,
      type: response.headers.get('Content-Type'),
      ...body,
      icons: body.icons.map((/** @type {{ src: string }} */ icon) => ({
        ...icon,
        src: new URL(icon.src, url).href,
      })),
    };
  });
  assert.equal(manifest.type, 'application/manifest+json');
  assert.equal(new URL(manifest.start_url, manifest.url).href, server.url);
  assert.equal(manifest.display, 'standalone');
  assert.ok(
    manifest.icons.some(
      (/** @type {{ purpose?: string }} */ { purpose }) => purpose === 'maskable',
    ),
  );
  for (const { src, sizes } of manifest.icons) {
    if (sizes === 'any') continue;
    const size = await page.evaluate(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    assert.equal(size, sizes);
  }
});
