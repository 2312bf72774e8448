// Draws www/page/icons/ from www/page/icon.svg, with the browser that the tests use. Run it after changing the drawing.
//   node pkg-scripts/icons.mjs

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, ROOT } from '../tests/e2e/harness.mjs';

/** Name, size, and how much of the square the drawing takes: a maskable icon may lose all outside a circle of 80 %. @type {[string, number, number][]} */
const ICONS = [
  ['icon-192', 192, 1],
  ['icon-512', 512, 1],
  ['maskable-512', 512, 0.66],
];
const GROUND = '#b3341c';

const drawing = `data:image/svg+xml;base64,${(await readFile(join(ROOT, 'www/page/icon.svg'))).toString('base64')}`;
await mkdir(join(ROOT, 'www/page/icons'), { recursive: true });
const browser = await launch();
try {
  for (const [name, size, part] of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(
      `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${part < 1 ? GROUND : 'transparent'}"><img alt="" src="${drawing}" width="${size * part}" height="${size * part}">`,
    );
    await page.locator('img').evaluate((image) => /** @type {HTMLImageElement} */ (image).decode());
    await page.screenshot({
      path: join(ROOT, 'www/page/icons', `${name}.png`),
      omitBackground: true,
    });
    await page.close();
  }
} finally {
  await browser.close();
}
