// The form over fields that the anime do not have: dates, prices, brands, product families. It is drawn alone, in a real browser.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, ROOT, serveFolder, watch } from './harness.mjs';
import { axe } from './states.mjs';

/** @type {import('#client/index.js').Field[]} */
const SHOP = [
  {
    name: 'brand',
    type: 'category',
    values: Array.from({ length: 30 }, (_, at) => `Brand ${at + 1}`),
  },
  { name: 'price', type: 'number', min: 1.5, max: 900 },
  { name: 'note', type: 'text' },
  { name: 'stars', type: 'number', min: 1, max: 5 },
  { name: 'since', type: 'date', role: 'published', min: '2001-01-01', max: '2024-02-29' },
  { name: 'sold', type: 'number', role: 'popularity', min: 1, max: 900 },
  { name: 'product_family', type: 'category', role: 'group', values: ['lamps', 'beds'] },
  { name: 'colours', type: 'tags', values: ['red', '<b>blue</b>'] },
];
const HTML = `<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>Form</title>
<link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="/shape.css"></head><body><main><h1>Shop</h1>
<button id="toggle" type="button">Open <span>x</span></button>
<form id="form" class="shape" aria-label="Shape"><button id="reset" type="button">Reset</button>
<div class="setting"><label>Mix <output id="mix-text"></output><input name="mix" type="range" min="0" max="100"></label></div>
<label>Variety <input name="diversity" type="range" min="0" max="60"></label><div id="fields" class="fields"></div></form></main></body></html>`;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;
before(async () => {
  [browser, server] = await Promise.all([
    launch(),
    serveFolder({
      folder: join(ROOT, 'www'),
      alter: (path) =>
        path === '/'
          ? { status: 200, headers: { 'Content-Type': 'text/html' }, body: Buffer.from(HTML) }
          : undefined,
    }),
  ]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Draws the form, whose state is the address, as the page does. @param {string} hash @param {(page: import('playwright-core').Page, address: () => Promise<string>) => Promise<void>} check */
async function drawn(hash, check) {
  const { page, context, said } = await watch(browser, server.url, {
    viewport: { width: 360, height: 900 },
  });
  try {
    await page.evaluate(`(async () => {
      const [{ createShape }, { stateOf, hashOf }, { createWords }] = await Promise.all(['shape', 'address', 'words'].map((name) => import('/ui/' + name + '.js')));
      const byId = (id) => document.getElementById(id);
      const voice = { language: 'en', say: createWords('en') };
      let state = stateOf({ hash: ${JSON.stringify(hash)}, search: '' });
      const parts = { form: byId('form'), toggle: byId('toggle'), reset: byId('reset'), fields: byId('fields'), mixText: byId('mix-text') };
      const shape = createShape(parts, voice, (change) => {
        state = stateOf({ hash: hashOf({ ...state, ...change }), search: '' });
        shape.draw(state);
      });
      globalThis.address = () => hashOf(state);
      shape.draw(state);
      shape.offer(${JSON.stringify(SHOP)});
    })()`);
    await check(page, () => page.evaluate(() => /** @type {any} */ (globalThis).address()));
    assert.deepEqual(said, []);
  } finally {
    await context.close();
  }
}

test('six controls in the order of the catalogue, named, and nothing for axe', () =>
  drawn('', async (page) => {
    const names = await page
      .locator('#fields > *')
      .evaluateAll((all) =>
        all.map(
          (each) =>
            `${/** @type {HTMLElement} */ (each).dataset.field}: ${each.querySelector('legend, label > span, span')?.textContent}`,
        ),
      );
    assert.deepEqual(names, [
      'brand: Brand',
      'price: Price',
      'stars: Stars at least',
      'since: Since',
      'sold: How well known',
      'product_family: One of each product family',
    ]);
    assert.deepEqual(await axe(page), []);
  }));

test('what is set is in the address, and taken back again', () =>
  drawn('', async (page, address) => {
    await page.getByRole('checkbox', { name: 'Brand 2', exact: true }).check();
    await page.getByRole('checkbox', { name: 'Brand 1', exact: true }).check();
    assert.equal(await address(), '#f.brand=Brand+2,Brand+1');
    assert.equal(await page.getByRole('checkbox').count(), 13, 'twelve brands, and one of each');
    await page.getByRole('button', { name: 'All 30' }).click();
    await page.getByRole('checkbox', { name: 'Brand 30', exact: true }).check();
    await page.getByRole('button', { name: 'All 30' }).click();
    assert.equal(
      await page.getByRole('checkbox', { name: 'Brand 30', exact: true }).isChecked(),
      true,
      'what is set stays in sight',
    );
    await page.getByLabel('Price, to').fill('19.99');
    await page.getByLabel('Since, from').fill('2020-05-01');
    await page.getByLabel('Stars at least').fill('4');
    await page.getByRole('radio', { name: 'Hidden gems' }).check();
    await page.getByRole('checkbox', { name: 'One of each product family' }).check();
    assert.equal(
      await address(),
      '#f.brand=Brand+2,Brand+1,Brand+30&f.price=..19.99&f.since=2020-05-01..&f.stars=4..&gems=100&one=1',
    );
    await page.getByLabel('Price, to').fill('');
    await page.getByLabel('Stars at least').fill('1');
    await page.getByRole('checkbox', { name: 'Brand 2', exact: true }).uncheck();
    assert.equal(await address(), '#f.brand=Brand+1,Brand+30&f.since=2020-05-01..&gems=100&one=1');
    await page.getByRole('button', { name: 'Reset' }).click();
    assert.equal(await address(), '#');
    assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 0);
  }));

test('a link is drawn as it stands, without what this catalogue does not have', () =>
  drawn(
    '#f.brand=Brand+29,Nobody&f.since=2020..2021-02&f.price=5..&f.colours=-red&f.year=1990..',
    async (page) => {
      assert.equal(
        await page.getByRole('checkbox', { name: 'Brand 29', exact: true }).isChecked(),
        true,
      );
      assert.equal(await page.getByLabel('Since, from').inputValue(), '2020-01-01');
      assert.equal(await page.getByLabel('Since, to').inputValue(), '2021-02-28');
      assert.equal(await page.getByLabel('Price, from').inputValue(), '5');
      assert.equal(
        await page.locator('#toggle').innerText(),
        'Open Shape the list (4)',
        'what is not drawn counts too',
      );
    },
  ));
