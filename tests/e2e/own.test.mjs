// Somebody else's catalogue: examples/movielens.toml and files of its shape make a site about films, and nothing else is changed.
// The films are made up: MovieLens' own may not be passed on.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildRelease, buildSite, policyOf, writeFilms } from './catalogues.mjs';
import { COMMAND } from './faces.mjs';
import { changed, launch, ROOT, readList, SITE, serveFolder, settled, watch } from './harness.mjs';
import { axe } from './states.mjs';

/** @type {string} */
let folder;
/** @type {import('playwright-core').Browser} */
let browser;

/** Builds a release and its site; returns the site's folder. @param {string} name @param {string} recipe @param {string} catalogue its file */
const build = (name, recipe, catalogue) =>
  buildSite(buildRelease(folder, { ratings: 'ml.inter', catalogue, recipe, name }));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-'));
  const films = await writeFilms(folder);
  await writeFile(
    join(folder, 'pictures.csv'),
    [
      'item_id,movie_title,picture',
      ...films.map(
        ({ id, title }) =>
          `${id},${title},${id % 3 === 1 ? `pictures/${id}.svg` : id % 3 === 2 ? 'pictures/missing.svg' : `https://elsewhere.example/${id}.svg`}`,
      ),
      '',
    ].join('\n'),
  );
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a site under its own policy, and wants an empty console. @param {string} folder @param {string} path @param {(page: import('playwright-core').Page, requests: string[], origin: string) => Promise<void>} visit @param {import('playwright-core').BrowserContextOptions} [options] */
async function visiting(folder, path, visit, options) {
  const missing = /^\/pictures\//; // the catalogue names some that are not there
  const server = await serveFolder({ folder, csp: await policyOf(folder), isPage: true, missing });
  const { page, context, said, requests } = await watch(browser, server.url + path, {
    locale: 'en-US',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  try {
    await visit(page, requests, server.origin);
    assert.deepEqual(
      said.filter((line) => !line.includes('404')),
      [],
      'the console is empty',
    );
  } finally {
    await context.close();
    await server.close();
  }
}

describe('films, by the recipe of examples/ alone', () => {
  /** @type {string} */
  let site;
  before(() => {
    site = build('films', join(ROOT, 'examples/movielens.toml'), 'ml.item');
  });

  test('title, words, genres, examples and links are the recipe’s; nothing of the anime is left', () =>
    visiting(site, '', async (page) => {
      await settled(page);
      assert.equal(await page.title(), 'Films');
      await page.getByRole('heading', { level: 1, name: 'Find your next film' }).waitFor();
      await page.locator('#status', { hasText: /^10 films: 130 films ranked/ }).waitFor();
      assert.equal(
        await page
          .locator('.brand')
          .innerText()
          .then((text) => text.replaceAll(/\s+/g, ' ')),
        'F Films',
      );
      assert.deepEqual(await page.locator('#examples a').allInnerTexts(), [
        'Film 50',
        'Film 98',
        'Film 127',
        'Film 100',
        'Film 1',
      ]);
      assert.deepEqual((await page.locator('[data-field=genres] .tag').allInnerTexts()).sort(), [
        'Action',
        'Animation',
        "Children's",
        'Comedy',
        'Drama',
        'Thriller',
      ]);
      assert.equal(await page.locator('#own-choose').isVisible(), false, 'no list has these ids');
      assert.doesNotMatch(
        await page.locator('body').innerText(),
        /anime|show|japanese|MyAnimeList|推|おすすめ/i,
      );
      assert.equal(await page.locator('#mix').isVisible(), false, 'there is one model');
      await page.getByRole('combobox').fill('flim 77');
      await page.getByRole('option').first().click();
      await page.getByRole('heading', { name: 'People who liked it also liked' }).waitFor();
      await readList(page, 'ncf');
      await page.locator('#ncf-list [data-action=details]').first().click();
      const links = page.getByRole('dialog').locator('.outside a');
      await links.first().waitFor(); // the panel opens when the item's facts have come
      assert.deepEqual(await links.allInnerTexts(), ['IMDb', 'Wikipedia']);
      assert.deepEqual(
        await links.evaluateAll((all) => all.map((link) => link.getAttribute('rel'))),
        ['noopener noreferrer', 'noopener noreferrer'],
      );
      await page.keyboard.press('Escape');
      await page.locator('#ncf-list [data-action=like]').first().click();
      await settled(page);
      assert.match(
        await page.locator('#ranked-list .why').first().innerText(),
        /^Because you liked Film \d+.*\d%$/,
        'of one model nothing is said',
      );
      await page.getByRole('link', { name: 'Map' }).click();
      await page.getByRole('heading', { name: 'Map of all films' }).waitFor();
      assert.deepEqual(await axe(page), []);
    }));

  test('in Japanese too', () =>
    visiting(
      site,
      '#id=50',
      async (page) => {
        await page.getByRole('heading', { name: '好きな人はこれも好き' }).waitFor();
        assert.doesNotMatch(await page.locator('main').innerText(), /アニメ|作品/);
      },
      { locale: 'ja-JP' },
    ));
});

describe('a film that nobody has rated, with a second model that knows it', () => {
  const UNRATED = 131;
  /** @type {string} */
  let site;
  before(async () => {
    const films = await readFile(join(folder, 'ml.item'), 'utf8');
    await writeFile(
      join(folder, 'more.item'),
      `${films}${UNRATED}\tFilm ${UNRATED}\t1999\tComedy\n`,
    );
    const stories = Array.from({ length: UNRATED }, (_, at) =>
      [at + 1, Math.cos(at), Math.sin(at), Math.cos(at * 2)].join(),
    );
    await writeFile(join(folder, 'stories.csv'), ['item_id,a,b,c', ...stories, ''].join('\n'));
    await cp(join(ROOT, 'embeddings/recipes/ials-32.toml'), join(folder, 'ials.toml'));
    const recipe = join(folder, 'both.toml');
    await writeFile(
      recipe,
      'train = "ials.toml"\n[site]\nmodels = { ncf = 100, synopsis = 0 }\n[site.words.en]\nshow = "film"\n',
    );
    const release = buildRelease(folder, {
      ratings: 'ml.inter',
      catalogue: 'more.item',
      recipe,
      name: 'both',
    });
    const [items, ncf, vectors] = ['more.item', 'work/ncf.safetensors', 'stories.safetensors'].map(
      (name) => join(folder, name),
    );
    const run = (/** @type {string[]} */ ...args) => execFileSync(COMMAND, args, { stdio: 'pipe' });
    run('import', join(folder, 'stories.csv'), '--out', vectors);
    run(
      'pack',
      '--catalogue',
      items,
      '--recipe',
      recipe,
      '--model',
      `ncf=${ncf}`,
      '--model',
      `synopsis=${vectors},cosine`,
      '--out',
      release,
    );
    site = buildSite(release);
  });

  test('its stories, and the reason for the empty list', () =>
    visiting(site, `#id=${UNRATED}`, async (page) => {
      await readList(page, 'synopsis');
      assert.match(
        await page.locator('#ncf-note').innerText(),
        /^Nobody in the data has rated this film/,
      );
      assert.equal(await page.locator('#ncf-list > li').count(), 0);
      assert.deepEqual(await axe(page), []);
    }));

  test('its panel says so', () =>
    visiting(site, `#show=${UNRATED}`, (page) =>
      page.getByRole('dialog').getByText('Nobody in the data has rated this film').waitFor(),
    ));

  test('says which likes do not count by it, and that the slider lets them', () =>
    visiting(site, `#id=1,6,${UNRATED}`, async (page) => {
      await settled(page);
      const notice = page.getByText('Move the slider towards the story to let it count.');
      await notice.waitFor();
      await changed(page, () => page.getByRole('slider', { name: 'Ranked by' }).fill('40'));
      await notice.waitFor({ state: 'detached' });
    }));
});

describe('pictures of the owner’s', () => {
  /** @param {string} images a line of the recipe */
  async function pictured(images) {
    const recipe = join(folder, 'pictures.toml');
    await cp(join(ROOT, 'embeddings/recipes/ials-32.toml'), join(folder, 'ials.toml'));
    await writeFile(
      recipe,
      `train = "ials.toml"\n[catalogue]\nimage = "picture"\n[site]\nmodels = { ncf = 100 }\n${images}\n`,
    );
    return build('pictures', recipe, 'pictures.csv');
  }

  test('are fetched from where the recipe allows, lazily, and drawn where they cannot be had', async () => {
    const site = await pictured('images = ["self", "https://pictures.example"]');
    assert.match(await policyOf(site), /img-src 'self' https:\/\/pictures\.example;/);
    await rm(join(site, 'pictures'), { recursive: true, force: true });
    await cp(join(ROOT, 'www/page/icon.svg'), join(site, 'pictures/1.svg'));
    await visiting(site, '#id=4', async (page, requests, origin) => {
      await page.locator('#ncf-list > li').nth(9).waitFor();
      await page.goto(`${origin}/#id=4,7`);
      await settled(page);
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      const kinds = () =>
        page
          .locator('#ranked-list > li')
          .evaluateAll((rows) =>
            rows.map((row) => [
              Number(/** @type {HTMLElement} */ (row).dataset.id) % 3,
              row.firstElementChild?.localName,
            ]),
          );
      await page.waitForFunction(() =>
        [...document.querySelectorAll('#ranked-list > li')].every(
          (row) =>
            Number(/** @type {HTMLElement} */ (row).dataset.id) % 3 !== 2 ||
            row.firstElementChild?.localName === 'svg',
        ),
      );
      for (const [rest, kind] of await kinds())
        if (rest !== 1) assert.equal(kind, 'svg', 'missing, or not from where it may come');
      assert.ok(
        requests.every((url) => url.startsWith(origin)),
        'no other origin is asked',
      );
      await page.getByText('nothing but requests for pictures is sent').first().waitFor();
      await page.goto(`${origin}/#id=1`);
      const photo = page.locator('#chosen-picture img');
      await photo.waitFor();
      assert.deepEqual(
        await photo.evaluate((image) =>
          ['alt', 'loading', 'referrerpolicy'].map((name) => image.getAttribute(name)),
        ),
        ['', 'lazy', 'no-referrer'],
      );
      await page.waitForFunction(
        () =>
          /** @type {HTMLImageElement | null} */ (document.querySelector('#chosen-picture img'))
            ?.naturalWidth,
      );
    });
  });

  test('are not fetched unless the recipe says so', async () => {
    const site = await pictured('');
    assert.match(await policyOf(site), /img-src 'self';/);
    await visiting(site, '#id=1,4', async (page, requests) => {
      await settled(page);
      assert.equal(await page.locator('img').count(), 0);
      assert.ok(requests.every((url) => !url.includes('pictures/')));
      await page.getByText('nothing is sent').first().waitFor();
    });
  });

  test('the demo has none', async () =>
    assert.match(
      await readFile(join(SITE, 'index.html'), 'utf8'),
      /name="osusume-images" content=""/,
    ));
});
