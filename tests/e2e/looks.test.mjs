// How the page looks to those who cannot see it, see it small, or asked for less: axe, narrow screens, contrast, motion.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LISTS, readList, settled, site, watch } from './harness.mjs';
import { axe, eachState } from './states.mjs';

const { browser, server } = await site();

/** @typedef {NonNullable<Parameters<import('playwright-core').Page['emulateMedia']>[0]>} Media */
/** @type {Record<string, Media>} */
const COLOURS = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'forced colours': { colorScheme: 'light', forcedColors: 'active' },
};

for (const [width, colours] of /** @type {[number, string[]][]} */ ([
  [320, []],
  [360, ['light', 'dark']],
  [768, []],
  [1280, ['light', 'dark', 'forced colours']],
  [2560, []],
])) {
  test(`${width} px: nothing is wider than the screen${colours.length ? `; axe finds nothing: ${colours.join(', ')}` : ''}`, async () => {
    const { page, context } = await watch(browser, server.url, {
      viewport: { width, height: 800 },
      reducedMotion: 'reduce',
      serviceWorkers: colours.length ? 'allow' : 'block',
    });
    try {
      await eachState(page, server.url, async (name) => {
        assert.equal(
          await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          ),
          0,
          name,
        );
        for (const colour of colours) {
          await page.emulateMedia(COLOURS[colour]);
          assert.deepEqual(await axe(page), [], `${name}, ${colour}`);
        }
        await page.emulateMedia({ colorScheme: null, forcedColors: null });
      });
    } finally {
      await context.close();
    }
  });
}

test('the lists stand side by side where there is room, one above the other where not', async () => {
  const { page, context } = await watch(browser, `${server.url}#id=1`, {
    viewport: { width: 1280, height: 800 },
  });
  try {
    await readList(page, 'synopsis');
    const tops = () =>
      page
        .locator('#lists > section')
        .evaluateAll((sections) => sections.map((section) => section.getBoundingClientRect().top));
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
  const { page, context } = await watch(browser, `${server.url}#id=1`, {
    reducedMotion: 'reduce',
    forcedColors: 'active',
  });
  try {
    for (const model of LISTS) await readList(page, model); // whole, so that no row is drawn anew any more
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
    assert.equal(
      await page
        .locator('.show')
        .first()
        .evaluate((row) => getComputedStyle(row).animationName),
      'none',
    );
    const bar = await page
      .locator('.bar')
      .first()
      .evaluate((row) => getComputedStyle(row, '::before').borderTopStyle);
    assert.equal(bar, 'solid');
  } finally {
    await context.close();
  }
});

test('names and roles: what a screen reader finds', async () => {
  const { page, context } = await watch(browser, `${server.url}#id=1`);
  try {
    await Promise.all([readList(page, 'ncf'), readList(page, 'synopsis')]);
    await page.getByRole('combobox', { name: 'A show you liked' }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'Cowboy Bebop' }).waitFor();
    for (const name of ['People who watched it also watched', 'Its story is like']) {
      const region = page.getByRole('region', { name });
      await region.getByRole('heading', { level: 2, name }).waitFor();
      assert.equal(await region.getByRole('listitem').count(), 10);
      assert.equal(await region.getByRole('link').count(), 10);
    }
    assert.match(
      await page.getByRole('status').filter({ hasText: '20 shows like' }).innerText(),
      /^20 shows like Cowboy Bebop, out of 12,389\.$/,
    );
    for (const row of [page.getByRole('listitem').filter({ hasText: 'Outlaw Star' }).first()]) {
      for (const name of [/^I like /, /^Not for me: /, /^Seen it: /, /^About /])
        assert.equal(await row.getByRole('button', { name }).count(), 1);
    }
    await page.goto(`${server.url}#id=1,6`);
    await settled(page);
    await page
      .getByRole('region', { name: 'What the list is made of' })
      .getByRole('button', { name: 'Trigun, liked: take away' })
      .waitFor();
    const form = page.getByRole('form', { name: 'Shape the list' });
    for (const name of ['Ranked by', 'Variety', 'Score at least'])
      await form.getByRole('slider', { name }).waitFor();
    for (const name of ['How well known', 'Genres', 'Type', 'Year'])
      await form.getByRole('group', { name }).waitFor();
    for (const name of ['Well known', 'As usual', 'Hidden gems'])
      assert.equal(await form.getByRole('radio', { name }).count(), 1);
    assert.equal(await form.getByRole('checkbox', { name: 'One of each series' }).count(), 1);
    for (const name of ['from', 'to'])
      assert.equal(await form.getByRole('spinbutton', { name }).count(), 1);
    // A change is told by its number, not by every title.
    assert.match(await page.locator('#status[role=status]').innerText(), /^10 shows: /);
    assert.equal(await page.locator('[aria-live] li, [role=status] li').count(), 0);
    await page.getByRole('link', { name: 'Map' }).waitFor();
    await page.getByRole('button', { name: 'Dark colours' }).waitFor();
  } finally {
    await context.close();
  }
});
