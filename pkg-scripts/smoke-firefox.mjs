// What pkg-scripts/smoke-firefox.sh runs.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serveFolder } from '../tests/e2e/harness.mjs';

const { default: puppeteer } = await import(
  pathToFileURL(join(process.env.PUPPETEER ?? '', 'lib/esm/puppeteer/puppeteer-core.js')).href
);
const server = await serveFolder({ isPage: false }); // the ledger knows what Chromium sends
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
  headless: true,
});
try {
  console.log(await browser.version());
  const page = await browser.newPage();
  /** @type {string[]} */
  const said = [];
  page.on('console', (/** @type {any} */ message) =>
    said.push(`${message.type()}: ${message.text()}`),
  );
  page.on('pageerror', (/** @type {Error} */ error) => said.push(`uncaught: ${error.message}`));
  const ids = (/** @type {string} */ list) =>
    page.$$eval(`#${list} > li`, (/** @type {HTMLElement[]} */ rows) =>
      rows.map((row) => Number(row.dataset.id)),
    );
  const ten = (/** @type {string} */ list) =>
    page.waitForSelector(`#${list} > li:nth-child(10)`, { timeout: 30_000 });

  await page.goto(`${server.url}#id=1`);
  for (const list of ['ncf-list', 'synopsis-list']) {
    await ten(list);
    assert.equal(new Set(await ids(list)).size, 10);
  }
  console.log('both lists of one show: ok');

  await page.waitForSelector('#badge[data-state=ready]', { timeout: 30_000 });
  await page.type('#search-input', 'trigun');
  await page.waitForSelector('#suggestions [role=option]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#status:not([aria-busy])', { timeout: 30_000 }); // the viewers' list may stand in first
  await ten('ranked-list');
  const ranked = await ids('ranked-list');
  console.log('typed, chosen, one ranked list: ok');

  await page.click('#open-map');
  await page.waitForSelector('#map .map-list button');
  await page.click('#map .map-list button');
  await page.waitForSelector('#map .map-card h3');
  await page.keyboard.press('Escape');
  console.log('map opened, a show chosen on it: ok');

  assert.deepEqual(said, [], 'the console is empty');
  await server.close();
  await page.reload();
  await page.waitForSelector('#badge[data-state=offline]', { timeout: 30_000 });
  await page.waitForSelector('#status:not([aria-busy])', { timeout: 30_000 }); // the viewers' list may stand in first
  await ten('ranked-list');
  assert.deepEqual(await ids('ranked-list'), ranked);
  console.log('the server stopped, the page reloaded, the same list: ok');
} finally {
  await browser.close();
  await server.close().catch(() => {});
}
