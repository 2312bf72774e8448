// <osusume-related>: what it fetches, what it shows, to eyes and to screen readers, and what it tells the page.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { linkOf } from '#client/element-links.js';
import { CLIENT, EMBEDDINGS, launch, serveFolder, watch } from './harness.mjs';
import { minisign } from './kept.mjs';
import { relatedFiles, shardNameOf } from './lists.mjs';
import { axe } from './states.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('#client/element.js').OsusumeRelated} Element */

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let client;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let release;
/** The body of the page. */
let body = '';
/** What the server has of the release. @type {Map<string, Buffer>} */
let files;
/** Files that come later. @type {Map<string, Promise<unknown>>} */
let late;

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const CSS = `:root { color-scheme: light dark; background: Canvas; color: CanvasText; }
  osusume-related { --osusume-link-color: rgb(1, 2, 3); }
  osusume-related::part(item) { padding-left: 7px; }
  .dark { color-scheme: dark; color: white; background: black; }
  .far { height: 4000px; }`;

/** Ten results of an item. @param {string} word what their titles begin with */
const results = (word) =>
  Array.from({ length: 10 }, (_, at) => ({
    id: 100 + at,
    key: `shop/${word} ${at}.html`,
    title: `${word} ${at}`,
    url: `products/${at}.html`,
    ...(at === 1 ? {} : { image: `${release.origin}/picture-${at}.png` }),
    score: 0.9 - at / 20,
  }));
/** @param {number} id @param {string} word */
const listsOf = (id, word) => ({
  id,
  title: word,
  lists: { first: results(word), second: results(`other ${word}`) },
});
/** Markup, an address that runs a script, and what else a hostile release says. */
const HOSTILE = '<img src=x onerror="globalThis.isInjected = true"> {url} $& \u202e';
const hostile = () => ({
  id: 66,
  title: 'Hostile',
  lists: {
    first: [
      { id: 1, key: '../up', title: HOSTILE, url: 'javascript:isInjected=true', score: 1 },
      {
        id: 2,
        key: HOSTILE,
        title: HOSTILE,
        url: ' java\nscript:isInjected=true',
        image: 'javascript:isInjected=true',
        score: 1,
      },
      { id: 3, title: '\ud800', url: 'data:text/html,<script>1</script>', score: 0.5 },
      { id: 4, title: '__proto__', url: 'http://[', image: 'http://[', score: 0.25 },
    ],
  },
});

/** The page that is served, under a policy that has no place for a worker or a module. */
function page() {
  const csp = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data: ${release.origin}; connect-src ${release.origin}; require-trusted-types-for 'script'; trusted-types 'none'`;
  const filled = body.replaceAll('MANIFEST', `manifest="${release.origin}/manifest.json"`);
  const html = `<!doctype html><html lang="en"><head><link rel="icon" href="data:,"><title>Shop</title><link rel="stylesheet" href="/page.css"></head>
<body><main><h1>Shop</h1>${filled}</main><script type="module" src="/element.js"></script></body></html>`;
  const headers = { 'Content-Type': 'text/html', 'Content-Security-Policy': csp };
  return { status: 200, headers, body: Buffer.from(html) };
}

before(async () => {
  release = await serveFolder({
    folder: EMBEDDINGS, // the real one, in a folder of its own
    prefix: '/real/',
    cors: true,
    alter: (path, reply) => {
      const name = path.slice(1);
      const type = /\.png$/.test(name) ? 'image/png' : 'application/json';
      const found = /^picture/.test(name) ? PIXEL : files.get(name);
      if (!found) return undefined;
      const headers = { ...reply.headers, 'Content-Type': type };
      const bodyAfter = late.get(name);
      return { status: 200, headers, body: found, ...(bodyAfter && { bodyAfter }) };
    },
  });
  client = await serveFolder({
    folder: CLIENT,
    alter: (path) => {
      if (path === '/' || path === '/docs/page.html') return page();
      if (path !== '/page.css') return undefined;
      return { status: 200, headers: { 'Content-Type': 'text/css' }, body: Buffer.from(CSS) };
    },
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await Promise.all([client, release].map((server) => server?.close()));
});
beforeEach(() => {
  files = relatedFiles({
    shoes: listsOf(7, 'Shoe'),
    hats: listsOf(8, 'Hat'),
    'a/b c.html': listsOf(9, 'Page'),
    evil: hostile(),
  });
  late = new Map();
  release.asked.length = 0;
});

/**
 * Opens a page with this in its body. Wants an empty console, unless the test has a fault: of those
 * the browser itself tells.
 * @param {string} html @param {(page: Page, watched: Awaited<ReturnType<typeof watch>>) => Promise<void>} check
 */
async function visit(html, check, { path = '', isFaulty = false } = {}) {
  body = html;
  const watched = await watch(browser, client.url + path);
  try {
    await watched.page.waitForFunction(() => customElements.get('osusume-related'));
    await check(watched.page, watched);
    const own = watched.said.filter(
      (line) => !/Failed to load resource|Content Security Policy/.test(line),
    );
    assert.deepEqual(isFaulty ? own : watched.said, [], 'the console is empty');
  } finally {
    await watched.context.close();
  }
}

/** Waits for the rows and returns their texts. @param {Page} page */
async function titles(page, count = 6, of = 'osusume-related') {
  const rows = page.locator(`${of} li`);
  await rows.nth(count - 1).waitFor();
  return rows.allInnerTexts();
}

/**
 * Sets attributes, and returns the event that follows: the code of an error, or the titles that it
 * has by then.
 * @param {Page} page @param {Record<string, unknown>} changes properties
 * @returns {Promise<string | string[]>}
 */
const change = (page, changes) =>
  page.locator('osusume-related').evaluate((element, values) => {
    /** @param {Event} event */
    const seen = (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      const rows = element.shadowRoot?.querySelectorAll('li') ?? [];
      return event.type === 'osusume-error'
        ? `${detail.name} ${detail.code}`
        : [...rows].map(({ textContent }) => textContent ?? '');
    };
    return new Promise((resolve) => {
      for (const type of ['osusume-results', 'osusume-error'])
        document.addEventListener(type, (event) => resolve(seen(event)), { once: true });
      Object.assign(element, values);
    });
  }, changes);

/** Wants the element to show nothing and take no room. @param {Page} page @param {string} [why] */
async function assertNothing(page, why) {
  const element = page.locator('osusume-related');
  assert.equal(await element.innerText(), '', why);
  assert.equal((await element.boundingBox())?.height, 0, why);
  assert.equal(await page.getByRole('status').textContent(), '', why);
  assert.equal(await page.getByRole('list').count(), 0, why);
}

const SHOES = '<osusume-related MANIFEST item="shoes"></osusume-related>';

describe('what it fetches', () => {
  test('the manifest and one small file, no module and no worker', () =>
    visit(SHOES, async (page, { requests }) => {
      assert.equal((await titles(page)).length, 6);
      assert.deepEqual(release.asked, ['/manifest.json', `/${shardNameOf(files, 'shoes')}`]);
      assert.deepEqual(page.workers(), []);
      const odd = requests.filter((url) => /wasm|worker|signature|index\.js|minisig/.test(url));
      assert.deepEqual(odd, []);
    }));

  test('the same of the real release', () =>
    visit(
      '<osusume-related manifest="REAL" item="1" href="https://myanimelist.net/anime/{id}"></osusume-related>'.replace(
        'REAL',
        `${release.origin}/real/manifest.json`,
      ),
      async (page) => {
        assert.equal((await titles(page))[0], 'Neon Genesis Evangelion');
        assert.match(
          release.asked.join(' '),
          /^\/real\/manifest\.json \/real\/related\.\w+\/\d+\.json$/,
        );
      },
    ));

  test('one manifest for all elements, one file for those of the same item', () =>
    visit(SHOES, async (page) => {
      await titles(page);
      await page.evaluate(() => {
        const first = /** @type {Element} */ (document.querySelector('osusume-related'));
        for (const item of ['shoes', 'shoes', 'hats', 'hats']) {
          const element = document.createElement('osusume-related');
          Object.assign(element, { manifest: first.manifest, item });
          first.after(element);
        }
      });
      await titles(page, 30);
      const [shoes, hats] = ['shoes', 'hats'].map((item) => `/${shardNameOf(files, item)}`);
      assert.deepEqual(release.asked, ['/manifest.json', shoes, hats]);
    }));

  test('nothing until it comes near the window', () =>
    visit(`<p class="far"></p>${SHOES}<p class="far"></p>`, async (page) => {
      await page.waitForTimeout(300);
      assert.deepEqual(release.asked, []);
      await page.evaluate(() => {
        const { top } = /** @type {Element} */ (
          document.querySelector('osusume-related')
        ).getBoundingClientRect();
        scrollTo(0, top - innerHeight - 200);
      });
      await titles(page);
      assert.equal(release.asked.length, 2);
      // It is drawn once, and a change counts when the list is near again.
      await page.evaluate(() =>
        document.addEventListener('osusume-results', () => document.body.append('drawn ')),
      );
      for (const top of [0, 4000, 0]) {
        await page.evaluate((to) => scrollTo(0, to), top);
        await page.waitForTimeout(100);
      }
      await page.locator('osusume-related').evaluate((element) => {
        element.setAttribute('item', 'hats');
      });
      await page.waitForTimeout(300);
      assert.equal(release.asked.length, 2);
      await page.evaluate(() => scrollTo(0, 4000));
      await page.locator('osusume-related li', { hasText: 'Hat 5' }).waitFor();
      assert.equal(release.asked.length, 3);
      assert.equal((await page.locator('body').innerText()).match(/drawn/g)?.length, 1);
    }));

  test('nothing while it is hidden', () =>
    visit(SHOES.replace(' item', ' hidden item'), async (page) => {
      await page.waitForTimeout(300);
      assert.deepEqual(release.asked, []);
      await page.locator('osusume-related').evaluate((element) => {
        element.removeAttribute('hidden');
      });
      await titles(page);
    }));

  test('at once, where the browser cannot say what is in view', async () => {
    body = `<p class="far"></p>${SHOES}`;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'IntersectionObserver'));
    await page.goto(client.url);
    assert.equal((await titles(page)).length, 6);
    await context.close();
  });

  test('a manifest anew, where an update has taken away what it named', () =>
    visit(
      SHOES,
      async (page) => {
        await titles(page);
        files = relatedFiles({ hats: listsOf(8, 'New hat') });
        const shown = await change(page, { item: 'hats' });
        assert.equal(shown[0], 'New hat 0');
        assert.deepEqual(
          release.asked.map((path) => path === '/manifest.json'),
          [true, false, false, true, false],
        );
      },
      { isFaulty: true },
    ));
});

describe('what it shows', () => {
  test('a named list of links, the count told politely, nothing for axe or the console', () =>
    visit(SHOES.replace(' item', ' label="You may also like" limit="3" item'), async (page) => {
      await titles(page, 3);
      const list = page.getByRole('list', { name: 'You may also like' });
      const links = list.getByRole('link');
      assert.deepEqual(await links.allInnerTexts(), ['Shoe 0', 'Shoe 1', 'Shoe 2']);
      assert.equal(await links.first().getAttribute('href'), `${client.url}products/0.html`);
      assert.equal(await page.getByRole('status').textContent(), 'You may also like: 3');
      assert.equal(await page.locator('osusume-related img').count(), 0);
      assert.deepEqual(await axe(page, ['color-contrast']), []);
    }));

  test('the page’s styles reach it: parts, variables, fonts and colours', () =>
    visit(SHOES, async (page) => {
      await titles(page);
      const styles = () =>
        page.evaluate(() => {
          const root = document.querySelector('osusume-related')?.shadowRoot;
          const [item, link, list] = ['li', 'a', 'ol'].map((name) =>
            getComputedStyle(/** @type {HTMLElement} */ (root?.querySelector(name))),
          );
          return [item.paddingLeft, link.color, item.color, list.listStyleType];
        });
      assert.deepEqual(await styles(), ['7px', 'rgb(1, 2, 3)', 'rgb(0, 0, 0)', 'none']);
      await page.evaluate(() => document.documentElement.classList.add('dark'));
      const [, , text] = await styles();
      assert.equal(text, 'rgb(255, 255, 255)', 'the page’s own switch, not only the system’s');
    }));

  test('pictures if the page says so: lazy, decorative, of a fixed shape', () =>
    visit(SHOES.replace(' item', ' images item'), async (page) => {
      await titles(page);
      const pictures = page.locator('osusume-related a > img');
      assert.equal(await pictures.count(), 5, 'one result has none');
      const first = await pictures.first().evaluate((image) => {
        const { width, height } = image.getBoundingClientRect();
        const { alt, loading, src } = /** @type {HTMLImageElement} */ (image);
        return {
          alt,
          loading,
          src,
          part: image.part.value,
          isSquare: width === height && width > 9,
        };
      });
      const src = `${release.origin}/picture-0.png`;
      assert.deepEqual(first, { alt: '', loading: 'lazy', src, part: 'image', isSquare: true });
      assert.deepEqual(await axe(page, ['color-contrast']), []);
      await page.locator('osusume-related').evaluate((element) => {
        /** @type {Element} */ (element).images = false;
      });
      await pictures.first().waitFor({ state: 'detached' });
    }));

  test('a heading above results', () =>
    visit(
      '<osusume-related MANIFEST item="shoes"><h2 slot="heading">Like it</h2><p slot="empty">None</p></osusume-related>',
      async (page) => {
        await titles(page);
        assert.ok(await page.getByRole('heading', { name: 'Like it' }).isVisible());
        assert.equal(await page.getByText('None').isVisible(), false);
        assert.equal(await change(page, { item: 'none' }), 'OsusumeError unknown_id');
        assert.equal(await page.getByRole('heading', { name: 'Like it' }).count(), 0);
        assert.ok(await page.getByText('None').isVisible());
        await change(page, { item: 'hats' });
        assert.equal(await page.getByText('None').isVisible(), false);
      },
    ));

  test('the page’s own rows: a template, filled in', () => {
    const template =
      '<template><a part="card" data-field="url"><img data-field="image"><b data-field="title">x</b></a> <i data-field="score"></i> <u data-field="id"></u> <s data-field="key"></s><a class="both" data-field="url title"></a></template>';
    const html = SHOES.replace('></', ` href="/see/{key}">${template}</`);
    return visit(html, async (page) => {
      await titles(page);
      const rows = await page.locator('osusume-related li').evaluateAll((all) =>
        all.map((row) => {
          const text = (/** @type {string} */ name) => row.querySelector(name)?.textContent;
          const [link, both] = row.querySelectorAll('a');
          const picture = row.querySelector('img');
          return [
            ['b', 'i', 'u', 's', '.both'].map(text).join(),
            link.getAttribute('href'),
            both.href === link.href,
            picture && [picture.src, picture.alt],
          ];
        }),
      );
      const see = `${client.url}see/shop/Shoe%20`;
      assert.deepEqual(rows.slice(0, 2), [
        [
          'Shoe 0,0.900,100,shop/Shoe 0.html,Shoe 0',
          `${see}0.html`,
          true,
          [`${release.origin}/picture-0.png`, ''],
        ],
        ['Shoe 1,0.850,101,shop/Shoe 1.html,Shoe 1', `${see}1.html`, true, null],
      ]);
      // One that comes later takes its place.
      await page.locator('osusume-related').evaluate((element) => {
        const other = document.createElement('template');
        const strong = document.createElement('strong');
        strong.dataset.field = 'title';
        other.content.append(strong);
        element.replaceChildren(other);
      });
      await page.locator('osusume-related strong').nth(5).waitFor();
      assert.equal(await page.locator('osusume-related a').count(), 0);
    });
  });

  test('the text of a hostile release as text, its addresses not at all', () => {
    const template =
      '<template><b data-field="title"></b><a data-field="url" href="/x">go</a><img data-field="image"><script data-field="title"></script><style data-field="title"></style></template>';
    const evil = SHOES.replace('shoes', 'evil');
    return visit(
      evil.replace(' item', ' images item') + evil.replace('></', `>${template}</`),
      async (page) => {
        await titles(page, 8);
        const seen = await page.locator('osusume-related').evaluateAll((elements) =>
          elements.map(({ shadowRoot: root }) => ({
            links: root?.querySelectorAll('[href]').length,
            pictures: root?.querySelectorAll('img').length,
            code: [...(root?.querySelectorAll('script, style') ?? [])].map(
              (each) => each.textContent,
            ),
            first: root?.querySelector('li')?.firstElementChild?.textContent,
          })),
        );
        assert.deepEqual(seen, [
          { links: 0, pictures: 0, code: [], first: HOSTILE },
          { links: 0, pictures: 0, code: Array(8).fill(''), first: HOSTILE },
        ]);
        assert.equal(await page.evaluate(() => 'isInjected' in globalThis), false);
      },
      { isFaulty: true }, // the page's policy has no place for a style in a template
    );
  });
});

describe('what goes wrong', () => {
  /** @type {[string, string, Record<string, string>, () => void][]} */
  const faults = [
    ['no manifest', 'request_invalid', { manifest: '' }, () => {}],
    ['no item', 'request_invalid', { item: '' }, () => {}],
    ['no address', 'request_invalid', { manifest: 'http://[' }, () => {}],
    ['no number', 'request_invalid', { limit: '0' }, () => {}],
    ['a model that is not there', 'unknown_model', { model: 'third' }, () => {}],
    ['an item that is not there', 'unknown_id', { item: '<b>nobody</b>' }, () => {}],
    ['no manifest there', 'file_missing', {}, () => files.delete('manifest.json')],
    ['another server', 'network', { manifest: 'http://127.0.0.1:9/manifest.json' }, () => {}],
    [
      'a page for a manifest',
      'manifest_invalid',
      {},
      () => files.set('manifest.json', Buffer.from('<!doctype html>')),
    ],
    [
      'a release without lists',
      'related_invalid',
      {},
      () => files.set('manifest.json', Buffer.from('{"format":2,"models":[],"default":{}}')),
    ],
    ['no file there', 'file_missing', {}, () => files.delete(shardNameOf(files, 'shoes'))],
    [
      'a file of another release',
      'related_invalid',
      {},
      () => files.set(shardNameOf(files, 'shoes'), Buffer.from('{"set":"x","items":{}}')),
    ],
    [
      'a file that broke off',
      'related_invalid',
      {},
      () => files.set(shardNameOf(files, 'shoes'), Buffer.from('{"set":')),
    ],
    [
      'lists of another shape',
      'related_invalid',
      {},
      () => {
        const broken = /** @type {any} */ ({ id: 7, title: 'x', lists: { first: 'x' } });
        files = relatedFiles({ shoes: broken });
      },
    ],
  ];
  for (const [what, code, attributes, damage] of faults) {
    test(`${what}: nothing is shown, and an event says ${code}`, () => {
      damage();
      return visit(
        '<osusume-related></osusume-related>',
        async (page) => {
          const manifest = `${release.origin}/manifest.json`;
          const seen = await change(page, { manifest, item: 'shoes', ...attributes });
          assert.equal(seen, `OsusumeError ${code}`);
          await assertNothing(page);
        },
        { isFaulty: true },
      );
    });
  }

  test('after results: they go, and come back', () =>
    visit(SHOES, async (page) => {
      await titles(page);
      assert.equal(await change(page, { item: 'none' }), 'OsusumeError unknown_id');
      await assertNothing(page);
      assert.equal((await change(page, { item: 'shoes' })).length, 6);
      await titles(page);
    }));

  test('with a key: what its owner signed, and no file that was changed since', async () => {
    const owner = minisign();
    const html = SHOES.replace(' item', ` public-key="${owner.publicKey}" item`);
    await visit(
      '<osusume-related></osusume-related>',
      async (page) => {
        const wanted = {
          manifest: `${release.origin}/manifest.json`,
          item: 'shoes',
          publicKey: owner.publicKey,
        };
        assert.equal(await change(page, wanted), 'OsusumeError signature_missing');
        await assertNothing(page);
      },
      { isFaulty: true },
    );
    owner.sign(files, 1000);
    await visit(html, async (page) => {
      assert.equal((await titles(page)).length, 6);
    });
    const shard = shardNameOf(files, 'shoes');
    const changed = String(files.get(shard)).replace('"Shoe 0"', '"Shop elsewhere"');
    files.set(shard, Buffer.from(changed));
    await visit(SHOES, async (page) => {
      assert.equal((await titles(page))[0], 'Shop elsewhere', 'without a key it is taken');
      const seen = await change(page, { publicKey: owner.publicKey });
      assert.equal(seen, 'OsusumeError integrity');
      await assertNothing(page);
    });
  });
});

describe('what the page does with it', () => {
  test('attributes and properties may change; a link that is chosen is told', () =>
    visit(SHOES, async (page) => {
      await titles(page);
      const second = await change(page, { limit: 2, model: 'second', item: 'hats' });
      assert.deepEqual(second, ['other Hat 0', 'other Hat 1']);
      assert.equal((await change(page, { limit: 11 })).length, 10, 'as many as there are');
      const seen = await page.locator('osusume-related').evaluate((each) => {
        const element = /** @type {Element} */ (each);
        const chosen = new Promise((resolve) =>
          document.addEventListener(
            'osusume-select',
            (event) => {
              const { id, key } = /** @type {CustomEvent} */ (event).detail;
              event.preventDefault();
              resolve([id, key]);
            },
            { once: true },
          ),
        );
        element.shadowRoot?.querySelector('a')?.click();
        const { limit, model, images, publicKey } = element;
        return chosen.then((result) => [result, limit, model, images, publicKey]);
      });
      assert.deepEqual(seen, [[100, 'shop/other Hat 0.html'], '11', 'second', false, null]);
      assert.equal(page.url(), client.url);
    }));

  test('an answer that comes too late is not drawn', () => {
    const [shoes, hats, last] = ['shoes', 'hats', 'a/b c.html'].map((name) =>
      shardNameOf(files, name),
    );
    assert.equal(new Set([shoes, hats, last]).size, 3);
    /** @type {(() => void)[]} */
    const send = [];
    for (const name of [shoes, last])
      late.set(name, new Promise((resolve) => send.push(() => resolve(undefined))));
    /** @param {string} name */
    const asked = async (name) => {
      while (!release.asked.includes(`/${name}`)) await setTimeout(20);
    };
    return visit(SHOES, async (page) => {
      const element = page.locator('osusume-related');
      await asked(shoes);
      assert.equal((await change(page, { item: 'hats' }))[0], 'Hat 0');
      send[0]();
      await page.waitForTimeout(200);
      assert.equal((await titles(page))[0], 'Hat 0', 'the item has changed');
      await element.evaluate((each) => {
        each.addEventListener('osusume-results', () => document.body.append('drawn'));
        each.setAttribute('item', 'a/b c.html');
      });
      await asked(last);
      await element.evaluate((each) => each.remove());
      send[1]();
      await page.waitForTimeout(200);
      assert.doesNotMatch(await page.locator('body').innerText(), /drawn/, 'it has left the page');
    });
  });

  test('it is made, moved, taken away and put back', () =>
    visit('<p id="here"></p><p id="there"></p>', async (page) => {
      const manifest = `${release.origin}/manifest.json`;
      const counts = await page.evaluate(async (address) => {
        const element = document.createElement('osusume-related');
        Object.assign(element, { manifest: address, item: 'shoes' });
        const drawn = () =>
          new Promise((resolve) =>
            element.addEventListener(
              'osusume-results',
              () => resolve(element.shadowRoot?.querySelectorAll('li').length),
              { once: true },
            ),
          );
        const [here, there] = ['here', 'there'].map((id) => document.getElementById(id));
        const counts = [];
        for (const place of [here, there]) {
          place?.append(element);
          counts.push(await drawn());
        }
        there?.append(element);
        element.remove();
        element.setAttribute('limit', '2');
        here?.append(element);
        here?.prepend(element);
        counts.push(await drawn());
        return counts;
      }, manifest);
      assert.deepEqual(counts, [6, 6, 2]);
      assert.equal(release.asked.length, 2);
    }));

  test('values that were set before the script had loaded count', async () => {
    body = '<osusume-related></osusume-related>';
    const { page, context } = await watch(browser, client.url);
    // The element of another name stands for one that is not defined yet.
    const seen = await page.evaluate(async (manifest) => {
      const early = document.createElement('osusume-early');
      Object.assign(early, { manifest, item: 'shoes', images: true });
      document.body.append(early);
      const Related = /** @type {CustomElementConstructor} */ (
        await customElements.whenDefined('osusume-related')
      );
      const drawn = new Promise((resolve) => early.addEventListener('osusume-results', resolve));
      customElements.define('osusume-early', class extends Related {});
      await drawn;
      return [early.getAttribute('item'), early.getAttribute('images')];
    }, `${release.origin}/manifest.json`);
    assert.deepEqual(seen, ['shoes', '']);
    await context.close();
  });
});

describe('where its links go', () => {
  const base = 'https://page.example/docs/page.html';
  const item = { id: 7, title: 'A & B/?', score: 1 };
  /** @param {object} result @param {string} [template] */
  const link = (result, template) => linkOf({ ...item, ...result }, template, base);

  test('to the result’s own address, if it is one of the web', () => {
    assert.equal(link({ url: 'other.html' }), 'https://page.example/docs/other.html');
    assert.equal(link({ url: 'http://x.example/?q=1#a' }), 'http://x.example/?q=1#a');
    for (const url of [
      undefined,
      '',
      'javascript:alert(1)',
      ' \u0001JavaScript:alert(1)',
      'java\tscript:alert(1)',
      'data:text/html,x',
      'blob:https://page.example/1',
      'mailto:a@b.example',
      'file:///etc/passwd',
      'http://[',
    ])
      assert.equal(link({ url }), undefined, url);
  });

  test('to what a template makes of id, text id, title and address', () => {
    const key = 'library/pickle.html';
    assert.equal(link({ key }, '/docs/{key}'), 'https://page.example/docs/library/pickle.html');
    assert.equal(link({ key }, '{key}'), 'https://page.example/docs/library/pickle.html');
    assert.equal(link({ key: 'a b/c?d#e' }, '/{key}'), 'https://page.example/a%20b/c%3Fd%23e');
    assert.equal(link({ key: 'https://x.example/a b' }, '{key}'), 'https://x.example/a%20b');
    assert.equal(
      link({ key: 'https://x.example/a%20b?c=1' }, '{key}'),
      'https://x.example/a%20b?c=1',
    );
    assert.equal(
      link({ key: 'https://x.example/a' }, '/go?to={key}'),
      'https://page.example/go?to=https%3A//x.example/a',
    );
    assert.equal(link({}, '/{key}/{id}'), 'https://page.example/7/7', 'without a text id');
    assert.equal(link({}, '/s/{id}?t={title}'), 'https://page.example/s/7?t=A%20%26%20B%2F%3F');
    assert.equal(
      link({ title: '{url}$&' }, '/{title}'),
      'https://page.example/%7Burl%7D$&'.replace('$&', '%24%26'),
    );
    assert.equal(link({ url: 'https://x.example/a?b=1' }, '{url}'), 'https://x.example/a?b=1');
    assert.equal(link({ url: 'a/b.html' }, '/shop/{url}'), 'https://page.example/shop/a/b.html');
    assert.equal(
      link({ url: 'https://x.example/?a&b' }, '/go?to={url}'),
      'https://page.example/go?to=https%3A%2F%2Fx.example%2F%3Fa%26b',
    );
  });

  test('nowhere, if that is no address of the web, or leads out of its folder', () => {
    assert.equal(link({}, '{url}?from=1'), undefined);
    assert.equal(link({ url: 'javascript:alert(1)' }, '{url}'), undefined);
    assert.equal(link({}, 'javascript:alert({id})'), undefined);
    assert.equal(link({ title: '\ud800' }, '/{title}'), undefined);
    for (const key of ['..', '../x', 'a/../../x', 'a/.', './x'])
      assert.equal(link({ key }, '/docs/{key}'), undefined, key);
    assert.equal(
      link({ key: 'javascript:alert(1)' }, '{key}'),
      `${base.slice(0, -9)}javascript%3Aalert(1)`,
    );
  });
});
