// Films by examples/movielens.toml and products by examples/shop.toml: their own fields in filters, groups and answers, the same on
// every face and in the page. Nothing but the recipe and the tables is theirs. agree.test.mjs does the same for the anime.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open } from '#client/node.js';
import { buildRelease, buildSite, policyOf, writeFilms, writeShop } from './catalogues.mjs';
import { askChromium, askCommand, askHttp, askNode, recommendAll } from './faces.mjs';
import { launch, ROOT, serveFolder, settled, watch } from './harness.mjs';
import { declaredRequests } from './requests.mjs';
import { axe } from './states.mjs';

/** @typedef {import('#client/index.js').Request} Request */
/** @typedef {import('#client/index.js').Answer['items'][number]} ScoredItem */

const SEED = 20_261_130;
const REQUESTS = 150;

/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof writeShop>>} */
let products;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalogues-'));
  products = await writeShop(folder);
  await writeFilms(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Asks every face; returns the answers, which are the same. @param {string} release @param {Request[]} requests */
async function agreed(release, requests) {
  const native = await askCommand(release, requests);
  assert.equal(native.length, requests.length);
  /** @type {[string, string[]][]} */
  const others = [
    ['HTTP', await askHttp(release, requests)],
    ['Node', await askNode(release, requests, recommendAll)],
    ['Chromium', await askChromium(release, requests, recommendAll)],
  ];
  for (const [face, answers] of others) {
    for (const [at, request] of requests.entries())
      assert.equal(answers[at], native[at], `${face}: ${JSON.stringify(request).slice(0, 2000)}`);
  }
  return native.map((line, at) => {
    const answer = JSON.parse(line);
    assert.ok(answer.items, `${JSON.stringify(requests[at]).slice(0, 2000)}: ${line}`);
    return /** @type {{ items: ScoredItem[], warnings: { code: string }[] }} */ (answer);
  });
}

/** Draws requests over the fields of a release. @param {string} release @param {number} count of its items @param {string[]} names of its fields */
async function drawn(release, count, names) {
  const opened = await open(join(release, 'manifest.json'));
  const { fields } = await opened.info();
  opened.close();
  assert.deepEqual(
    fields.map(({ name, type, role }) => `${name}: ${type}${role ? `, ${role}` : ''}`),
    names,
  );
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  return declaredRequests(SEED, REQUESTS, { ids, models: ['ncf'], fields });
}

test('films', async () => {
  const release = buildRelease(folder, {
    ratings: 'ml.inter',
    catalogue: 'ml.item',
    recipe: join(ROOT, 'examples/movielens.toml'),
    name: 'films',
  });
  const requests = await drawn(release, 130, [
    'genres: tags',
    'year: number',
    'members: number, popularity',
    'series: number, group',
    'title: text, title',
  ]);
  const answers = await agreed(release, [
    {
      liked: [1],
      limit: 40,
      filter: { genres: { any: ['action'] }, year: { min: 1960, max: 1979 } },
      fields: ['genres', 'year'],
    },
    ...requests,
  ]);
  const [{ items }] = answers;
  assert.ok(items.length > 3);
  for (const { fields } of items) {
    assert.deepEqual(fields?.genres, ['Action', 'Thriller']);
    assert.ok(Number(fields?.year) >= 1960 && Number(fields?.year) <= 1979);
  }
});

describe('a shop', () => {
  /** @type {string} */
  let release;
  before(() => {
    release = buildRelease(folder, {
      ratings: 'orders.csv',
      catalogue: 'products.csv',
      recipe: join(ROOT, 'examples/shop.toml'),
      name: 'shop',
    });
  });

  /** @param {{ key?: string }} item */
  const productOf = ({ key }) => {
    const product = products.find(({ sku }) => sku === key);
    assert.ok(product, key);
    return product;
  };

  test('answers by price, brand and family on every face', async () => {
    const requests = await drawn(release, products.length, [
      'price: number',
      'brand: category',
      'colours: tags',
      'sold: number, popularity',
      'since: date, published',
      'url: text, url',
      'family: number, group',
      'name: text, title',
    ]);
    const [liked, other] = [products[0], products[40]];
    const few = products.slice(0, 30).map(({ sku }) => sku);
    const [cheap, one, watched, recent, drawnFrom] = await agreed(release, [
      {
        liked: [liked.sku],
        limit: 50,
        filter: {
          price: { max: 100 },
          brand: { any: ['aska', 'Björk'] },
          colours: { none: ['red'] },
        },
        fields: ['price', 'brand', 'colours'],
      },
      { liked: [liked.sku, { id: other.sku, weight: 2 }], limit: 45, collapse: true },
      { liked: [liked.sku], only: few, exclude: few.slice(0, 3), limit: 50, explain: true },
      {
        liked: [liked.sku],
        limit: 50,
        filter: { since: { min: '2015', max: '2017-06' } },
        fields: ['since'],
      },
      { liked: [liked.sku, 'no such product'], limit: 3, fields: ['price', 'since'] },
      ...requests,
    ]);

    assert.ok(cheap.items.length >= 5);
    for (const item of cheap.items) {
      const { price, brand, colours } = productOf(item);
      assert.ok(
        price !== '' &&
          Number(price) <= 100 &&
          ['Aska', 'Björk'].includes(brand) &&
          !colours.includes('red'),
        item.key,
      );
      assert.deepEqual(item.fields, { price: Number(price), brand, colours: colours.split('/') });
    }
    const families = one.items.map((item) => productOf(item).family);
    assert.ok(families.length > 20);
    assert.equal(new Set(families).size, families.length, 'one of each family');
    assert.deepEqual(
      watched.items.map(({ key }) => key).filter((key) => !few.slice(3).includes(String(key))),
      [],
    );
    assert.ok(watched.items.length > 10 && watched.items.some(({ because }) => because?.length));
    assert.ok(recent.items.length > 3);
    for (const { fields } of recent.items)
      assert.ok(String(fields?.since) >= '2015-01-01' && String(fields?.since) <= '2017-06-30');
    assert.deepEqual(
      drawnFrom.warnings.map(({ code }) => code),
      ['unknown_ids'],
    );
    for (const item of drawnFrom.items) {
      const { name, url, price, since } = productOf(item);
      assert.deepEqual(
        [item.title, item.url, item.fields],
        [name, url, { ...(price && { price: Number(price) }), since }],
        'a list can be drawn from one answer',
      );
    }
  });

  test('the page filters, collapses and shows them', async () => {
    const site = buildSite(release);
    const csp = await policyOf(site);
    const [browser, server] = await Promise.all([
      launch(),
      serveFolder({ folder: site, csp, isPage: true }),
    ]);
    try {
      const { page, said } = await watch(browser, `${server.url}#id=1,41`, {
        locale: 'en-US',
        viewport: { width: 1280, height: 900 },
      });
      await settled(page);
      const shown = () =>
        page.locator('#ranked-list > li').evaluateAll((rows) =>
          rows.map((row) => ({
            name: row.querySelector('h3')?.textContent ?? '',
            facts: row.querySelector('.facts')?.textContent ?? '',
          })),
        );
      const productsShown = async () =>
        (await shown()).map(
          ({ name }) => products.find((product) => product.name === name) ?? assert.fail(name),
        );
      const controls = await page
        .locator('#fields > *')
        .evaluateAll((all) => all.map((each) => /** @type {HTMLElement} */ (each).dataset.field));
      assert.deepEqual(controls, ['price', 'brand', 'colours', 'sold', 'since', 'family']);
      assert.match((await shown())[0].facts, /€[\d.]+/);
      assert.deepEqual(await axe(page), []);

      await page.getByLabel('Price, to').fill('100');
      await page.getByLabel('Price, to').press('Tab');
      await page.getByRole('checkbox', { name: 'Aska', exact: true }).check();
      await settled(page);
      const cheap = await productsShown();
      assert.ok(
        cheap.length >= 5 &&
          cheap.every(
            ({ price, brand }) => price !== '' && Number(price) <= 100 && brand === 'Aska',
          ),
        JSON.stringify(cheap),
      );
      await page.waitForURL(/f\.brand=Aska&f\.price=\.\.100/);

      await page.getByRole('button', { name: 'As usual' }).click();
      await page.getByRole('checkbox', { name: 'One of each family' }).check();
      await settled(page);
      const families = (await productsShown()).map(({ family }) => family);
      assert.equal(new Set(families).size, 10);

      await page.locator('#ranked-list [data-action=details]').first().click();
      const details = page.getByRole('dialog');
      await details
        .getByText(/€[\d.]+/)
        .first()
        .waitFor();
      assert.doesNotMatch(
        await page.locator('body').innerText(),
        /anime|episodes|viewers|seen it|AniList/i,
      );
      assert.deepEqual(said, [], 'the console is empty');
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
