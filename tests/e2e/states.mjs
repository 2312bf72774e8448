// The states of the page that must look right to everybody.

import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';
import { readList, settled } from './harness.mjs';

/** Each state of the page, and how to come to it. @type {[string, string, (page: import('playwright-core').Page) => Promise<unknown>][]} */
export const STATES = [
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

/** Wants axe to find nothing in any of them. @param {import('playwright-core').Page} page @param {string} url the site's */
export async function axeFindsNothing(page, url) {
  for (const [name, path, reach] of STATES) {
    await page.goto('about:blank');
    await page.goto(url + path);
    await reach(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`), [], name);
  }
}
