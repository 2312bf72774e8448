// The page twice as large.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { site, watch } from './harness.mjs';
import { eachState } from './states.mjs';

const { browser, server } = await site();

// A zoom of the browser is fewer CSS pixels, each of more dots; text alone zoomed is a larger root font.
for (const [
  what,
  options,
  font,
] of /** @type {[string, import('playwright-core').BrowserContextOptions, string][]} */ ([
  ['the browser’s own zoom', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, ''],
  ['text alone', { viewport: { width: 1280, height: 800 } }, '200%'],
  ['text alone on a phone', { viewport: { width: 360, height: 740 } }, '200%'],
])) {
  test(`at 200 %, ${what}: nothing is cut off, and everything can still be pressed`, async () => {
    const { page, context } = await watch(browser, server.url, {
      ...options,
      reducedMotion: 'reduce',
    });
    try {
      await eachState(
        page,
        server.url,
        async (name) => {
          const { over, hidden, cut } = await page.evaluate(() => {
            const seen = (/** @type {Element} */ element) =>
              element.checkVisibility({ visibilityProperty: true });
            const buttons = [
              ...document.querySelectorAll('button, a[href], input, summary'),
            ].filter(seen);
            const open = document.querySelector('dialog[open]');
            return {
              over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
              hidden: buttons
                .filter(
                  (button) => (open ? open.contains(button) : true) && !button.closest('#examples'),
                )
                .filter((button) => {
                  const { left, right } = button.getBoundingClientRect();
                  return right < 1 || left > document.documentElement.clientWidth - 1;
                })
                .map((button) => button.outerHTML.slice(0, 120)),
              cut: [...document.querySelectorAll('.button, .tag, .segments span, .heading h1')]
                .filter(seen)
                .filter((box) => box.scrollWidth > box.clientWidth + 1)
                .map((box) => box.textContent),
            };
          });
          assert.deepEqual({ over, hidden, cut }, { over: 0, hidden: [], cut: [] }, name);
        },
        async () => {
          if (font)
            await page.evaluate((size) => {
              document.documentElement.style.fontSize = size;
            }, font);
        },
      );
    } finally {
      await context.close();
    }
  });
}
