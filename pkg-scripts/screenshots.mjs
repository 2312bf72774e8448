// Makes docs/screenshot-{light,dark,phone}.png from target/site, with the browser that the tests use.
//   pkg-scripts/build-site.sh && node pkg-scripts/screenshots.mjs

import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, readList, ROOT, serveFolder, watch } from '../tests/e2e/harness.mjs';

const MAX_BYTES = 250_000;
/** @type {[string, import('playwright-core').BrowserContextOptions][]} */
const SHOTS = [
  ['light', { colorScheme: 'light', viewport: { width: 1200, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1200, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
];

const [browser, server] = await Promise.all([launch(), serveFolder()]);
try {
  await mkdir(join(ROOT, 'docs'), { recursive: true });
  for (const [name, options] of SHOTS) {
    const { page, context } = await watch(browser, `${server.url}#id=1`, { ...options, reducedMotion: 'reduce' });
    await readList(page, 'ncf');
    await readList(page, 'synopsis');
    await page.locator('#status', { hasText: 'ranked' }).waitFor();
    const path = join(ROOT, 'docs', `screenshot-${name}.png`);
    await page.screenshot({ path });
    const { size } = await stat(path);
    console.log(`docs/screenshot-${name}.png: ${Math.round(size / 1000)} kB`);
    if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, more than ${MAX_BYTES}`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
