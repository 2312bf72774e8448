// Rows are used again for other shows, and the address is written when the hand rests: neither may be seen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, site, visitor } from './harness.mjs';

const visiting = visitor(await site(), { locale: 'en-US' });

/** The list as it stands, without the numbers that its pictures' patterns happen to have. @param {import('playwright-core').Page} page */
const listOf = (page) =>
  page.locator('#ranked-list').evaluate((list) => list.innerHTML.replaceAll(/motif-\d+/g, 'motif'));

test('rows that were used for other shows say what fresh ones say', () =>
  visiting('#id=1,6', async (page) => {
    await settled(page);
    const change = async (/** @type {() => Promise<unknown>} */ action) => {
      const before = await listOf(page);
      await action();
      await page.waitForFunction((old) => {
        const list = /** @type {HTMLElement} */ (document.querySelector('#ranked-list'));
        return (
          !list.hasAttribute('aria-busy') &&
          list.innerHTML.replaceAll(/motif-\d+/g, 'motif') !== old
        );
      }, before);
      await settled(page);
    };
    await change(() => page.getByRole('checkbox', { name: 'Movie', exact: true }).click());
    await change(() => page.getByRole('slider', { name: 'Ranked by' }).fill('60'));
    await change(() => page.getByRole('button', { name: 'More shows' }).click());
    await change(() => page.getByRole('button', { name: '日本語' }).click());
    await change(() => page.getByRole('checkbox', { name: 'Movie', exact: true }).click());
    await change(() => page.locator('#ranked-list [data-action=like]').nth(3).click());
    await change(() => page.locator('#ranked-list [data-action=seen]').nth(1).click());
    const used = await listOf(page);
    await page.reload();
    await settled(page);
    assert.equal(used, await listOf(page));
  }));

test('what was set a moment ago is one step back, even before the address says it', () =>
  visiting('#id=1,6', async (page) => {
    await settled(page);
    await page.evaluate(() => {
      const slider = /** @type {HTMLInputElement} */ (document.querySelector('#mix'));
      slider.value = '60';
      slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
      /** @type {HTMLElement} */ (
        document.querySelector('#ranked-list [data-action=details]')
      ).click();
    });
    await page.waitForURL(/#id=1,6&mix=60&show=\d+$/);
    await page.getByRole('dialog').waitFor();
    await page.goBack();
    await page.waitForURL(/#id=1,6&mix=60$/);
  }));

test('a slider that is dragged for long changes the address seldom: browsers ration that', () =>
  visiting('#id=1,6', async (page) => {
    await settled(page);
    const times = await page.evaluate(async () => {
      let times = 0;
      const replace = history.replaceState;
      history.replaceState = (...args) => {
        times += 1;
        replace.apply(history, args);
      };
      const slider = /** @type {HTMLInputElement} */ (document.querySelector('#mix'));
      for (let step = 0; step < 100; step += 1) {
        slider.value = String(5 * (step % 20));
        slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return times;
    });
    await page.waitForURL(/#id=1,6&mix=95$/);
    assert.ok(times < 20, `${times} times`);
  }));
