// The page in Firefox and in WebKit: a title typed and chosen, a filter, offline, an empty console.
// The lists must hold what the command answers from the same release.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { By, error } from 'selenium-webdriver';
import { askCommand } from '../e2e/faces.mjs';
import { EMBEDDINGS, LISTS } from '../e2e/harness.mjs';
import { startFirefox, startWebKit } from './drivers.mjs';

const BEBOP = 1;
const TITLE = 'Cowboy Bebop';
/** With a filter the page shows one list, by default of this model. */
const MOVIES = { liked: [BEBOP], model: 'ncf', limit: 10, filter: { type: { any: ['Movie'] } } };
/** How long a step may take on a busy machine. */
const PATIENCE_MS = 60_000;

/** Asks the command for ids. @param {import('#client/index.js').Request[]} requests */
async function askIds(requests) {
  const answers = await askCommand(EMBEDDINGS, requests);
  return answers.map((answer) =>
    JSON.parse(answer).items.map((/** @type {{ id: number }} */ { id }) => id),
  );
}

/** @param {typeof startFirefox} start */
function smoke(start) {
  /** @type {(() => unknown)[]} */
  const stops = [];
  /** @type {Awaited<ReturnType<typeof start>>} */
  let started;
  before(async () => {
    started = await start((stop) => stops.unshift(stop));
    await started.driver.manage().window().setRect({ x: 0, y: 0, width: 1280, height: 1000 });
    await started.driver.get(started.server.url);
  });
  after(async () => {
    const ends = [];
    for (const stop of stops)
      ends.push(...(await Promise.allSettled([Promise.resolve().then(stop)])));
    assert.ok(!ends.some(({ status }) => status === 'rejected'), JSON.stringify(ends));
  });

  const find = (/** @type {By} */ locator) => started.driver.findElement(locator);
  /**
   * Repeats a step until it returns true. The page may draw an element anew between two commands.
   * @param {string} what @param {() => Promise<boolean>} step
   */
  const until = (what, step) =>
    started.driver.wait(
      () =>
        step().catch((reason) => {
          if (
            reason instanceof error.StaleElementReferenceError ||
            reason instanceof error.NoSuchElementError
          )
            return false;
          throw reason;
        }),
      PATIENCE_MS,
      what,
    );
  /**
   * Returns the rows of a list that can be seen.
   * @param {string} list @returns {Promise<{ id: number, text: string }[]>}
   */
  const rows = (list) =>
    started.driver.executeScript(
      (/** @type {string} */ selector) =>
        [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))]
          .filter((row) => row.checkVisibility())
          .map((row) => ({ id: Number(row.dataset.id), text: row.innerText })),
      `#${list}-list > li`,
    );
  /**
   * Waits until a list shows these ten ids, and fails with those that it shows instead.
   * @param {string} list @param {number[]} expected
   */
  async function shows(list, expected) {
    assert.equal(expected.length, 10);
    /** @type {number[]} */
    let ids = [];
    const isShown = async () => {
      ids = (await rows(list)).map(({ id }) => id);
      return isDeepStrictEqual(ids, expected);
    };
    await until(list, isShown).catch((reason) => {
      if (!(reason instanceof error.TimeoutError)) throw reason;
    });
    assert.deepEqual(ids, expected, list);
  }

  const says = (/** @type {string} */ id, /** @type {RegExp} */ text) =>
    until(`${id}: ${text}`, async () => text.test(await find(By.id(id)).getText()));

  test('a title typed and chosen gives the ten shows of each model', async () => {
    await find(By.id('search-input')).sendKeys(TITLE.toLowerCase());
    await until('the suggestion', async () => {
      const option = await find(By.css('[role=option]'));
      if (!(await option.getText()).startsWith(TITLE)) return false;
      await option.click();
      return true;
    });
    const liked = [BEBOP];
    const expected = await askIds(LISTS.map((model) => ({ liked, model, limit: 10 })));
    for (const [at, list] of LISTS.entries()) await shows(list, expected[at]);
    await says('status', /^20 shows like Cowboy Bebop, /);
  });

  test('a filter leaves only shows that pass it', async () => {
    const movie = '//*[@id="fields"]//*[@data-field="type"]//label[normalize-space()="Movie"]';
    await find(By.xpath(movie)).click();
    await shows('ranked', (await askIds([MOVIES]))[0]);
    for (const { text } of await rows('ranked')) assert.match(text, /\bMovie · (19|20)\d\d\b/);
  });

  test('with the server stopped, the page opens and answers the same', async () => {
    await says('badge', /^Offline ready: search and lists$/);
    assert.deepEqual(await started.messages(), [], 'the console is empty');
    const told = started.server.ledger.filter(
      ({ method, query, body, isServed }) => method !== 'GET' || query || body || !isServed,
    );
    assert.deepEqual(told, [], 'the page tells its server nothing');
    await started.server.close();
    // The page writes a change into its address after a pause. Both browsers drop what it writes
    // while it is being reloaded.
    await until('the address', async () =>
      /#id=1&f\.type=Movie$/.test(await started.driver.getCurrentUrl()),
    );
    // WebDriver's refresh is a forced reload in Firefox, which bypasses the service worker.
    await started.driver.executeScript('location.reload()');
    await says('badge', /^Offline: answering from this device$/);
    const isKept = 'return navigator.serviceWorker.controller !== null';
    assert.equal(await started.driver.executeScript(isKept), true, 'the kept page was opened');
    await shows('ranked', (await askIds([MOVIES]))[0]);
    assert.deepEqual(await started.messages(), [], 'the console is empty, offline too');
  });

  test('what the console says is heard', async () => {
    await started.driver.executeScript("console.warn('a message')");
    /** @type {string[]} */
    const heard = [];
    await until('the message', async () => heard.push(...(await started.messages())) > 0);
    assert.deepEqual(heard, ['warn: a message']);
  });
}

describe('Firefox', () => smoke(startFirefox));
describe('WebKit', () => smoke(startWebKit));
