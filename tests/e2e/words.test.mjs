// The visitor's own words: typed, answered on the device, taken away again; titles still win.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, SITE, serveFolder, settled, watch } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;
before(async () => {
  browser = await launch();
  server = await serveFolder({ folder: SITE });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** @param {string} path @param {(page: import('playwright-core').Page, requests: string[]) => Promise<void>} visit */
async function visiting(path, visit) {
  const { page, context, said, requests } = await watch(browser, server.url + path, {
    locale: 'en-US',
    viewport: { width: 1280, height: 900 },
  });
  try {
    await visit(page, requests);
    assert.deepEqual(said, [], 'the console is empty');
  } finally {
    await context.close();
  }
}

describe('own words', () => {
  test('are offered behind the titles, answered with reasons, kept in the address, and can be taken away', () =>
    visiting('', async (page) => {
      const field = page.getByRole('combobox');
      await field.fill('gambling to pay off a debt');
      await page.getByRole('option', { name: 'Shows about “gambling to pay off a debt”' }).click();
      await page.waitForURL(/#q=gambling/);
      await settled(page);
      await page.getByRole('heading', { name: '“gambling to pay off a debt”' }).waitFor();
      const first = page.locator('#ranked li').first();
      await page.locator('#ranked li', { hasText: 'Kaiji' }).first().waitFor();
      assert.match(await first.locator('.why').innerText(), /^Because of .*“(debt|gambling|pay)”/);
      await page.getByRole('button', { name: '“gambling to pay off a debt”: take away' }).click();
      await page.getByRole('heading', { name: 'Find your next show' }).waitFor();
    }));

  test('a title still leads to its show', () =>
    visiting('', async (page) => {
      await page.getByRole('combobox').fill('Cowboy Bebop');
      await page.getByRole('option').first().waitFor();
      assert.match(await page.getByRole('option').first().innerText(), /^Cowboy Bebop/);
      await page.getByRole('combobox').press('Enter');
      await page.waitForURL(/#id=1$/);
    }));

  test('offline they say so, beside no old status; online again they are answered', async () => {
    const { page, context } = await watch(browser, server.url, { locale: 'en-US' });
    try {
      await settled(page);
      await page.locator('#badge[data-state=ready]').waitFor();
      await context.setOffline(true);
      await page.evaluate(() => {
        location.hash = '#q=gambling';
      });
      const problem = page.locator('#ranked-note .problem-box');
      await problem.getByText('You are offline').waitFor();
      assert.doesNotMatch(await problem.innerText(), /Allow-Origin/);
      assert.equal(await page.locator('#status').innerText(), '');
      assert.equal(await page.locator('#ranked-list > li').count(), 0);
      await context.setOffline(false);
      await problem.getByRole('button', { name: 'Try again' }).click();
      await page.locator('#ranked li', { hasText: 'Kaiji' }).first().waitFor();
    } finally {
      await context.close();
    }
  });

  test('words that nobody knows are told', () =>
    visiting('#q=%F0%9F%90%88', async (page) => {
      await page.getByText('None of these words is known here.').waitFor();
    }));

  test('what is typed is text', () =>
    visiting('#q=%3Ci%20id%3Dx%3Egambling', async (page) => {
      await settled(page);
      await page.getByRole('heading', { name: '“<i id=x>gambling”' }).waitFor();
      assert.equal(await page.locator('#x').count(), 0);
    }));

  test('neither stories nor encoder are fetched before words are asked for', () =>
    visiting('#id=1', async (page, requests) => {
      await page.locator('#synopsis-list li').first().waitFor();
      await page.locator('#badge[data-state=ready]').waitFor();
      await page.waitForLoadState('networkidle');
      const ofStories = () => requests.filter((url) => url.includes('/synopsis'));
      assert.deepEqual(ofStories(), []);
      await page.goto(`${page.url().replace(/#.*/, '')}#q=space%20cowboys`);
      await page.locator('#ranked-list > li[data-score]').nth(9).waitFor();
      const heads = ofStories().filter((url) => !/\.\d+\.bin$/.test(url));
      assert.equal(heads.length, 2, 'the vectors and the encoder');
    }));
});
