// What a visitor does, in a real browser, on the real release, under the strictest policy, with an empty console.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LISTS, readList, serveFolder, site, visitor, watch } from './harness.mjs';

const BEBOP = 1;
/** A popular show of 2017, after the ratings were collected: no row in the viewers' model. */
const WITHOUT_STORY = 23775;
/** Two shows of one title. */
const TWINS = { title: 'Dungeon Meshi', ids: ['36577', '52701'] };

const here = await site();
const { browser } = here;
const visiting = visitor(here);

describe('the page', () => {
  test('by keyboard alone: Cowboy Bebop gives ten and ten', () =>
    visiting('', async (page) => {
      await page.getByRole('combobox').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('cowboy be');
      await page.getByRole('option').first().waitFor();
      const box = page.getByRole('combobox');
      assert.equal(await box.getAttribute('aria-expanded'), 'true');
      await page.keyboard.press('ArrowDown');
      const active = await box.getAttribute('aria-activedescendant');
      assert.match(await page.locator(`#${active}`).innerText(), /^Cowboy Bebop\b.*TV · 1998/);
      await page.keyboard.press('Enter');
      for (const model of LISTS) {
        const rows = await readList(page, model);
        assert.equal(rows.length, 10);
        assert.ok(
          rows.every(({ id }) => id !== BEBOP),
          'never the show itself',
        );
        assert.equal(new Set(rows.map(({ id }) => id)).size, 10);
        assert.ok(
          rows.every(({ score }, at) => at === 0 || score <= rows[at - 1].score),
          'best first',
        );
        assert.ok(
          rows.some(({ text }) => /(TV|Movie|OVA) · (19|20)\d\d/.test(text)),
          'type and year are shown',
        );
      }
      assert.match(page.url(), /#id=1$/);
      assert.match(await page.title(), /Cowboy Bebop/);
      assert.match(
        await page.locator('#status').innerText(),
        /^20 shows like Cowboy Bebop, out of 12,\d{3}\.$/,
      );
      assert.equal(await box.getAttribute('aria-expanded'), 'false');
    }));

  test('Enter takes the first suggestion, even before it is drawn', () =>
    visiting('', async (page) => {
      await page.locator('#search-input').fill('cowboy bebop');
      await page.keyboard.press('Enter');
      await readList(page, 'ncf');
      assert.equal(await page.locator('#chosen-title').innerText(), 'Cowboy Bebop');
    }));

  test('Escape closes the suggestions, then empties the field', () =>
    visiting('', async (page) => {
      const box = page.getByRole('combobox');
      await box.fill('naruto');
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await page.getByRole('option').count(), 0);
      assert.equal(await box.inputValue(), 'naruto');
      await page.keyboard.press('Escape');
      assert.equal(await box.inputValue(), '');
      await box.fill('zzzz no such show');
      await page.getByText('No show of that name').waitFor();
    }));

  test('a Japanese title finds the show', () =>
    visiting('', async (page) => {
      await page.getByRole('combobox').fill('カウボーイビ');
      await page
        .getByRole('option', { name: /^Cowboy Bebop/ })
        .first()
        .waitFor();
    }));

  test('a show without a synopsis: what its viewers watched, and the reason for the empty list', () =>
    visiting(`#id=${WITHOUT_STORY}`, async (page) => {
      await readList(page, 'ncf');
      await page
        .locator('#synopsis-note')
        .filter({ hasText: /^The data has no synopsis of this show/ })
        .waitFor();
      assert.equal(await page.locator('#synopsis-list > li').count(), 0);
    }));

  test('a show that too few have rated has a list by its content, which says so', () =>
    visiting('#id=49387', async (page) => {
      assert.equal((await readList(page, 'ncf')).length, 10);
      const heading = 'Like it by its content: few have rated it';
      await page.getByRole('heading', { level: 2, name: heading }).waitFor();
      assert.equal((await readList(page, 'synopsis')).length, 10);
    }));

  test('the same title twice is told apart', () =>
    visiting('', async (page) => {
      await page.getByRole('combobox').fill(TWINS.title);
      await page.getByRole('option').nth(1).waitFor();
      const twins = page.getByRole('option').filter({ hasText: TWINS.title });
      const texts = await twins.allInnerTexts();
      assert.equal(new Set(texts).size, texts.length);
      for (const id of TWINS.ids)
        assert.ok(
          texts.some((text) => text.includes(id)),
          `${id} among ${texts}`,
        );
      await twins.filter({ hasText: TWINS.ids[0] }).click();
      await page.waitForURL(new RegExp(`#id=${TWINS.ids[0]}$`));
    }));

  test('a result becomes the next question, and the back button undoes it', () =>
    visiting('', async (page) => {
      await page.getByRole('link', { name: 'Cowboy Bebop' }).click();
      const [first] = await readList(page, 'ncf');
      const link = page.locator('#ncf-list a').first();
      const next = await link.innerText();
      await link.focus();
      await page.keyboard.press('Enter');
      await page.locator('#chosen-title', { hasText: next }).waitFor();
      assert.ok(page.url().endsWith(`#id=${first.id}`));
      await readList(page, 'synopsis');
      await page.waitForFunction(() => document.activeElement?.id === 'chosen-title', undefined, {
        timeout: 2000,
      });
      await page.goBack();
      await page.locator('#chosen-title', { hasText: /^Cowboy Bebop$/ }).waitFor();
      assert.equal((await readList(page, 'ncf'))[0].id, first.id);
      await page.goBack();
      await page.locator('#examples').waitFor();
      assert.equal(await page.locator('#lists').isVisible(), false);
      assert.equal(await page.getByRole('combobox').inputValue(), '');
      await page.goForward();
      await readList(page, 'ncf');
    }));

  test('an unknown id is told in words, and a title still works after it', () =>
    visiting('#id=4294967295', async (page) => {
      await page.locator('#problem [data-code=unknown_id]').waitFor();
      await page.getByRole('combobox').fill('Cowboy Bebop');
      await page.keyboard.press('Enter');
      await readList(page, 'ncf');
      assert.equal(await page.locator('#problem').innerText(), '');
    }));

  test('“Delete everything” deletes what is still on its way, too', async () => {
    /** @type {() => void} */
    let release = () => {};
    const held = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const slow = await serveFolder({
      alter: async (path) => {
        if (path.includes('embeddings/synopsis.')) await held;
      },
    });
    const { page, context, said } = await watch(browser, `${slow.url}#id=1`);
    try {
      await readList(page, 'ncf');
      await page.getByRole('button', { name: 'Delete everything' }).click();
      await page.getByText('Everything of this page is gone from this device.').waitFor();
      release();
      while (!slow.asked.some((path) => path.endsWith('sw.js'))) await page.waitForTimeout(50); // the page is being kept
      await page.waitForTimeout(1000);
      await page.waitForFunction(
        async () =>
          (await caches.keys()).length +
            (await navigator.serviceWorker.getRegistrations()).length ===
          0,
      );
      assert.equal(await page.locator('#badge').isVisible(), false);
      assert.deepEqual(said, []);
    } finally {
      release();
      await context.close();
      await slow.close();
    }
  });

  test('both lists of a show come before any download, each of which is shown in bytes', async () => {
    /** @type {() => void} */
    let release = () => {};
    const held = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const slow = await serveFolder({
      alter: async (path) => {
        if (path.includes('ncf-residual')) await held;
      },
    });
    const watched = await watch(browser, `${slow.url}#id=1`);
    try {
      for (const model of LISTS)
        await watched.page.locator(`#${model}-list > li:nth-child(10)`).waitFor();
      await watched.page.locator('#ncf-list', { hasText: /TV · \d{4}/ }).waitFor();
      assert.equal(
        await watched.page.locator('#status').innerText(),
        '20 shows like Cowboy Bebop, out of 12,389.',
      );
      await watched.page
        .locator('#downloads', { hasText: /Catalogue\s*[\d.]+ [kM]B\s*Viewers\s*[\d.]+ [kM]B/ })
        .waitFor();
      release();
      await watched.page.locator('#downloads li').first().waitFor({ state: 'detached' }); // all is here: the line goes
      assert.match(
        await watched.page.locator('#about').innerText(),
        /Viewers [\d,]+ rows, [\d.]+ [kM]B; Stories [\d,]+ rows, [\d.]+ [kM]B/,
      );
      assert.deepEqual(watched.said, []);
      await watched.page.locator('#badge[data-state=ready]').waitFor();
      const unwanted = slow.asked.filter((path) => /embeddings\/(synopsis|map)/.test(path));
      assert.deepEqual(unwanted, [], 'nobody has asked for these');
    } finally {
      release();
      await watched.context.close();
      await slow.close();
    }
  });

  test('from a sub-path', async () => {
    const below = await serveFolder({ prefix: '/some/project/' });
    const watched = await watch(browser, `${below.url}#id=1`);
    try {
      for (const model of LISTS) await readList(watched.page, model);
      assert.deepEqual(watched.said, []);
      assert.ok(
        below.asked.every((path) => path.startsWith('/some/project/')),
        String(below.asked),
      );
    } finally {
      await watched.context.close();
      await below.close();
    }
  });
});
