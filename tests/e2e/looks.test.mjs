// How the page looks to those who cannot see it, see it small, or asked for less: axe, narrow screens, contrast, motion.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { launch, readList, serveFolder, settled, watch } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serveFolder()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Each state of the page, and how to come to it. @type {[string, string, (page: import('playwright-core').Page) => Promise<unknown>][]} */
const STATES = [
  ['before typing', '', (page) => settled(page)],
  ['while typing', '', async (page) => {
    await settled(page);
    await page.getByRole('combobox').fill('cowboy');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
  }],
  ['results', '#id=1', async (page) => {
    await readList(page, 'ncf');
    await readList(page, 'synopsis');
  }],
  ['an unrated show', '#id=33486', (page) => readList(page, 'synopsis')],
  ['a list of several things', '#id=1,6&not=269&seen=5,205&x=Ecchi&min=7', (page) => settled(page)],
  ['the filters', '#id=1,6&g=Comedy', async (page) => {
    await settled(page);
    const toggle = page.locator('#shape-toggle');
    if (await toggle.isVisible()) await toggle.click();
    await page.locator('#more-genres').click();
  }],
  ['details', '#id=1&show=6', async (page) => {
    await page.locator('#details .neighbours li').nth(9).waitFor();
  }],
  ['nothing passes', '#id=1&from=2090', (page) => page.locator('#ranked-note p').waitFor()],
  ['a failure', '#id=4294967295', (page) => page.locator('.problem-box').waitFor()],
];

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  for (const width of [360, 1280]) {
    test(`axe finds nothing: ${colorScheme}, ${width} px`, async () => {
      const { page, context } = await watch(browser, server.url, { colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' });
      try {
        for (const [name, path, reach] of STATES) {
          await page.goto('about:blank');
          await page.goto(server.url + path);
          await reach(page);
          const { violations } = await new AxeBuilder({ page }).analyze();
          assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`), [], name);
        }
      } finally {
        await context.close();
      }
    });
  }
}

test('axe finds nothing in forced colours', async () => {
  const { page, context } = await watch(browser, server.url, { forcedColors: 'active', viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  try {
    for (const [name, path, reach] of STATES) {
      await page.goto('about:blank');
      await page.goto(server.url + path);
      await reach(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`), [], name);
    }
  } finally {
    await context.close();
  }
});

// A zoom of the browser is fewer CSS pixels, each of more dots; text alone zoomed is a larger root font.
for (const [what, options, font] of /** @type {[string, import('playwright-core').BrowserContextOptions, string][]} */ ([
  ['the browser’s own zoom', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, ''],
  ['text alone', { viewport: { width: 1280, height: 800 } }, '200%'],
  ['text alone on a phone', { viewport: { width: 360, height: 740 } }, '200%'],
])) {
  test(`at 200 %, ${what}: nothing is cut off, and everything can still be pressed`, async () => {
    const { page, context } = await watch(browser, server.url, { ...options, reducedMotion: 'reduce' });
    try {
      for (const [name, path, reach] of STATES) {
        await page.goto('about:blank');
        await page.goto(server.url + path);
        if (font) await page.evaluate((size) => { document.documentElement.style.fontSize = size; }, font);
        await reach(page);
        const { over, hidden, cut } = await page.evaluate(() => {
          const seen = (/** @type {Element} */ element) => element.checkVisibility({ visibilityProperty: true });
          const buttons = [...document.querySelectorAll('button, a[href], input, summary')].filter(seen);
          const open = document.querySelector('dialog[open]');
          return {
            over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            hidden: buttons.filter((button) => (open ? open.contains(button) : true) && !button.closest('#examples')).filter((button) => {
              const { left, right } = button.getBoundingClientRect();
              return right < 1 || left > document.documentElement.clientWidth - 1;
            }).map((button) => button.outerHTML.slice(0, 120)),
            cut: [...document.querySelectorAll('.button, .tag, .segments span, .heading h1')].filter(seen).filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent),
          };
        });
        assert.deepEqual({ over, hidden, cut }, { over: 0, hidden: [], cut: [] }, name);
      }
    } finally {
      await context.close();
    }
  });
}

describe('nothing is wider than the screen', () => {
  for (const width of [320, 360, 768, 2560]) {
    test(`${width} px`, async () => {
      const { page, context } = await watch(browser, server.url, { viewport: { width, height: 700 } });
      try {
        for (const [name, path, reach] of STATES) {
          await page.goto('about:blank');
          await page.goto(server.url + path);
          await reach(page);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.equal(over, 0, name);
        }
      } finally {
        await context.close();
      }
    });
  }
});

test('the lists stand side by side where there is room, one above the other where not', async () => {
  const { page, context } = await watch(browser, `${server.url}#id=1`, { viewport: { width: 1280, height: 800 } });
  try {
    await readList(page, 'synopsis');
    const tops = () => page.locator('#lists > section').evaluateAll((sections) => sections.map((section) => section.getBoundingClientRect().top));
    let [left, right] = await tops();
    assert.equal(left, right);
    await page.setViewportSize({ width: 360, height: 800 });
    [left, right] = await tops();
    assert.ok(right > left + 500);
  } finally {
    await context.close();
  }
});

test('no motion when less is asked for; usable in forced colours', async () => {
  const { page, context } = await watch(browser, `${server.url}#id=1`, { reducedMotion: 'reduce', forcedColors: 'active' });
  try {
    await readList(page, 'ncf');
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    assert.equal(await page.locator('.show').first().evaluate((row) => getComputedStyle(row).animationName), 'none');
    const bar = await page.locator('.bar').first().evaluate((row) => getComputedStyle(row, '::before').borderTopStyle);
    assert.equal(bar, 'solid');
  } finally {
    await context.close();
  }
});

test('names and roles: what a screen reader finds', async () => {
  const { page, context } = await watch(browser, `${server.url}#id=1`);
  try {
    await readList(page, 'synopsis');
    await page.getByRole('combobox', { name: 'A show you liked' }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'Cowboy Bebop' }).waitFor();
    for (const name of ['People who watched it also watched', 'Its story is like']) {
      const region = page.getByRole('region', { name });
      await region.getByRole('heading', { level: 2, name }).waitFor();
      assert.equal(await region.getByRole('listitem').count(), 10);
      assert.equal(await region.getByRole('link').count(), 10);
    }
    assert.match(await page.getByRole('status').filter({ hasText: '20 shows like' }).innerText(), /nothing is sent/);
    for (const row of [page.getByRole('listitem').filter({ hasText: 'Outlaw Star' }).first()]) {
      for (const name of [/^I like /, /^Not for me: /, /^Seen it: /, /^About /]) assert.equal(await row.getByRole('button', { name }).count(), 1);
    }
    await page.goto(`${server.url}#id=1,6`);
    await settled(page);
    await page.getByRole('region', { name: 'What the list is made of' }).getByRole('button', { name: 'Trigun, liked: take away' }).waitFor();
    const form = page.getByRole('form', { name: 'Shape the list' });
    for (const name of ['Ranked by', 'Variety', 'Score at least']) await form.getByRole('slider', { name }).waitFor();
    for (const name of ['How well known', 'Genres', 'Type', 'Years']) await form.getByRole('group', { name }).waitFor();
    for (const name of ['Well known', 'As usual', 'Hidden gems']) assert.equal(await form.getByRole('radio', { name }).count(), 1);
    assert.equal(await form.getByRole('checkbox', { name: 'One of each series' }).count(), 1);
    for (const name of ['from', 'to']) assert.equal(await form.getByRole('spinbutton', { name }).count(), 1);
    // A change is told by its number, not by every title.
    assert.match(await page.locator('#status[role=status]').innerText(), /^10 shows: /);
    assert.equal(await page.locator('[aria-live] li, [role=status] li').count(), 0);
    await page.getByRole('link', { name: 'Map' }).waitFor();
    await page.getByRole('button', { name: 'Dark colours' }).waitFor();
  } finally {
    await context.close();
  }
});
