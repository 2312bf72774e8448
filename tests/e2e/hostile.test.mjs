// A catalogue whose author wishes the page ill: titles and genres that are markup, turn directions, show nothing or never end.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, ROOT, readList, serveFolder, watch } from './harness.mjs';
import { axe } from './states.mjs';

const COMMAND = process.env.OSUSUME_BIN ?? join(ROOT, 'target/release/osusume');

/** By id from 1 on. */
const TITLES = [
  '<img src=x onerror="globalThis.isInjected = true">',
  '<script>globalThis.isInjected = true</script>',
  '"><svg onload=globalThis.isInjected=true>',
  'javascript:globalThis.isInjected=true',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a title that looks like a template
  '{title} ${globalThis.isInjected = true} {{constructor}}',
  '\u202egnp.exe\u2066\u2067 turned',
  '\u200b\u200b\u2060\ufeff',
  `A\u0301${'\u0301'.repeat(300)} stacked`,
  'x'.repeat(10_000),
  `${'Ω'.repeat(40)} \u{1f9d1}\u200d\u{1f680} \u{20000}\u{2a6d6} \u{e0001}\u{10ffff} planes`,
  "' OR 1=1; DROP TABLE shows; --",
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00%0d%0aSet-Cookie: x=1',
  'العربية והעברית mixed',
  '&lt;b&gt;&amp;#x3C;',
  'Plain Show One',
  'Plain Show Two',
  'Plain Show Three',
  'Plain Show Four',
  'Plain Show Five',
  'Plain Show Six',
  'Plain Show Seven',
];
const GENRES = '<b onclick=alert(1)>Genre</b>';

/** @type {string} */
let folder;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  const quoted = (/** @type {string} */ text) => `"${text.replaceAll('"', '""')}"`;
  await writeFile(
    join(folder, 'shows.csv'),
    `anime_id,name,genre,type,members,aired\n${TITLES.map((title, at) => `${at + 1},${quoted(title)},${quoted(GENRES)},${quoted('<i>TV</i>')},${1000 - at},2001\n`).join('')}`,
  );
  let ratings = 'user_id,anime_id,rating\n';
  for (let user = 1; user <= 60; user += 1)
    for (let item = 1; item <= TITLES.length; item += 1)
      if ((user * 7 + item * 3) % 5 < 2) ratings += `${user},${item},8\n`;
  await writeFile(join(folder, 'ratings.csv'), ratings);
  execFileSync(
    COMMAND,
    [
      'build',
      '--ratings',
      join(folder, 'ratings.csv'),
      '--catalogue',
      join(folder, 'shows.csv'),
      '--out',
      join(folder, 'release'),
      '--work',
      join(folder, 'work'),
    ],
    { stdio: 'pipe' },
  );
  browser = await launch();
  server = await serveFolder({
    alter: async (path, reply) => {
      if (!path.startsWith('/embeddings/')) return undefined;
      return {
        ...reply,
        status: 200,
        body: await readFile(join(folder, 'release', path.slice('/embeddings/'.length))),
      };
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Wants nothing but text on the page. @param {import('playwright-core').Page} page */
async function isSound(page) {
  assert.equal(await page.evaluate(() => 'isInjected' in globalThis), false, 'nothing of it ran');
  const strange = await page.evaluate(
    () =>
      document.querySelectorAll(
        'main script, main img, main b[onclick], main i, [onerror], [onload], [onclick]',
      ).length,
  );
  assert.equal(strange, 0, 'no title has become an element');
  const { scroll, width } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: innerWidth,
  }));
  assert.ok(scroll <= width, `the page is ${scroll} wide in a window of ${width}`);
}

/** @param {string[]} paths opened one after the other @param {(page: import('playwright-core').Page, path: string) => Promise<void>} visit @param {import('playwright-core').BrowserContextOptions} [options] */
async function at(paths, visit, options) {
  const { page, context, said, requests } = await watch(browser, 'about:blank', options);
  try {
    for (const path of paths) {
      await page.goto('about:blank');
      await page.goto(server.url + path);
      await visit(page, path);
      await isSound(page);
      assert.deepEqual(said, [], 'the console is empty');
    }
    assert.deepEqual(
      requests.filter((url) => url !== 'about:blank' && !url.startsWith(server.origin)),
      [],
      'nothing is asked of another origin',
    );
  } finally {
    await context.close();
  }
}

describe('a hostile catalogue changes nothing but text', () => {
  test('as the show asked about', () =>
    at(
      TITLES.map((_, index) => `#id=${index + 1}`),
      async (page, path) => {
        const title = TITLES[Number(path.slice('#id='.length)) - 1];
        const rows = await readList(page, 'ncf');
        assert.equal(rows.length, 10, title);
        const shown = await page.locator('#chosen-title').innerText();
        assert.ok(shown.length > 0 && shown.length <= 400, shown.slice(0, 100));
        assert.doesNotMatch(shown, /[\u202a-\u202e\u2066-\u2069]/);
        if (/^[\x20-\x7e]{1,150}$/.test(title)) assert.equal(shown, title);
      },
    ));

  test('in the search box, in chips, in reasons, in the panel, at 320 px', () =>
    at(
      [''],
      async (page) => {
        const box = page.getByRole('combobox').first();
        for (const [typed, wanted] of [
          ['script', '<script>globalThis.isInjected = true</script>'],
          ['proto', '__proto__'],
          ['xxxxxxxxxx', 'xxxx'],
        ]) {
          await box.fill(typed);
          const option = page.getByRole('option').filter({ hasText: wanted }).first();
          await option.waitFor();
          assert.equal(await option.locator('script, img').count(), 0);
        }
        await page.goto(`${server.url}#id=1,2,6,9`);
        await page.locator('#ranked-list > li').nth(9).waitFor();
        await page.locator('#ranked-list [data-action=details]').first().click();
        await page.getByRole('dialog').waitFor();
        assert.deepEqual(await axe(page), []);
      },
      { viewport: { width: 320, height: 700 } },
    ));

  test('hostile addresses are read as text or not at all', () =>
    at(
      [
        '#id=<script>',
        '#id=1&f.genres=<img src=x onerror=alert(1)>',
        '#id=1&f.<b>=1..2&f.__proto__=x',
        '#id=__proto__',
        '#id=1,1e99,-1,NaN',
        `#id=${'9'.repeat(5000)}`,
        '#q=%ff%fe',
        '#id=1&y=javascript:alert(1)',
        `#${'a=b&'.repeat(2000)}`,
      ],
      async (page) => {
        await page
          .locator('#ncf-list > li, #ranked-list > li, .problem-box, #opening > *')
          .first()
          .waitFor({ state: 'attached' });
      },
    ));
});
