// What a visitor shapes, understands, shares and brings, under the strictest policy, with an empty console and no stranger asked.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { open } from '#client/node.js';
import {
  changed,
  EMBEDDINGS,
  readList,
  serveFolder,
  settled,
  site,
  visitor,
  watch,
} from './harness.mjs';

const [BEBOP, TRIGUN, BLEACH, CHAMPLOO] = [1, 6, 269, 205];

const here = await site();
const { browser, server } = here;

/** @typedef {import('playwright-core').Page} Page */
const visiting = visitor(here, { viewport: { width: 1280, height: 900 } }, ['blob:']);

/** The facts of the rows. @param {Page} page */
const rows = (page) =>
  page.locator('#ranked-list > li').evaluateAll((all) =>
    all.map((row) => ({
      title: row.querySelector('h3')?.textContent ?? '',
      facts: row.querySelector('.facts')?.textContent ?? '',
      genres: row.querySelector('.tag-line')?.textContent?.split(', ') ?? [],
      why: row.querySelector('.why')?.textContent?.replaceAll('\u00a0', ' ') ?? '',
    })),
  );

describe('before typing', () => {
  test('a start list, how long it took, and the promise', () =>
    visiting('', async (page) => {
      const ids = await settled(page);
      assert.equal(new Set(ids).size, 10);
      assert.match(
        await page.locator('#status').innerText(),
        /^10 shows: 12,\d{3} shows ranked in [\d.]+ m?s on your device; nothing is sent\.$/,
      );
      await page
        .getByText('Ranked on your device; your list stays here.', { exact: true })
        .waitFor();
      await page.getByRole('heading', { level: 1, name: 'Find your next show' }).waitFor();
      assert.equal(
        await page.locator('.ranked .why, .ranked .bar').count(),
        0,
        'a start list has no reasons and no likeness',
      );
    }));

  test('“More shows” makes a list longer, the first ones staying', () =>
    visiting('#id=1,6', async (page) => {
      const ids = await settled(page);
      const more = await changed(page, () =>
        page.getByRole('button', { name: 'More shows' }).click(),
      );
      assert.equal(more.length, 20);
      assert.deepEqual(more.slice(0, 10), ids);
      await page.waitForURL(/#id=1,6&n=20$/);
    }));
});

test('a list is one call: what its rows and their details show comes with it', () =>
  visiting('#id=1,6', async (page) => {
    await settled(page);
    await page.locator('#badge[data-state=ready]').waitFor();
    await page.evaluate(() => {
      const calls = /** @type {string[]} */ ([]);
      Object.assign(globalThis, { calls });
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (/** @type {any[]} */ ...args) {
        if (args[0]?.method) calls.push(args[0].method);
        return Reflect.apply(post, this, args);
      };
    });
    await changed(page, () => page.getByRole('button', { name: 'More shows' }).click());
    await changed(page, () => page.getByRole('checkbox', { name: 'Movie', exact: true }).check());
    const [row] = await rows(page);
    assert.match(row.facts, /^Movie · \d{4} · ★ [\d.]+$/);
    assert.ok(row.genres.length > 0);
    const calls = () => page.evaluate(() => /** @type {any} */ (globalThis).calls);
    assert.deepEqual(await calls(), ['recommend', 'recommend']);
    await page.locator('#ranked-list [data-action=details]').first().click();
    await page
      .getByRole('dialog')
      .locator('.facts')
      .first()
      .filter({ hasText: row.facts })
      .waitFor();
  }));

/** @typedef {NonNullable<NonNullable<Parameters<typeof serveFolder>[0]>['alter']>} Alter */

/** What a site whose owner blends by itself has in its page. @type {(...args: Parameters<Alter>) => import('./harness.mjs').Reply | undefined} */
const blended = (path, reply) => {
  if (path !== '/') return undefined;
  const html = reply.body.toString();
  const own = html.replace(/(<meta name="osusume-models" content=")[^"]*/, '$1ncf 40 synopsis 60');
  assert.notEqual(own, html);
  return { ...reply, body: Buffer.from(own) };
};

/** Orders in which a release may come: what comes last, by its name. @type {[string, RegExp][]} */
const ORDERS = [
  ['the models behind the catalogue', /embeddings\/(ncf|synopsis)/],
  ['the catalogue behind the models', /embeddings\/catalogue/],
  ['the stories behind all else', /embeddings\/synopsis/],
  ['the viewers behind all else', /embeddings\/ncf/],
];

/** Sites, and how long each of their answers takes at least. @type {[string, Alter, number][]} */
const SITES = [
  ['as usual', () => undefined, 0],
  ['blended, the answers slow', blended, 250],
];

describe('nothing moves under the reader', () => {
  for (const [what, last] of ORDERS) {
    for (const [site, alter, pause] of SITES) {
      if (pause && !/^the (catalogue|stories)/.test(what)) continue; // two orders are enough for it
      test(`${site}: ${what}`, () => stands(alter, last, pause));
    }
  }
});

/**
 * Wants every state to stay where it was first drawn. Rows of a fuller answer may trade places, and
 * glide there; only a site that blends has them.
 *
 * @param {Alter} alter @param {RegExp} last what comes last @param {number} pause of each answer, ms
 */
async function stands(alter, last, pause) {
  const slow = await serveFolder({
    alter: async (path, reply) => {
      const isLate = last.test(path) && !/\.\d+\.bin$/.test(path); // the chunks follow the head
      await new Promise((resolve) => setTimeout(resolve, isLate ? 500 : 20));
      return alter(path, reply);
    },
  });
  try {
    for (const width of [360, 1280]) {
      for (const hash of ['', '#id=1', '#id=1,6&f.genres=Comedy']) {
        const options = { viewport: { width, height: 800 } };
        const { page, context } = await watch(browser, 'about:blank', options);
        await page.addInitScript(watchShifts, { pause, isBlended: alter === blended });
        await page.goto(slow.url + hash);
        await page.locator('#badge[data-state=ready]').waitFor();
        if (hash.includes(',')) await settled(page);
        const seen = await page.evaluate(() => /** @type {any} */ (globalThis).seen);
        const where = `${hash} at ${width} px: ${JSON.stringify(seen)}`;
        assert.ok(seen.shift < 0.02, where);
        assert.ok(!seen.moved.includes('ranked-list'), where);
        await context.close();
      }
    }
  } finally {
    await slow.close();
  }
}

/**
 * In the page: sums up what moves, names it, and has every ranked answer take its time.
 * @param {{ pause: number, isBlended: boolean }} given
 */
function watchShifts({ pause, isBlended }) {
  const seen = { shift: 0, moved: /** @type {string[]} */ ([]) };
  Object.assign(globalThis, { seen });
  new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) {
      const nodes = entry.sources.map((/** @type {any} */ { node }) => node);
      const isRow = (/** @type {any} */ node) =>
        (node?.parentElement ?? node)?.closest?.('#ranked-list');
      // A row that the fuller answer does not have is gone by now: its node is null.
      const isOfRows =
        nodes.some(isRow) && nodes.every((/** @type {any} */ node) => node === null || isRow(node));
      if (isBlended && isOfRows) continue;
      seen.shift += entry.value;
      seen.moved.push(...nodes.map((/** @type {any} */ node) => node?.id || node?.nodeName));
    }
  }).observe({ type: 'layout-shift', buffered: true });
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (/** @type {any[]} */ ...args) {
    const send = () => Reflect.apply(post, this, args);
    if (pause && args[0]?.method === 'recommend') setTimeout(send, pause);
    else send();
  };
}

describe('the usual mix', () => {
  /** Has the page write down what it asks its worker to rank. @param {Page} page */
  const listen = (page) =>
    page.addInitScript(() => {
      /** @type {any[]} */
      const asked = [];
      Object.assign(globalThis, { asked });
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (/** @type {any[]} */ ...args) {
        if (args[0]?.method === 'recommend') asked.push(structuredClone(args[0].args[0]));
        return Reflect.apply(post, this, args);
      };
    });
  /** What was asked. @param {Page} page @returns {Promise<import('#client/index.js').Request[]>} */
  const asked = (page) => page.evaluate(() => /** @type {any} */ (globalThis).asked);

  test('is the release’s own: several likes with untouched controls name no model, and show the list of viewers', () =>
    visiting('', async (page) => {
      await listen(page);
      await page.goto('about:blank');
      await page.goto(`${server.url}#id=1,6`);
      const ids = await settled(page);
      await page.locator('#badge[data-state=ready]').waitFor(); // nor does it ask otherwise when the stories are here
      const requests = await asked(page);
      assert.deepEqual(requests, [
        {
          liked: [BEBOP, TRIGUN],
          limit: 10,
          filter: {},
          explain: true,
          fields: [
            'genres',
            'type',
            'year',
            'score',
            'members',
            'anilist',
            'series',
            'romaji',
            'english',
            'japanese',
          ],
        },
      ]);
      const slider = page.getByRole('slider', { name: 'Ranked by' });
      assert.equal(await slider.inputValue(), '0');
      assert.equal(await page.getByRole('button', { name: 'As usual' }).isVisible(), false);

      const engine = await open(join(EMBEDDINGS, 'manifest.json'));
      try {
        const { items } = await engine.recommend({
          liked: [BEBOP, TRIGUN],
          limit: 10,
          model: 'ncf',
        });
        assert.deepEqual(
          ids,
          items.map(({ id }) => id),
        );
      } finally {
        engine.close();
      }
      await changed(page, () => slider.fill('40'));
      assert.deepEqual((await asked(page)).at(-1)?.model, { ncf: 0.6, synopsis: 0.4 });
    }));

  test('does not wait for the stories', async () => {
    /** @type {() => void} */
    let release = () => {};
    const held = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const slow = await serveFolder({
      alter: async (path) => {
        if (path.includes('embeddings/synopsis')) await held;
      },
    });
    const { page, context, said } = await watch(browser, 'about:blank');
    try {
      await listen(page);
      await page.goto(`${slow.url}#id=1,6`);
      const ids = await settled(page);
      assert.equal(ids.length, 10);
      assert.match(await page.locator('#status').innerText(), /ranked in/);
      release();
      await page.locator('#badge[data-state=ready]').waitFor();
      assert.deepEqual(await settled(page), ids);
      assert.equal((await asked(page)).length, 1, 'the list is whole and not asked for again');
      assert.deepEqual(said, []);
    } finally {
      release();
      await context.close();
      await slow.close();
    }
  });
});

test('where a site blends, the viewers’ list stands in while the stories are on their way, and says so', async () => {
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  const slow = await serveFolder({
    alter: async (path, reply) => {
      if (path.includes('embeddings/synopsis')) await held;
      return blended(path, reply);
    },
  });
  const { page, context, said } = await watch(browser, `${slow.url}#id=1,6`);
  try {
    await page.getByText('By viewers for now; the stories are on their way.').waitFor();
    assert.equal(await page.locator('#ranked-list > li').count(), 10);
    assert.ok((await rows(page)).every(({ why }) => /by viewers$/.test(why)));
    release();
    await settled(page);
    assert.ok((await rows(page)).some(({ why }) => /by story$/.test(why)));
    assert.deepEqual(said, []);
  } finally {
    release();
    await context.close();
    await slow.close();
  }
});

describe('likes and dislikes', () => {
  test('typed titles add up to one list; a chip takes one away again', () =>
    visiting('', async (page) => {
      await settled(page);
      const box = page.getByRole('combobox');
      await box.fill('cowboy bebop');
      await page.keyboard.press('Enter');
      await readList(page, 'ncf');
      await box.fill('trigun');
      await page.keyboard.press('Enter');
      const both = await settled(page);
      assert.match(page.url(), /#id=1,6$/);
      assert.equal(both.length, 10);
      assert.ok(!both.includes(BEBOP) && !both.includes(TRIGUN));
      await page.getByRole('heading', { level: 1, name: 'Picked for you' }).waitFor();
      assert.equal(await page.locator('#lists').isVisible(), false);
      await page.getByRole('button', { name: 'Trigun, liked: take away' }).click();
      await readList(page, 'synopsis');
      assert.match(page.url(), /#id=1$/);
      assert.equal(await page.locator('#ranked').isVisible(), false);
    }));

  test('👍, 👎 and “seen it” on a result, by keyboard; the focus stays in the list, and back undoes it', () =>
    visiting('#id=1,6', async (page) => {
      const first = await settled(page);
      const [, second] = await rows(page);
      await page.locator('#ranked-list > li').nth(1).locator('[data-action=like]').focus();
      const liked = await changed(page, () => page.keyboard.press('Enter'));
      assert.ok(page.url().endsWith(`#id=1,6,${first[1]}`));
      assert.ok(!liked.includes(first[1]));
      await page.getByRole('button', { name: `${second.title}, liked: take away` }).waitFor();
      assert.equal(
        await page.evaluate(() => document.activeElement?.getAttribute('data-action')),
        'like',
      );
      const disliked = await changed(page, () =>
        page.locator(`[data-id="${liked[0]}"] [data-action=dislike]`).click(),
      );
      assert.ok(page.url().endsWith(`&not=${liked[0]}`));
      assert.ok(!disliked.includes(liked[0]));
      const seen = await changed(page, () =>
        page.locator(`[data-id="${disliked[0]}"] [data-action=seen]`).click(),
      );
      assert.ok(page.url().endsWith(`&seen=${disliked[0]}`));
      assert.deepEqual(seen.slice(0, 9), disliked.slice(1), 'what was seen goes, all else stays');
      await page.goBack();
      await page.waitForURL(/not=\d+$/);
      assert.deepEqual(await settled(page), disliked);
    }));

  test('each result says why', () =>
    visiting('#id=1,6', async (page) => {
      await settled(page);
      for (const { why } of await rows(page)) {
        assert.match(
          why,
          /^Because you liked (Cowboy Bebop|Trigun) +\d+%(, (Cowboy Bebop|Trigun) +\d+%)?; (mostly by viewers|mostly by story|by both alike)$/,
        );
        const shares = [...why.matchAll(/(\d+)%/g)].map(([, share]) => Number(share));
        assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 100) <= 1, why);
        assert.ok(shares.length < 2 || shares[0] >= shares[1], 'the strongest first');
      }
      const widths = await page
        .locator('#ranked-list > li')
        .first()
        .locator('.meter')
        .evaluateAll((meters) =>
          meters.map((meter) =>
            Number(/** @type {HTMLElement} */ (meter).style.getPropertyValue('--share')),
          ),
        );
      assert.ok(widths[0] > 0 && widths[0] <= 1);
    }));
});

describe('shaping', () => {
  test('the slider goes from who watched it to its story', () =>
    visiting('#id=1,6', async (page) => {
      await settled(page);
      const slider = page.getByRole('slider', { name: 'Ranked by' });
      assert.ok(
        (await rows(page)).every(({ why }) => /mostly by viewers$/.test(why)),
        'as usual',
      );
      await changed(page, () => slider.fill('100'));
      await page.waitForURL(/mix=100$/);
      assert.ok((await rows(page)).every(({ why }) => /mostly by story$/.test(why)));
      await slider.focus();
      await page.keyboard.press('ArrowLeft');
      assert.equal(await slider.getAttribute('aria-valuetext'), '95% by story');
      await changed(page, () => slider.fill('0'));
      await page.waitForURL(/mix=0$/);
      assert.ok((await rows(page)).every(({ why }) => /mostly by viewers$/.test(why)));
      await page.getByRole('button', { name: 'As usual' }).click();
      await page.waitForURL(/#id=1,6$/);
    }));

  test('genres: once is with, twice is without, three times is neither', () =>
    visiting('#id=1,6', async (page) => {
      const usual = await settled(page);
      const genre = page.locator('[data-field=genres]').getByRole('button', { name: /Comedy/ });
      await changed(page, () => genre.click());
      assert.ok((await rows(page)).every(({ genres }) => genres.includes('Comedy')));
      assert.equal(await genre.getAttribute('aria-pressed'), 'true');
      assert.equal(
        await page.evaluate(() => document.activeElement?.textContent),
        'Comedy',
        'the focus stays',
      );
      await changed(page, () => genre.click());
      assert.ok((await rows(page)).every(({ genres }) => !genres.includes('Comedy')));
      assert.match((await genre.getAttribute('aria-label')) ?? '', /without/);
      assert.deepEqual(await changed(page, () => genre.click()), usual);
    }));

  test('type, years, score, series, variety and how well known', () =>
    visiting('#id=1,6', async (page) => {
      const usual = await settled(page);
      await changed(page, () => page.getByRole('checkbox', { name: 'TV', exact: true }).check());
      assert.ok((await rows(page)).every(({ facts }) => facts.includes('TV')));
      await changed(page, async () => {
        await page.getByLabel('Year, from', { exact: true }).fill('1990');
        await page.getByLabel('Year, to', { exact: true }).fill('1999');
        await page.keyboard.press('Enter');
      });
      assert.ok((await rows(page)).every(({ facts }) => /· 199\d ·/.test(facts)));
      await changed(page, () => page.getByRole('slider', { name: 'Score at least' }).fill('8'));
      assert.ok(
        (await rows(page)).every(({ facts }) => Number(/★ ([\d.]+)/.exec(facts)?.[1]) >= 8),
      );
      await page.getByRole('button', { name: 'As usual' }).click();
      await page.waitForURL(/#id=1,6$/);
      assert.deepEqual(await settled(page), usual);
      await changed(page, () => page.getByRole('slider', { name: 'Variety' }).fill('50'));
      await changed(page, () => page.getByRole('radio', { name: 'Hidden gems' }).check());
      await page.waitForURL(/#id=1,6&gems=100&vary=50$/);
    }));

  test('one of each series: the seasons make room for other shows', () =>
    visiting('#id=16498,1535&mix=70', async (page) => {
      const titans = async () =>
        (await rows(page)).filter(({ title }) => title.startsWith('Shingeki no Kyojin')).length;
      await settled(page);
      assert.ok((await titans()) > 1);
      await changed(page, () => page.getByLabel('One of each series').check());
      assert.ok((await titans()) <= 1);
      await page.waitForURL(/one=1$/);
    }));

  test('what nothing passes is said, and one step back brings the list again', () =>
    visiting('#id=1,6&f.year=2090..', async (page) => {
      await page.getByText('Nothing in the catalogue passes these filters').waitFor();
      assert.equal(await page.locator('#ranked-list > li').count(), 0);
      await page.getByRole('button', { name: 'As usual' }).click();
      assert.equal((await settled(page)).length, 10);
    }));

  test('a slider that is dragged asks much, and the last answer stands', () =>
    visiting('#id=1,6', async (page) => {
      await settled(page);
      await page.evaluate(async () => {
        const slider = /** @type {HTMLInputElement} */ (document.querySelector('#mix'));
        for (let value = 0; value <= 100; value += 5) {
          slider.value = String(value);
          slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
          await new Promise((resolve) => setTimeout(resolve, 16));
        }
      });
      await page.waitForURL(/mix=100$/);
      await page.waitForFunction(
        () =>
          [...document.querySelectorAll('#ranked-list .why')].every((why) =>
            why.textContent?.endsWith('by story'),
          ) && document.querySelectorAll('#ranked-list > li').length === 10,
      );
    }));

  test('rows glide to their places, and stand still where less motion is asked for', async () => {
    for (const reducedMotion of /** @type {const} */ (['no-preference', 'reduce'])) {
      await visiting(
        '#id=1,6',
        async (page) => {
          await settled(page);
          await page.evaluate(() => {
            const animate = Element.prototype.animate;
            Object.assign(globalThis, { glides: 0 });
            Element.prototype.animate = function (...args) {
              /** @type {any} */ (globalThis).glides += 1;
              return animate.apply(this, args);
            };
          });
          await changed(page, () => page.getByRole('slider', { name: 'Ranked by' }).fill('90'));
          const glides = await page.evaluate(() => /** @type {any} */ (globalThis).glides);
          assert.equal(glides > 0, reducedMotion === 'no-preference');
        },
        { reducedMotion },
      );
    }
  });

  test('on a phone the form opens and closes', () =>
    visiting(
      '#id=1,6&f.genres=-Ecchi',
      async (page) => {
        await settled(page);
        const toggle = page.getByRole('button', { name: 'Shape the list (1)' });
        assert.equal(await page.locator('#side-panel').isVisible(), false);
        await toggle.click();
        assert.equal(await toggle.getAttribute('aria-expanded'), 'true');
        await page.getByRole('slider', { name: 'Ranked by' }).waitFor();
        await toggle.click();
        assert.equal(await page.locator('#side-panel').isVisible(), false);
      },
      { viewport: { width: 360, height: 740 } },
    ));
});

describe('sharing', () => {
  const FULL = `#id=1,6&not=${BLEACH}&seen=5&f.genres=Action,-Ecchi&f.type=TV&f.year=1990..2015&f.score=7..&mix=50&vary=20&one=1`;

  test('the address opens to the same list on another device', async () => {
    /** @type {number[][]} */
    const lists = [];
    for (let device = 0; device < 2; device += 1)
      await visiting(FULL, async (page) => {
        lists.push(await settled(page));
      });
    assert.deepEqual(lists[0], lists[1]);
    assert.equal(lists[0].length, 10);
  });

  test('the link is copied with the release, and another release is told', () =>
    visiting('#id=1,6', async (page, { context }) => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const ids = await settled(page);
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByText('The link is copied.').waitFor();
      const link = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(link, /#id=1,6&r=[0-9a-f]{8}$/);
      await page.goto('about:blank');
      await page.goto(link);
      assert.deepEqual(await settled(page), ids);
      assert.equal(await page.getByText('another release').count(), 0);
      await page.goto('about:blank');
      await page.goto(link.replace(/r=.*/, 'r=00000000'));
      await page.getByText('made with another release').waitFor();
      assert.deepEqual(await settled(page), ids);
    }));

  test('the share sheet is used where there is one; a refused clipboard shows the link', () =>
    visiting('#id=1,6', async (page) => {
      await settled(page);
      await page.evaluate(() =>
        Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }),
      );
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByText(/Copy this link: http.*#id=1,6&r=/).waitFor();
      await page.evaluate(() =>
        Object.assign(navigator, {
          share: async (/** @type {ShareData} */ data) =>
            Object.assign(globalThis, { shared: data }),
          canShare: () => true,
        }),
      );
      await page.getByRole('button', { name: 'Share' }).click();
      await page.waitForFunction(() =>
        /** @type {any} */ (globalThis).shared?.url.includes('#id=1,6&r='),
      );
    }));

  test('a link whose shows are all unknown says so and shows the start list', () =>
    visiting('#id=4294967295,4294967294&f.type=TV', async (page) => {
      await page.getByText('2 shows of this link are not in this catalogue').waitFor();
      assert.equal((await settled(page)).length, 10);
    }));

  test('what makes no sense in a link is left out, and unknown shows are counted', () =>
    visiting(
      '#id=1,6,4294967295&not=4294967294&mix=abc&f.genres=&f.year=x..&f.none=1..2&f.type=None&n=-5&%E0%A4%A',
      async (page) => {
        const ids = await settled(page);
        assert.equal(ids.length, 1);
        await page.getByText('2 shows of this link are not in this catalogue').waitFor();
      },
    ));
});

describe('the visitor’s own list', () => {
  const XML = `<?xml version="1.0" encoding="UTF-8" ?><myanimelist><myinfo><user_name>somebody</user_name></myinfo>${[
    [BEBOP, 10, 'Completed'],
    [TRIGUN, 9, 'Completed'],
    [CHAMPLOO, 10, 'Completed'],
    [BLEACH, 2, 'Dropped'],
    [4294967295, 9, 'Completed'],
  ]
    .map(
      ([id, score, status]) =>
        `<anime><series_animedb_id>${id}</series_animedb_id><series_title><![CDATA[x]]></series_title><my_score>${score}</my_score><my_status>${status}</my_status></anime>`,
    )
    .join('')}</myanimelist>`;

  test('chosen, it counts, stays, is saved to a file, read back and deleted; nothing is sent', () =>
    visiting('', async (page, { requests }) => {
      const start = await settled(page);
      const asked = requests.length;
      await page
        .locator('#own-file')
        .setInputFiles({ name: 'animelist.xml', mimeType: 'text/xml', buffer: Buffer.from(XML) });
      await page.waitForURL(/#own=1$/);
      await page
        .getByText('MyAnimeList: 5 shows, of which 3 liked, 1 not, 1 unknown here.')
        .waitFor();
      const own = await settled(page);
      assert.notDeepEqual(own, start);
      for (const id of [BEBOP, TRIGUN, CHAMPLOO, BLEACH]) assert.ok(!own.includes(id));
      assert.ok((await rows(page)).some(({ why }) => why.includes('it is in your own list')));
      assert.deepEqual(
        requests.slice(asked).filter((url) => !url.startsWith(server.origin)),
        [],
      );

      await page.reload();
      assert.deepEqual(await settled(page), own);
      assert.deepEqual(await changed(page, () => page.getByLabel('Let it count').uncheck()), start);
      assert.deepEqual(await changed(page, () => page.getByLabel('Let it count').check()), own);

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save all as a file' }).click(),
      ]);
      assert.equal(download.suggestedFilename(), 'osusume.json');
      const saved = JSON.parse(await readFile(await download.path(), 'utf8'));
      assert.equal(saved.list.liked.length, 3);

      await page.locator('#badge[data-state=ready]').waitFor(); // what is still on its way is deleted when it comes
      await page.getByRole('button', { name: 'Delete everything' }).click();
      await page.getByText('Everything of this page is gone from this device.').waitFor();
      await page.waitForURL(/#$/);
      assert.deepEqual(await settled(page), start);
      assert.equal(
        await page.evaluate(
          async () =>
            localStorage.length +
            (await caches.keys()).length +
            (await navigator.serviceWorker.getRegistrations()).length,
        ),
        0,
      );
      assert.equal(await page.getByLabel('Let it count').isVisible(), false);

      await page.locator('#own-file').setInputFiles({
        name: 'osusume.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(saved)),
      });
      await page.getByText('MyAnimeList: 5 shows').waitFor();
      assert.match(page.url(), /#own=1$/);
      assert.deepEqual(await settled(page), own);
    }));

  test('dropped anywhere on the page', () =>
    visiting('', async (page) => {
      await settled(page);
      await changed(page, () =>
        page.evaluate(async (xml) => {
          const data = new DataTransfer();
          data.items.add(new File([xml], 'list.xml', { type: 'text/xml' }));
          document.body.dispatchEvent(
            new DragEvent('dragover', { dataTransfer: data, bubbles: true, cancelable: true }),
          );
          await new Promise((resolve) => requestAnimationFrame(resolve));
          if (document.querySelector('#drop')?.hasAttribute('hidden'))
            throw new Error('the page does not say that it takes the file');
          document.body.dispatchEvent(
            new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
          );
        }, XML),
      );
      assert.match(page.url(), /#own=1$/);
      assert.equal(await page.locator('#drop').isVisible(), false);
    }));

  test('what is no list is refused in words; a link made with somebody’s list says so', () =>
    visiting('#own=1', async (page) => {
      await page.getByText('made with its sender’s own list').waitFor();
      await page.locator('#own-file').setInputFiles({
        name: 'x.xml',
        mimeType: 'text/xml',
        buffer: Buffer.from('<html>no</html>'),
      });
      await page.locator('#own-note [data-code=profile_invalid]').waitFor();
    }));

  test('where nothing can be kept, it counts until the page is closed, and that is said', () =>
    visiting('about:blank'.slice(0, 0), async (page) => {
      await page.evaluate(() => {
        Storage.prototype.setItem = () => {
          throw new DOMException('full', 'QuotaExceededError');
        };
      });
      await settled(page);
      await page
        .locator('#own-file')
        .setInputFiles({ name: 'animelist.xml', mimeType: 'text/xml', buffer: Buffer.from(XML) });
      await page.getByText('your list lasts until you close it').waitFor();
      assert.ok((await settled(page)).length === 10);
    }));
});

describe('details of a show', () => {
  test('open from a result, lead on to a neighbour, out to other sites, and close by Escape to where they were opened', () =>
    visiting('#id=1,6', async (page) => {
      await settled(page);
      const opener = page.locator('#ranked-list > li').first().locator('[data-action=details]');
      const { title } = (await rows(page))[0];
      await opener.click();
      const dialog = page.getByRole('dialog', { name: title });
      await dialog.getByRole('heading', { name: title }).waitFor();
      await dialog.getByRole('heading', { name: 'People who watched it also watched' }).waitFor();
      await dialog.locator('.neighbours li').nth(9).waitFor();
      const links = await dialog
        .locator('.outside a')
        .evaluateAll((all) =>
          all.map((link) => [
            link.textContent,
            /** @type {HTMLAnchorElement} */ (link).href,
            link.getAttribute('rel'),
          ]),
        );
      const [id] = await settled(page);
      assert.deepEqual(links[0], [
        'MyAnimeList',
        `https://myanimelist.net/anime/${id}`,
        'noopener noreferrer',
      ]);
      assert.equal(links[1][0], 'AniList');
      assert.match(links[1][1] ?? '', /^https:\/\/anilist\.co\/anime\/\d+$/);
      assert.match(page.url(), new RegExp(`#id=1,6&show=${id}$`));
      const neighbour = dialog.locator('.neighbours a').first();
      const next = await neighbour.locator('b').innerText();
      await neighbour.click();
      await page
        .getByRole('dialog', { name: next })
        .getByRole('heading', { name: next, exact: true })
        .waitFor();
      await page.goBack();
      await dialog.getByRole('heading', { name: title }).first().waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await page.waitForURL(/#id=1,6$/);
      assert.equal(
        await page.evaluate(() => document.activeElement?.getAttribute('data-action')),
        'details',
      );
    }));

  test('a vote in the panel stays when the panel is closed, and the panel opens again', () =>
    visiting('#id=1,6', async (page) => {
      const [first] = await settled(page);
      const opener = page.locator('#ranked-list > li').first().locator('[data-action=details]');
      await opener.click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Not for me', exact: true }).click();
      await page.waitForURL(new RegExp(`#id=1,6&not=${first}&show=${first}$`));
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      await page.waitForURL(new RegExp(`#id=1,6&not=${first}$`));
      await settled(page);
      await opener.click();
      await dialog.waitFor();
      await page.goBack();
      await dialog.waitFor({ state: 'hidden' });
    }));

  test('👍 in the panel counts at once and can be taken back', () =>
    visiting(`#id=1&show=${TRIGUN}`, async (page) => {
      const like = page.getByRole('dialog').getByRole('button', { name: 'Like', exact: true });
      await like.click();
      await page.waitForURL(new RegExp(`#id=1,6&show=${TRIGUN}$`));
      await page.locator('dialog [data-action=like][aria-pressed=true]').waitFor();
      await like.click();
      await page.waitForURL(new RegExp(`#id=1&show=${TRIGUN}$`));
      await page.getByRole('button', { name: 'Close' }).click();
      await page.waitForURL(/#id=1$/);
      assert.equal((await readList(page, 'ncf')).length, 10);
    }));

  test('a show without a synopsis says so; an unknown one is a failure in words', () =>
    visiting('#show=23775', async (page) => {
      await page.getByRole('dialog').getByText('The data has no synopsis of this show').waitFor();
      await page.goto('about:blank');
      await page.goto(`${server.url}#show=4294967295`);
      await page.locator('#problem [data-code=unknown_id]').waitFor();
    }));
});

describe('languages and colours', () => {
  test('Japanese by preference, English by switch, and the choice is kept', () =>
    visiting(
      '#id=1,6',
      async (page) => {
        await settled(page);
        assert.equal(await page.evaluate(() => document.documentElement.lang), 'ja');
        await page.getByRole('heading', { level: 1, name: 'あなたへのおすすめ' }).waitFor();
        assert.ok(
          (await rows(page)).some(({ title }) => /[ぁ-ヿ]/.test(title)),
          'titles as the reader knows them',
        );
        await page
          .getByRole('button', { name: '英語' })
          .or(page.getByRole('button', { name: 'English' }))
          .click();
        await page.getByRole('heading', { level: 1, name: 'Picked for you' }).waitFor();
        await page.locator('#status', { hasText: 'ranked' }).waitFor();
        await page.reload();
        await page.getByRole('heading', { level: 1, name: 'Picked for you' }).waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
      },
      { locale: 'ja-JP' },
    ));

  test('every text of the page is in the language', () =>
    visiting(
      '',
      async (page) => {
        await settled(page);
        await page.getByText('オフライン可').waitFor();
        const english = await page.evaluate(() =>
          [...document.querySelectorAll('[data-word], .link, .button, legend, label:not(.tag)')]
            .map((element) => element.textContent?.trim() ?? '')
            .filter((text) => /^[A-Za-z ]{4,}$/.test(text)),
        );
        assert.deepEqual(
          english.filter((text) => text !== 'English'),
          [],
        );
      },
      { locale: 'ja-JP' },
    ));

  test('dark by preference, light by switch, and back to the device’s own', () =>
    visiting(
      '',
      async (page) => {
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const dark = await ground();
        const button = page.getByRole('button', { name: 'Dark colours' });
        assert.equal(await button.getAttribute('aria-pressed'), 'true');
        await button.click();
        assert.equal(await button.getAttribute('aria-pressed'), 'false');
        assert.notEqual(await ground(), dark);
        await page.reload();
        await settled(page);
        assert.notEqual(await ground(), dark);
        await button.click();
        assert.equal(await ground(), dark);
        assert.equal(
          await page.evaluate(() => document.documentElement.dataset.colours),
          undefined,
        );
      },
      { colorScheme: 'dark' },
    ));

  test('from right to left nothing is cut off, and on paper only the list is left', () =>
    visiting('#id=1,6', async (page) => {
      await settled(page);
      await page.evaluate(() => {
        document.documentElement.dir = 'rtl';
      });
      assert.equal(
        await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ),
        0,
      );
      const [side, answer] = await Promise.all(
        ['.side', '.answer'].map((name) => page.locator(name).boundingBox()),
      );
      assert.ok((side?.x ?? 0) > (answer?.x ?? 0));
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('.side').isVisible(), false);
      assert.equal(await page.locator('#search').isVisible(), false);
      assert.equal(await page.locator('#ranked-list > li').first().isVisible(), true);
      assert.equal(await page.locator('.actions').first().isVisible(), false);
    }));
});

test('another catalogue: its own words and links, from the page’s meta tags alone', async () => {
  const other = await serveFolder({
    alter: (path, reply) =>
      path === '/'
        ? {
            ...reply,
            body: Buffer.from(
              reply.body
                .toString()
                .replace(
                  '{"show": "show", "shows": "shows"}',
                  '{"show": "film", "shows": "films", "ncf": "Audience", "field.genres": "Topics", "value.score": "{value} points"}',
                )
                .replace(
                  /<meta name="osusume-link" data-name="MyAnimeList"[^>]*>/,
                  '<meta name="osusume-link" data-name="Films" content="https://films.example/{id}">',
                )
                .replace(/<meta name="osusume-link" data-name="AniList"[^>]*>/, ''),
            ),
          }
        : undefined,
  });
  const { page, context, said } = await watch(browser, `${other.url}#show=1`);
  try {
    await page.getByRole('dialog').locator('.outside a').waitFor();
    assert.deepEqual(
      await page
        .locator('.outside a')
        .evaluateAll((all) => all.map((link) => /** @type {HTMLAnchorElement} */ (link).href)),
      ['https://films.example/1'],
    );
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Find your next film' }).waitFor();
    await page.locator('#status', { hasText: /^10 films: .* films ranked/ }).waitFor();
    assert.equal(await page.locator('[data-field=genres] legend').innerText(), 'Topics');
    assert.match(
      await page.locator('#ranked-list .facts').first().innerText(),
      /^\w+ · \d{4} · [\d.]+ points$/,
    );
    assert.deepEqual(said, []);
  } finally {
    await context.close();
    await other.close();
  }
});

test('an address with a search is taken once: starting over leaves it', async () => {
  const told = await serveFolder({ isPage: false }); // the search is in the request for the page
  const { page, context, said } = await watch(browser, `${told.url}?id=1`);
  try {
    await readList(page, 'ncf');
    await page.waitForURL(/\/#id=1$/);
    await page.getByRole('link', { name: 'Start over' }).click();
    await page.getByRole('heading', { level: 1, name: 'Find your next show' }).waitFor();
    assert.deepEqual(said, []);
  } finally {
    await context.close();
    await told.close();
  }
});
