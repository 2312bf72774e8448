// Makes docs/screenshot-*.png from target/site, with the browser that the tests use.
//   pkg-scripts/build-site.sh && node pkg-scripts/screenshots.mjs

import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, ROOT, readList, serveFolder, settled, watch } from '../tests/e2e/harness.mjs';

const MAX_BYTES = 290_000;
const WIDE = { viewport: { width: 1200, height: 900 } };
const PHONE = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** @typedef {import('playwright-core').Page} Page */
/** Name, address, what kind of device, and what is waited for. @type {[string, string, import('playwright-core').BrowserContextOptions, (page: Page, server: Awaited<ReturnType<typeof serveFolder>>) => Promise<unknown>][]} */
const SHOTS = [
  ['light', '#id=1', { ...WIDE, colorScheme: 'light' }, both],
  ['dark', '#id=1', { ...WIDE, colorScheme: 'dark' }, both],
  [
    'shaped',
    '#id=1,6,205&not=269&f.genres=Sci-Fi&f.score=7..&mix=40',
    { ...WIDE, colorScheme: 'light' },
    (page) => settled(page),
  ],
  [
    'details',
    '#id=1,6&show=205',
    { ...WIDE, colorScheme: 'light' },
    (page) => page.locator('#details .neighbours li').nth(9).waitFor(),
  ],
  ['start-ja', '', { ...WIDE, colorScheme: 'dark', locale: 'ja-JP' }, (page) => settled(page)],
  ['phone', '#id=1', { ...PHONE, colorScheme: 'light' }, both],
  [
    'phone-shaped',
    '#id=1,6',
    { ...PHONE, colorScheme: 'dark' },
    async (page) => {
      await settled(page);
      await page.locator('#shape-toggle').click();
      await page
        .locator('#shape-toggle')
        .evaluate((toggle) => scrollTo(0, toggle.getBoundingClientRect().top + scrollY - 16));
    },
  ],
  ['map', '#id=1,6&map=1', { ...WIDE, colorScheme: 'light' }, (page) => wander(page, 0)],
  ['map-dark', '#id=1,6&map=1', { ...WIDE, colorScheme: 'dark' }, (page) => wander(page, 3)],
  ['map-phone', '#id=1,6&map=1', { ...PHONE, colorScheme: 'light' }, (page) => wander(page, 2)],
  [
    'offline',
    '#id=1,6',
    { ...WIDE, colorScheme: 'light' },
    async (page, server) => {
      await page.locator('#badge[data-state=ready]').waitFor();
      await server.close();
      await page.reload();
      await page.locator('#badge[data-state=offline]').waitFor();
      await settled(page);
    },
  ],
];

/** Opens a liked show on the map and zooms out again by so many steps of the wheel, or all the way. @param {Page} page @param {number} near */
async function wander(page, near) {
  const first = page.locator('#map .map-list button').first();
  await first.waitFor();
  await settledOn(page);
  await first.click();
  await page.locator('#map .map-card h3').waitFor();
  if (near) for (let times = near; times < 5; times += 1) await page.locator('.zoom-out').click();
  else await page.locator('.zoom-all').click();
  await page.mouse.move(0, 0);
  await page.waitForTimeout(600);
}

/** What is in the lists is lit up. @param {Page} page */
const settledOn = (page) =>
  page.locator('#map .map-list').getByText('In the lists').first().waitFor();

/** @param {Page} page */
async function both(page) {
  await readList(page, 'ncf');
  await readList(page, 'synopsis');
  await page.locator('#status', { hasText: 'ranked' }).waitFor();
}

const browser = await launch();
try {
  await mkdir(join(ROOT, 'docs'), { recursive: true });
  for (const [name, address, options, wait] of SHOTS) {
    const server = await serveFolder();
    const { page, context } = await watch(browser, `${server.url}${address}`, {
      ...options,
      reducedMotion: 'reduce',
    });
    await wait(page, server);
    await page.locator('#badge:not([hidden])').waitFor();
    await page.waitForTimeout(150);
    const path = join(ROOT, 'docs', `screenshot-${name}.png`);
    await page.screenshot({ path });
    const { size } = await stat(path);
    console.log(`docs/screenshot-${name}.png: ${Math.round(size / 1000)} kB`);
    if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MAX_BYTES}`);
    await context.close();
    await server.close();
  }
} finally {
  await browser.close();
}
