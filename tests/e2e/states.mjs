// The states of the page that must look right to everybody.

import { AxeBuilder } from '@axe-core/playwright';
import { readList, settled } from './harness.mjs';

/** Each state of the page, and how to come to it. @type {[string, string, (page: import('playwright-core').Page) => Promise<unknown>][]} */
const STATES = [
  ['before typing', '', (page) => settled(page)],
  [
    'while typing',
    '',
    async (page) => {
      await settled(page);
      await page.getByRole('combobox').fill('cowboy');
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press('ArrowDown');
    },
  ],
  [
    'results',
    '#id=1',
    async (page) => {
      await readList(page, 'ncf');
      await readList(page, 'synopsis');
    },
  ],
  ['a show without a synopsis', '#id=23775', (page) => readList(page, 'ncf')],
  [
    'a list of several things',
    '#id=1,6&not=269&seen=5,205&f.genres=-Ecchi&f.score=7..',
    (page) => settled(page),
  ],
  [
    'the filters',
    '#id=1,6&f.genres=Comedy',
    async (page) => {
      await settled(page);
      const toggle = page.locator('#shape-toggle');
      if (await toggle.isVisible()) await toggle.click();
      await page.locator('[data-field=genres] .more-values').click();
    },
  ],
  [
    'details',
    '#id=1&show=6',
    async (page) => {
      await page.locator('#details .neighbours li').nth(9).waitFor();
    },
  ],
  ['nothing passes', '#id=1&f.year=2090..', (page) => page.locator('#ranked-note p').waitFor()],
  ['a failure', '#id=4294967295', (page) => page.locator('.problem-box').waitFor()],
];

/**
 * What axe finds in the page as it is, and what it could not tell. Only that is asked for, at once and without a second page: what
 * is right would be five times as much work.
 *
 * @param {import('playwright-core').Page} page
 * @param {string[]} [without] rules that do not hold here
 */
export async function axe(page, without = []) {
  const checks = { 'color-contrast': { options: { ignorePseudo: true } } }; // else the faint waves behind the page leave it undecided everywhere
  const options = /** @type {import('axe-core').RunOptions} */ ({
    resultTypes: ['violations', 'incomplete'],
    checks,
  }); // its types leave out the checks
  const { violations, incomplete } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .options(options)
    .disableRules(without)
    .analyze();
  // What lies behind a list that is open has no colour to be seen, and one character may be a picture.
  const untold = incomplete
    .filter(({ id }) => id === 'color-contrast')
    .map((each) => ({
      ...each,
      nodes: each.nodes.filter(
        ({ any }) =>
          !['bgOverlap', 'elmPartiallyObscuring', 'shortTextContent'].includes(
            any[0]?.data?.messageKey,
          ),
      ),
    }));
  return [...violations, ...untold]
    .filter(({ nodes }) => nodes.length)
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`,
    );
}

/**
 * Opens each state anew and looks at it.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} url the site's
 * @param {(name: string) => Promise<void>} look
 * @param {() => Promise<void>} [prepare] what is done to the page before it comes to the state
 */
export async function eachState(page, url, look, prepare) {
  for (const [name, path, reach] of STATES) {
    await page.goto('about:blank');
    await page.goto(url + path);
    await prepare?.();
    await reach(page);
    await look(name);
  }
}
