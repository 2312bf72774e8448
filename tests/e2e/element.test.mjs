// <osusume-similar>: what it shows, to eyes and to screen readers, and what it tells the page.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CLIENT, launch, ROOT, serveFolder, watch } from './harness.mjs';
import { axe } from './states.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let client;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let release;
const HTML = `<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>Shop</title><link rel="stylesheet" href="/page.css"></head>
<body><main><h1>Shop</h1><osusume-similar manifest="MANIFEST" item="30" limit="3" href="/shop/{id}?t={title}" label="You may also like"></osusume-similar></main><script type="module" src="/element.js"></script></body></html>`;
const CSS =
  ':root { color-scheme: light dark; background: Canvas; color: CanvasText; } osusume-similar { --osusume-link-color: rgb(1, 2, 3); } osusume-similar::part(item) { padding-left: 7px; } .dark { color-scheme: dark; color: white; background: black; --osusume-link-color: white !important; }';
before(async () => {
  release = await serveFolder({ folder: join(ROOT, 'tests/fixtures/format-2'), cors: true });
  /** @param {string} type @param {string} text @param {Record<string, string>} [more] */
  const reply = (type, text, more) => ({
    status: 200,
    headers: { 'Content-Type': type, ...more },
    body: Buffer.from(text),
  });
  const csp = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ${release.origin}`;
  [browser, client] = await Promise.all([
    launch(),
    serveFolder({
      folder: CLIENT,
      alter: (path) => {
        if (path === '/')
          return reply('text/html', HTML.replace('MANIFEST', `${release.url}manifest.json`), {
            'Content-Security-Policy': csp,
          });
        if (path === '/page.css') return reply('text/css', CSS);
        return undefined;
      },
    }),
  ]);
});
after(async () => {
  await browser?.close();
  await Promise.all([client, release].map((server) => server?.close()));
});

/** @param {(page: import('playwright-core').Page, said: string[]) => Promise<void>} check */
async function visit(check) {
  const { page, context, said } = await watch(browser, client.url);
  try {
    await page.locator('osusume-similar li').nth(2).waitFor();
    await check(page, said);
  } finally {
    await context.close();
  }
}

test('under a strict policy: a named list of links, the count told politely, nothing for axe or the console', () =>
  visit(async (page, said) => {
    const list = page.getByRole('list', { name: 'You may also like' });
    assert.deepEqual(await list.getByRole('link').allInnerTexts(), [
      'Title 4',
      'Title 5',
      'Title 6',
    ]);
    assert.equal(await list.getByRole('link').first().getAttribute('href'), '/shop/40?t=Title%204');
    assert.equal(await page.getByRole('status').textContent(), '3 found');
    assert.deepEqual(await axe(page, ['color-contrast']), []);
    assert.deepEqual(said, []);
  }));

test('the page’s styles reach it: parts, variables, fonts and colours', () =>
  visit(async (page) => {
    const styles = () =>
      page.evaluate(() => {
        const root = /** @type {ShadowRoot} */ (
          document.querySelector('osusume-similar')?.shadowRoot
        );
        const [item, link, list] = ['li', 'a', 'ol'].map((name) =>
          getComputedStyle(/** @type {Element} */ (root.querySelector(name))),
        );
        return {
          padding: item.paddingLeft,
          link: link.color,
          text: item.color,
          bullets: list.listStyleType,
        };
      });
    assert.deepEqual(await styles(), {
      padding: '7px',
      link: 'rgb(1, 2, 3)',
      text: 'rgb(0, 0, 0)',
      bullets: 'none',
    });
    await page.evaluate(() => document.documentElement.classList.add('dark'));
    assert.equal(
      (await styles()).text,
      'rgb(255, 255, 255)',
      'the page’s own switch, not only the system’s',
    );
  }));

test('attributes and properties may change; events tell what happened', () =>
  visit(async (page) => {
    const seen = await page.evaluate(async () => {
      const element = /** @type {import('#client/element.js').OsusumeSimilar} */ (
        document.querySelector('osusume-similar')
      );
      /** @param {string} type */
      const next = (type) =>
        new Promise((resolve) =>
          document.addEventListener(
            type,
            (event) => resolve(/** @type {CustomEvent} */ (event).detail),
            { once: true },
          ),
        );
      const titles = () =>
        [.../** @type {ShadowRoot} */ (element.shadowRoot).querySelectorAll('li')].map(
          ({ textContent }) => textContent,
        );
      const steps = [];
      let results = next('osusume-results');
      element.limit = 2;
      element.setAttribute('model', 'synopsis');
      element.item = 10;
      steps.push(
        (await results).items.length,
        (await Promise.resolve(titles())).length,
        element.limit,
        element.getAttribute('item'),
      );
      const selected = next('osusume-select');
      element.addEventListener('osusume-select', (event) => event.preventDefault());
      /** @type {HTMLElement} */ (
        /** @type {ShadowRoot} */ (element.shadowRoot).querySelector('a')
      ).click();
      steps.push(typeof (await selected).id, location.pathname);
      let error = next('osusume-error');
      element.item = '<img src=x onerror=alert(1)>';
      const { code } = await error;
      const root = /** @type {ShadowRoot} */ (element.shadowRoot);
      steps.push(
        code,
        titles().length,
        root.querySelector('img'),
        /onerror/.test(root.querySelector('p')?.textContent ?? ''),
        root.querySelector('ol')?.hidden,
      );
      error = next('osusume-error');
      element.item = null;
      steps.push((await error).code, root.querySelector('p')?.textContent);
      results = next('osusume-results');
      Object.assign(element, { item: 30, limit: 1 });
      steps.push((await results).items.length);
      return steps;
    });
    assert.deepEqual(seen, [
      2,
      2,
      '2',
      '10',
      'number',
      '/',
      'unknown_id',
      0,
      null,
      true,
      true,
      'request_invalid',
      '<osusume-similar> needs the attribute "item".',
      1,
    ]);
  }));

test('many elements share one release, which closes with the last of them', () =>
  visit(async (page) => {
    await page.evaluate(async () => {
      const more = Array.from({ length: 5 }, () =>
        document.body.appendChild(
          /** @type {Node} */ (document.querySelector('osusume-similar')).cloneNode(true),
        ),
      );
      await Promise.all(
        more.map(
          (element) =>
            new Promise((resolve) => element.addEventListener('osusume-results', resolve)),
        ),
      );
    });
    assert.equal(page.workers().length, 1);
    await page.evaluate(() => {
      for (const element of document.querySelectorAll('osusume-similar')) element.remove();
    });
    for (let tries = 0; page.workers().length && tries < 50; tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(page.workers().length, 0);
  }));

test('a manifest that is not there is told in words', () =>
  visit(async (page) => {
    const shown = page.locator('osusume-similar p[role=status]');
    await page.evaluate(() =>
      document.querySelector('osusume-similar')?.setAttribute('manifest', '/nowhere.json'),
    );
    await shown.filter({ hasText: 'nowhere.json does not exist' }).waitFor();
    assert.equal(await page.locator('osusume-similar ol').isVisible(), false);
  }));
