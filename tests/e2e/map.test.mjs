// The map: opened, wandered over by mouse, fingers and keys, heard as a list, and what it lights up and hands on.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serveFolder, settled, site, visitor, watch } from './harness.mjs';
import { axe } from './states.mjs';

const here = await site();
const { browser } = here;
const visiting = visitor(here, { viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });

/** @typedef {import('playwright-core').Page} Page */
const canvas = (/** @type {Page} */ page) => page.locator('#map canvas');
const opened = async (/** @type {Page} */ page) => {
  await page.getByRole('dialog', { name: 'Map of all shows' }).waitFor();
  await page.locator('#map .map-list button').first().waitFor();
};
/** How many shows are in view. */
const inView = (/** @type {Page} */ page) =>
  page
    .locator('#map')
    .getByRole('status')
    .innerText()
    .then((text) => Number(text.replace(/\D/g, '')));
/** Waits until the count of what is in view is another one, and stays. */
async function changes(/** @type {Page} */ page, /** @type {number} */ from) {
  let [last, since] = [from, 0];
  await page.waitForFunction(
    (before) =>
      Number(document.querySelector('#map [role=status]')?.textContent?.replace(/\D/g, '')) !==
      before,
    from,
  );
  while (since < 4) {
    await page.waitForTimeout(150);
    const now = await inView(page);
    [last, since] = [now, now === last ? since + 1 : 0];
  }
  return last;
}
/** The picture as a text, to tell one from another. */
const picture = (/** @type {Page} */ page) =>
  canvas(page).evaluate((element) => /** @type {HTMLCanvasElement} */ (element).toDataURL());

describe('the map', () => {
  test('opens from the page with all of the catalogue, is fetched only then or behind the models, and back closes it', () =>
    visiting('#id=1,6', async (page) => {
      await settled(page);
      await page.getByRole('link', { name: 'Map' }).click();
      await opened(page);
      assert.match(page.url(), /#id=1,6&map=1$/);
      assert.ok((await inView(page)) > 11_000);
      assert.equal(
        await page.locator('#map .map-legend .tag').count(),
        10,
        'nine genres and the others',
      );
      assert.ok(
        (await page.locator('#map .map-list li').count()) > 12,
        'what is liked and what is in the list first, then the popular',
      );
      assert.match(
        await page.locator('#map .map-list').innerText(),
        /Cowboy Bebop[\s\S]*You liked it/,
      );
      await page.goBack();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await page.waitForURL(/#id=1,6$/);
      await page.goForward();
      await opened(page);
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await page.waitForURL(/#id=1,6$/);
    }));

  test('wheel, buttons and drag change what is in view', () =>
    visiting('#map=1', async (page) => {
      await opened(page);
      const whole = await inView(page);
      const { x, y, width, height } =
        /** @type {{ x: number, y: number, width: number, height: number }} */ (
          await canvas(page).boundingBox()
        );
      await page.mouse.move(x + width / 2, y + height / 2);
      for (let times = 0; times < 4; times += 1) await page.mouse.wheel(0, -240);
      const near = await changes(page, whole);
      assert.ok(near < whole);
      await page.mouse.down();
      await page.mouse.move(x + width / 2 - 200, y + height / 2, { steps: 5 });
      await page.mouse.up();
      const moved = await changes(page, near);
      await page.getByRole('button', { name: 'Zoom out' }).click();
      const wider = await changes(page, moved);
      assert.ok(wider > moved);
      await page.getByRole('button', { name: 'Zoom in' }).click();
      assert.ok((await changes(page, wider)) < wider);
      await page.getByRole('button', { name: 'All of it' }).click();
      await page.waitForFunction(
        (count) =>
          Number(document.querySelector('#map [role=status]')?.textContent?.replace(/\D/g, '')) ===
          count,
        whole,
      );
      assert.equal(await page.locator('#map .map-card li').count(), 0, 'a drag chooses nothing');
    }));

  test('pointing names a show, a click chooses it, 👍 counts and lights it up', () =>
    visiting('#map=1', async (page) => {
      await opened(page);
      // What is chosen in the list is in the middle then.
      const first = page.locator('#map .map-list button').first();
      const title = await first.locator('b').innerText();
      await first.click();
      await page.locator('#map .map-card h3', { hasText: title }).waitFor();
      await page.waitForTimeout(300);
      const box = /** @type {{ x: number, y: number, width: number, height: number }} */ (
        await canvas(page).boundingBox()
      );
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x + 3, y + 3);
      await page.locator('.map-tip').filter({ hasText: title }).waitFor();
      await page.mouse.click(x, y);
      await page.locator('#map .map-card h3', { hasText: title }).waitFor();
      const before = await picture(page);
      await page.locator('#map .map-card [data-action=like]').click();
      await page.locator('#map .map-card [data-action=like][aria-pressed=true]').waitFor();
      await page.waitForURL(/#id=\d+&map=1$/);
      await page.locator('#map .map-list').getByText('You liked it').waitFor();
      await page.locator('#map .map-list').getByText('In the lists').first().waitFor();
      assert.notEqual(await picture(page), before);
      await page.locator('#map .map-card [data-action=details]').click();
      await page.locator('#details h2', { hasText: title }).waitFor();
      await page.keyboard.press('Escape');
      await page.locator('#details').waitFor({ state: 'hidden' });
      assert.ok(await page.locator('#map').isVisible(), 'the map stays below the panel');
    }));

  test('by keyboard alone', () =>
    visiting('', async (page) => {
      await settled(page);
      await page.locator('#open-map').focus();
      await page.keyboard.press('Enter');
      await opened(page);
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'CANVAS');
      const whole = await inView(page);
      for (let times = 0; times < 4; times += 1) await page.keyboard.press('+');
      const near = await changes(page, whole);
      for (let times = 0; times < 4; times += 1) await page.keyboard.press('ArrowRight');
      await changes(page, near);
      await page.keyboard.press('Enter');
      await page.locator('#map .map-card h3').waitFor();
      await page.keyboard.press('0');
      await page.waitForFunction(
        (count) =>
          Number(document.querySelector('#map [role=status]')?.textContent?.replace(/\D/g, '')) ===
          count,
        whole,
      );
      const button = page.locator('#map .map-list button').nth(1);
      await button.focus();
      await page.keyboard.press('Enter');
      await page.locator('#map .map-list button[aria-pressed=true]').waitFor();
      assert.equal(
        await page.evaluate(() => Boolean(document.activeElement?.closest('.map-list'))),
        true,
        'the focus stays where it was',
      );
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'open-map');
    }));

  test('two fingers zoom, one moves, a tap chooses', () =>
    visiting(
      '#map=1',
      async (page, { context }) => {
        await opened(page);
        const whole = await inView(page);
        const { x, y, width, height } =
          /** @type {{ x: number, y: number, width: number, height: number }} */ (
            await canvas(page).boundingBox()
          );
        const [cx, cy] = [x + width / 2, y + height / 2];
        const session = await context.newCDPSession(page);
        /** @param {'touchStart' | 'touchMove' | 'touchEnd'} type @param {[number, number][]} points */
        const touch = (type, points) =>
          session.send('Input.dispatchTouchEvent', {
            type,
            touchPoints: points.map(([px, py], id) => ({ x: px, y: py, id })),
          });
        await touch('touchStart', [
          [cx - 20, cy],
          [cx + 20, cy],
        ]);
        for (const far of [40, 60, 80, 100])
          await touch('touchMove', [
            [cx - far, cy],
            [cx + far, cy],
          ]);
        await touch('touchEnd', []);
        const near = await changes(page, whole);
        assert.ok(near < whole);
        await touch('touchStart', [[cx, cy]]);
        for (const far of [20, 60, 100]) await touch('touchMove', [[cx - far, cy]]);
        await touch('touchEnd', []);
        await changes(page, near);
        assert.equal(await page.locator('#map .map-card li').count(), 0);
        await page.locator('#map .map-list button').first().click();
        const title = await page.locator('#map .map-card h3').innerText();
        await page.waitForTimeout(300);
        const now = /** @type {{ x: number, y: number, width: number, height: number }} */ (
          await canvas(page).boundingBox()
        );
        await page.touchscreen.tap(now.x + now.width / 2 + 2, now.y + now.height / 2 + 2);
        await page.locator('#map .map-card h3', { hasText: title }).waitFor();
      },
      { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    ));

  test('a genre alone, by the legend', () =>
    visiting('#map=1', async (page) => {
      await opened(page);
      const [whole, before] = [await inView(page), await picture(page)];
      const music = page.locator('#map').getByRole('button', { name: 'Music', exact: true });
      await music.click();
      assert.equal(await music.getAttribute('aria-pressed'), 'true');
      assert.ok((await changes(page, whole)) < whole / 5);
      assert.notEqual(await picture(page), before);
      await music.click();
      await page.waitForFunction(
        (count) =>
          Number(document.querySelector('#map [role=status]')?.textContent?.replace(/\D/g, '')) ===
          count,
        whole,
      );
    }));

  for (const [
    name,
    options,
  ] of /** @type {[string, import('playwright-core').BrowserContextOptions][]} */ ([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['at 320 px', { viewport: { width: 320, height: 640 } }],
    ['in forced colours', { forcedColors: 'active' }],
    ['in Japanese', { locale: 'ja-JP' }],
  ])) {
    test(`axe finds nothing, nothing is wider than the screen, and the colours are the reader’s: ${name}`, () =>
      visiting(
        '#id=1,6&map=1',
        async (page) => {
          await page.locator('#map .map-list button').first().waitFor();
          await page.locator('#map .map-list button').first().click();
          await page.locator('#map .map-card h3').waitFor();
          await page.waitForTimeout(300);
          assert.deepEqual(await axe(page), []);
          assert.equal(
            await page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            ),
            0,
          );
          const [pixel, paper] = await canvas(page).evaluate((element) => {
            const context = /** @type {CanvasRenderingContext2D} */ (
              /** @type {HTMLCanvasElement} */ (element).getContext('2d')
            );
            return [
              `rgb(${[...context.getImageData(1, 1, 1, 1).data.slice(0, 3)].join(', ')})`,
              getComputedStyle(/** @type {Element} */ (element.parentElement)).backgroundColor,
            ];
          });
          assert.equal(pixel, paper);
        },
        options,
      ));
  }
});

test('a map that cannot be had is told, and tried again', async () => {
  let isBroken = true;
  const broken = await serveFolder({
    alter: (path, reply) =>
      isBroken && path.includes('/map.')
        ? { ...reply, status: 503, headers: { ...reply.headers, 'Cache-Control': 'no-store' } }
        : undefined,
  });
  const { page, context } = await watch(browser, `${broken.url}#id=1,6`);
  try {
    await settled(page);
    await page.locator('#open-map').click();
    await page.locator('#problem [data-code=http_status]').waitFor();
    assert.equal(
      await page.locator('#badge[data-state=ready]').count(),
      0,
      'nor is it said that all is kept',
    );
    isBroken = false;
    await page.locator('#open-map').click(); // the address asks for it already
    await opened(page);
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await page.locator('#problem').innerText(), '');
  } finally {
    await context.close();
    await broken.close();
  }
});

test('a link to a show on the map opens the panel above the map', () =>
  visiting('#id=1&map=1&show=6', async (page) => {
    await opened(page);
    await page.locator('#details h2', { hasText: 'Trigun' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.closest('dialog')?.id === 'details');
    await page.keyboard.press('Escape');
    await page.locator('#details').waitFor({ state: 'hidden' });
    assert.ok(await page.locator('#map').isVisible());
  }));

test('a link to the map of one show waits for the catalogue, though first answers do not', async () => {
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  const slow = await serveFolder({
    alter: async (path) => {
      if (path.includes('embeddings/catalogue')) await held;
    },
  });
  const { page, context, said } = await watch(browser, `${slow.url}#id=1&map=1`);
  try {
    await page.waitForTimeout(700);
    assert.equal(await page.locator('.problem-box').count(), 0);
    release();
    await opened(page);
    assert.ok((await inView(page)) > 11_000);
    assert.deepEqual(said, []);
  } finally {
    release();
    await context.close();
    await slow.close();
  }
});

test('a release without a map offers none', async () => {
  const without = await serveFolder({
    alter: (path, reply) => {
      if (!path.endsWith('embeddings/manifest.json')) return undefined;
      const manifest = JSON.parse(String(reply.body));
      return {
        ...reply,
        body: Buffer.from(
          JSON.stringify({
            ...manifest,
            files: manifest.files.filter(
              (/** @type {{ kind: string }} */ { kind }) => kind !== 'map',
            ),
          }),
        ),
      };
    },
  });
  const { page, context, said } = await watch(browser, `${without.url}#id=1,6`);
  try {
    await settled(page);
    await page.locator('#badge[data-state=ready]').waitFor();
    assert.equal(await page.locator('#open-map').isVisible(), false);
    assert.deepEqual(said, []);
  } finally {
    await context.close();
    await without.close();
  }
});

test('offline it is there too', async () => {
  const gone = await serveFolder();
  const { page, context } = await watch(browser, gone.url, { reducedMotion: 'reduce' });
  try {
    await page.locator('#badge[data-kept=part]').waitFor();
    await page.getByRole('button', { name: /^Keep everything offline/ }).click();
    await page.locator('#badge[data-kept=everything]').waitFor();
    await gone.close();
    await page.goto(`${gone.url}#map=1`);
    await page.reload();
    await opened(page);
    await page.locator('#map .map-list button').first().click();
    await page.locator('#map .map-card h3').waitFor();
  } finally {
    await context.close();
    await gone.close().catch(() => {});
  }
});
