// The form over fields that the anime do not have: dates, prices, brands, product families.

import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildRelease, buildSite, policyOf } from './catalogues.mjs';
import { launch, ROOT, serveFolder, watch } from './harness.mjs';
import { axe } from './states.mjs';

/** @typedef {import('playwright-core').Page} Page */

const BRANDS = 30;
const FAMILIES = ['lamps', 'beds'];
const COLUMNS = ['id', 'name', 'brand', 'price', 'note', 'stars', 'since', 'sold'];
/** The fields, in the order of the catalogue. */
const FIELDS = `
language = "name"
train = "ials.toml"
[catalogue]
id = "id"
title = "name"
[[catalogue.fields]]
name = "brand"
type = "category"
[[catalogue.fields]]
name = "price"
type = "number"
[[catalogue.fields]]
name = "note"
type = "text"
[[catalogue.fields]]
name = "stars"
type = "number"
[[catalogue.fields]]
name = "since"
role = "published"
[[catalogue.fields]]
name = "sold"
role = "popularity"
[[catalogue.fields]]
name = "product_family"
type = "category"
role = "group"
[[catalogue.fields]]
name = "colours"
type = "tags"
separator = "|"
[site]
models = { ncf = 100 }
own_list = ""
`;

/** @type {string} */
let folder;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fields-'));
  await writeProducts();
  await cp(join(ROOT, 'embeddings/recipes/ials-32.toml'), join(folder, 'ials.toml'));
  const recipe = join(folder, 'products.toml');
  await writeFile(recipe, FIELDS);
  const files = { ratings: 'orders.csv', catalogue: 'products.csv', recipe, name: 'products' };
  const site = buildSite(buildRelease(folder, files));
  const csp = await policyOf(site);
  [browser, server] = await Promise.all([launch(), serveFolder({ folder: site, csp })]);
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes the products, and orders of each. */
async function writeProducts() {
  const rows = Array.from({ length: 4 * BRANDS }, (_, at) => [
    at + 1,
    `Product ${at + 1}`,
    `Brand ${1 + (at % BRANDS)}`,
    1.5 + at * 7,
    'Long',
    1 + (at % 9) / 2,
    `20${String(1 + (at % 24)).padStart(2, '0')}-0${1 + (at % 9)}-11`,
    1 + ((at * 53) % 211),
    FAMILIES[at % 2],
    at % 3 ? 'red' : 'red|<b>blue</b>',
  ]);
  const lines = rows.map((row) => row.map((value) => `"${value}"`).join(','));
  const head = [...COLUMNS, 'product_family', 'colours'].join(',');
  await writeFile(join(folder, 'products.csv'), `${[head, ...lines].join('\n')}\n`);
  const orders = ['user_id,item_id'];
  for (let user = 1; user <= 40; user += 1)
    for (const [id] of rows) if ((user * 7 + Number(id) * 3) % 5 < 2) orders.push(`${user},${id}`);
  await writeFile(join(folder, 'orders.csv'), `${orders.join('\n')}\n`);
}

/**
 * Opens the page, whose state is the address.
 * @param {string} hash
 * @param {(page: Page, addressIs: (hash: string) => Promise<void>) => Promise<void>} check
 */
async function drawn(hash, check) {
  const { page, context, said } = await watch(browser, server.url + hash, {
    viewport: { width: 1280, height: 900 },
    locale: 'en-US',
  });
  try {
    await page.locator('#fields > *').nth(5).waitFor();
    await check(page, (wanted) =>
      page.waitForURL((url) => url.hash === wanted || (wanted === '#' && url.hash === '')),
    );
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
      'colours: Colours',
    ]);
    assert.deepEqual(await axe(page), []);
  }));

test('what is set is in the address, and taken back again', () =>
  drawn('', async (page, addressIs) => {
    await page.getByRole('checkbox', { name: 'Brand 2', exact: true }).check();
    await page.getByRole('checkbox', { name: 'Brand 1', exact: true }).check();
    await addressIs('#f.brand=Brand+2,Brand+1');
    assert.equal(await page.getByRole('checkbox').count(), 12, 'twelve brands');
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
    await page.getByRole('button', { name: '<b>blue</b>' }).click();
    await addressIs(
      '#f.brand=Brand+2,Brand+1,Brand+30&f.colours=%3Cb%3Eblue%3C%2Fb%3E&f.price=..19.99&f.since=2020-05-01..&f.stars=4..&gems=100',
    );
    await page.getByLabel('Price, to').fill('');
    await page.getByLabel('Stars at least').fill('1');
    await page.getByRole('checkbox', { name: 'Brand 2', exact: true }).uncheck();
    await addressIs(
      '#f.brand=Brand+1,Brand+30&f.colours=%3Cb%3Eblue%3C%2Fb%3E&f.since=2020-05-01..&gems=100',
    );
    await page.getByRole('button', { name: 'As usual' }).click();
    await addressIs('#');
    assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 0);
  }));

test('a link is drawn as it stands, without what this catalogue does not have', () =>
  drawn(
    '#f.brand=Brand+29,Nobody&f.since=2020..2021-02&f.price=5..&f.colours=-red&f.year=1990..&one=1',
    async (page) => {
      assert.equal(
        await page.getByRole('checkbox', { name: 'Brand 29', exact: true }).isChecked(),
        true,
      );
      assert.equal(await page.getByLabel('Since, from').inputValue(), '2020-01-01');
      assert.equal(await page.getByLabel('Since, to').inputValue(), '2021-02-28');
      assert.equal(await page.getByLabel('Price, from').inputValue(), '5');
      assert.equal(
        await page.locator('#shape-toggle').textContent(),
        'Shape the list (5)',
        'one of each family counts too, though it is the seventh',
      );
    },
  ));
