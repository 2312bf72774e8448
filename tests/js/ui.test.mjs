// The parts of the page that need no browser.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import './no-browser.mjs';
import { boxOf, Camera } from '#page/features/map/camera.js';
import { middles, nearest } from '#page/features/map/places.js';
import { cut } from '#page/features/search/spans.js';
import { chooseLanguage, LANGUAGES } from '#page/i18n/languages.js';
import { createTranslate, messageFor as messageIn } from '#page/i18n/messages.js';
import { controlOf, drawnFields, shortFields } from '#page/queries/fields.js';
import { elsewhere, pageOf, placesOf } from '#page/queries/links.js';
import { leadingModel, requestOf } from '#page/queries/request.js';
import { allowedImage, showOf } from '#page/queries/show.js';
import {
  countShaping,
  emptyState,
  hashOf,
  isStart,
  onlyLiked,
  stateOf,
} from '#page/state/address.js';
import { conditionsOf, fittingFilters } from '#page/state/filters.js';
import { createKeep, readOwnList, restoreAll, saveAll } from '#page/state/keep.js';
import { pictureOf } from '#page/ui/drawing.js';
import { englishTitle, languageTag, otherTitles, titleFor } from '#page/ui/titles.js';

// These say things in the language of the page, whose messages they load.
const { setLanguage } = await import('#page/state/preferences.js');
const { locale } = await import('#page/i18n/index.js');
const { fieldLabel, formatBytes, formatFacts, formatMs, formatPopularity, formatScore } =
  await import('#page/ui/format.js');

/** @typedef {import('#page/i18n/messages.js').Messages} Messages */
/** @type {Record<string, Messages>} */
const MESSAGES = Object.fromEntries(
  await Promise.all(
    LANGUAGES.map(async (language) => [
      language,
      JSON.parse(await readFile(`www/page/i18n/${language}.json`, 'utf8')),
    ]),
  ),
);
const { en: EN, ja: JA } = MESSAGES;
/** @param {unknown} error @param {string} [language] */
const messageFor = (error, language = 'en') => messageIn(error, MESSAGES[language]);
const KNOWN_CODES = Object.keys(EN.errors).filter((code) => !/^(class|page)\./.test(code));
/** Switches the language of the page. @param {'en' | 'ja'} language */
async function speak(language) {
  setLanguage(language);
  while (locale.value !== language) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** @typedef {import('#client/index.js').Field} Field */
/** As the anime declare them, cut short. @type {Field[]} */
const ANIME = [
  { name: 'genres', type: 'tags', values: ['Comedy', 'Drama', 'Horror'] },
  { name: 'type', type: 'category', values: ['TV', 'Movie'] },
  { name: 'year', type: 'number', min: 1917, max: 2023 },
  { name: 'score', type: 'number', min: 1.9, max: 9.1 },
  { name: 'members', type: 'number', role: 'popularity', min: 1, max: 3e6 },
  { name: 'series', type: 'number', role: 'group', min: 1, max: 5e4 },
  { name: 'japanese', type: 'text', role: 'title' },
];
/** Another catalogue. @type {Field[]} */
const SHOP = [
  { name: 'brand', type: 'category', values: ['Acme', 'Zeta'] },
  { name: 'only_one', type: 'category', values: ['x'] },
  { name: 'price', type: 'number', min: 1, max: 900 },
  { name: 'note', type: 'text' },
  { name: 'page', type: 'text', role: 'url' },
  { name: 'stars', type: 'number', min: 1, max: 5 },
  { name: 'since', type: 'date', role: 'published', min: '2001-01-01', max: '2024-02-29' },
  { name: 'family', type: 'category', role: 'group', values: ['lamps', 'beds'] },
  { name: 'colours', type: 'tags', values: ['red', 'blue'] },
  { name: 'size', type: 'number', min: 1, max: 90 },
  { name: 'fr', type: 'text', role: 'title' },
];
const filters = (/** @type {string} */ hash) => stateOf({ hash: `#${hash}`, search: '' }).filters;

test('the address names a show, and comes back from its own link', () => {
  const idOf = (/** @type {{ hash: string, search: string }} */ address) =>
    stateOf(address).liked[0];
  assert.equal(hashOf({ liked: [1] }), '#id=1');
  assert.equal(idOf({ hash: '#id=1', search: '' }), 1);
  assert.equal(idOf({ hash: '', search: '?id=5114&x=y' }), 5114);
  assert.equal(idOf({ hash: '#id=2', search: '?id=1' }), 2);
  for (const hash of ['', '#', '#id=', '#id=%20', '#lists', '#id=%E3%81'])
    assert.equal(idOf({ hash, search: '' }), undefined, hash);
  for (const id of [
    0,
    1,
    4294967295,
    'tt 0133/093&?#',
    'a,b',
    '50%+1',
    'ひ',
    '007a',
    '007',
    '99999999999',
  ])
    assert.equal(idOf({ hash: hashOf({ liked: [id] }), search: '' }), id);
});

test('the address keeps everything that is set, and nothing that is as usual', () => {
  /** @type {import('#page/state/address.js').State} */
  const full = {
    liked: [1, 'a,b'],
    disliked: [5],
    seen: [20, 21],
    own: true,
    mix: 0,
    filters: new Map(
      /** @type {[string, import('#page/state/filters.js').Filter][]} */ ([
        ['genres', { wanted: ['Slice of Life', 'A&B'], unwanted: ['Ecchi'] }],
        ['score', { min: 7.5 }],
        ['year', { min: 1990, max: 1999 }],
      ]),
    ),
    niche: 0,
    collapse: true,
    diversity: 40,
    limit: 20,
    map: true,
    show: 6,
    release: 'fcde085a',
  };
  assert.deepEqual(stateOf({ hash: hashOf(full), search: '' }), full);
  assert.equal(
    hashOf(full),
    '#id=1,a%2Cb&not=5&seen=20,21&f.genres=Slice+of+Life,A%26B,-Ecchi&f.score=7.5..&f.year=1990..1999&own=1&mix=0&gems=0&vary=40&n=20&one=1&map=1&show=6&r=fcde085a',
  );
  assert.equal(hashOf(emptyState()), '#');
  assert.deepEqual(
    stateOf({
      hash: '#mix=900&vary=-3&n=1e9&f.year=x..y&f.score=..&f.genres=,-&f.=Drama&id=1,1,1',
      search: '',
    }),
    { ...emptyState(), mix: 100, diversity: 0, limit: 100, liked: [1] },
  );
  assert.equal(countShaping(full), 9);
});

test('the two lists are for one liked show and nothing else', () => {
  const one = stateOf({ hash: '#id=1', search: '' });
  assert.equal(onlyLiked(one), 1);
  assert.equal(onlyLiked({ ...one, map: true, show: 5, release: 'x' }), 1);
  for (const more of [
    { liked: [1, 2] },
    { seen: [3] },
    { mix: 30 },
    { filters: new Map([['genres', { wanted: ['Comedy'], unwanted: [] }]]) },
    { own: true },
    { liked: [] },
  ])
    assert.equal(onlyLiked({ ...one, ...more }), undefined);
  assert.ok(
    isStart(emptyState()) &&
      isStart({ ...emptyState(), map: true, show: 1 }) &&
      !isStart(one) &&
      !isStart({ ...emptyState(), seen: [1] }),
  );
});

test('a state becomes one request', () => {
  const models = ['ncf', 'synopsis'];
  const ask = (
    /** @type {Partial<import('#page/state/address.js').State>} */ state,
    /** @type {any} */ own = undefined,
  ) => requestOf({ ...emptyState(), ...state }, { models, mix: 30, own, fields: ANIME });
  const fields = ['genres', 'type', 'year', 'score', 'members', 'series', 'japanese'];
  assert.deepEqual(
    ask({}),
    { limit: 10, filter: {}, explain: false, fields },
    'the start list is the default model’s',
  );
  assert.deepEqual(ask({ liked: [1], mix: 0 }).model, 'ncf');
  assert.deepEqual(ask({ liked: [1], mix: 100 }).model, 'synopsis');
  assert.equal(requestOf(emptyState(), { models: [], mix: 0, fields: [] }).model, undefined);
  assert.deepEqual(
    ask({
      filters: filters('f.year=1990..&f.score=7..'),
      niche: 0,
      diversity: 40,
      collapse: true,
      seen: [3],
    }),
    {
      limit: 10,
      model: { ncf: 0.7, synopsis: 0.3 },
      filter: { year: { min: 1990 }, score: { min: 7 } },
      exclude: [3],
      collapse: true,
      niche: 0,
      diversity: 0.4,
      explain: false,
      fields,
    },
  );
  const own = {
    liked: [
      { id: 1, weight: 2 },
      { id: 2, weight: 3 },
    ],
    disliked: [{ id: 4, weight: 1 }],
    exclude: Array.from({ length: 12_000 }, (_, id) => id),
  };
  const { liked = [], disliked = [], exclude = [] } = ask({ liked: [9], disliked: [1] }, own);
  assert.deepEqual(
    [liked, disliked],
    [
      [9, { id: 2, weight: 3 }],
      [1, { id: 4, weight: 1 }],
    ],
    'what is said here and now counts',
  );
  assert.equal(liked.length + disliked.length + exclude.length, 10_000);
  const long = {
    liked: Array.from({ length: 2000 }, (_, id) => ({ id, weight: 1 })),
    disliked: [],
    exclude: [],
  };
  assert.deepEqual(
    [10, 100].map((limit) => ask({ limit }, long).explain),
    [true, false],
    'the engine refuses more reasons',
  );
});

test('what is wanted of fields: written, read, and as conditions of those that the catalogue has', () => {
  /** @type {[string, string][]} as it stands in an address, and as it is written */
  const cases = [
    ['f.genres=Drama,-Horror,-Drama', '#f.genres=Drama,-Horror,-Drama'],
    ['f.genres=-,%2D,,x', '#f.genres=%2D,x'],
    ['f.a.b+c=%2DX,--Y,1%2E%2E2', '#f.a.b+c=%2DX,1%2E%2E2,-%2DY'],
    ['f.year=1990..2000', '#f.year=1990..2000'],
    ['f.year=..1999', '#f.year=..1999'],
    ['f.price=-1.5..', '#f.price=-1.5..'],
    ['f.date=2020-01..2021', '#f.date=2020-01..2021'],
    ['f.year=1e3..', '#'],
    ['f.year=1990...', '#f.year=1990..'],
    ['f.year=1..2..3', '#f.year=1..'],
    ['f.__proto__=x', '#f.__proto__=x'],
    ['f.=x', '#'],
    ['f.x', '#'],
  ];
  for (const [hash, want] of cases) assert.equal(hashOf({ filters: filters(hash) }), want, hash);
  const many = filters(
    `f.a=${Array(150)
      .fill('x')
      .map((x, at) => x + at)}&f.b=${Array(150)
      .fill('x')
      .map((x, at) => x + at)}`,
  );
  assert.equal(
    countShaping({ ...emptyState(), filters: many }),
    200,
    'no more than a request may have',
  );

  const conditions = (/** @type {string} */ hash) =>
    conditionsOf(fittingFilters(filters(hash), ANIME), ANIME);
  assert.deepEqual(conditions('f.genres=Drama,-Horror&f.type=TV,Movie'), {
    genres: { all: ['Drama'], none: ['Horror'] },
    type: { any: ['TV', 'Movie'] },
  });
  assert.deepEqual(
    conditions('f.genres=Drama,Nothing&f.type=Nothing&f.price=1..2&f.year=Drama&f.genres2=x'),
    { genres: { all: ['Drama'] } },
    'what another release had',
  );
  assert.deepEqual(conditions('f.year=2000..1990&f.score=2020-01..&f.genres=1..2&f.japanese=x'), {
    year: { min: 2000, max: 2000 },
  });
  assert.deepEqual(conditionsOf(fittingFilters(filters('f.since=2020..2021-05'), SHOP), SHOP), {
    since: { min: 2020, max: '2021-05' },
  });
});

test('the form draws the first fields that it can ask for, in the order of the catalogue', () => {
  assert.deepEqual(
    drawnFields(ANIME).map((field) => controlOf(field)),
    ['tags', 'category', 'range', 'rating', 'popularity', 'group'],
  );
  assert.deepEqual(
    drawnFields(SHOP).map(({ name }) => name),
    ['brand', 'price', 'stars', 'since', 'family', 'colours'],
  );
  assert.deepEqual(
    drawnFields(SHOP).map((field) => controlOf(field)),
    ['category', 'range', 'rating', 'range', 'group', 'tags'],
  );
  assert.deepEqual(
    shortFields(SHOP, ['note']).filter((name) => !shortFields(SHOP).includes(name)),
    ['note'],
  );
  assert.deepEqual(shortFields(SHOP), [
    'brand',
    'only_one',
    'price',
    'stars',
    'since',
    'family',
    'colours',
    'size',
    'fr',
  ]);
});

test('a field is called by a word of the page, or as the catalogue has it', async () => {
  await speak('ja');
  assert.deepEqual(['genres', 'price'].map(fieldLabel), ['ジャンル', '価格']);
  await speak('en');
  assert.deepEqual(['cover_colour', '__proto__'].map(fieldLabel), ['Cover colour', 'Proto']);
});

test('an item of any catalogue is drawn by what its fields are for', () => {
  const show = showOf(
    {
      id: 7,
      title: 'Lamp',
      url: '/lamp',
      image: 'lamp.png',
      fields: {
        brand: 'Acme',
        price: 12345.5,
        stars: 4.25,
        since: '2023-05-01',
        family: 'lamps',
        colours: ['red', 'blue'],
        note: 'Long',
        fr: 'Lampe',
        sold: 5,
      },
    },
    [...SHOP, { name: 'sold', type: 'number', role: 'popularity' }],
    () => undefined,
  );
  assert.deepEqual(
    [show.url, show.image, show.titles, show.tags, show.popularity],
    ['/lamp', undefined, { fr: 'Lampe' }, ['red', 'blue'], { name: 'sold', value: 5 }],
  );
  assert.equal(formatFacts(show), 'Acme · Price 12,345.5 · Stars 4.25 · May 1, 2023');
  assert.equal(formatPopularity(show), 'Sold 5');
  assert.equal(titleFor(show, 'fr'), 'Lampe');
  assert.deepEqual(show.texts, { note: 'Long' });
  assert.deepEqual(showOf({ id: 1, title: 'Bare' }, SHOP, () => undefined).facts, []);
});

test('an item’s own page is a web address and nothing else', () => {
  const of = (/** @type {string | undefined} */ url) => pageOf(url, 'https://site.example/shop/');
  assert.deepEqual(['lamp', '/lamp', 'https://a.example/x', '//b.example/y'].map(of), [
    'https://site.example/shop/lamp',
    'https://site.example/lamp',
    'https://a.example/x',
    'https://b.example/y',
  ]);
  for (const bad of [
    undefined,
    '',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:x',
    'https://',
  ])
    assert.equal(of(bad), undefined);
});

test('which model carries a result', () => {
  assert.equal(leadingModel({ ncf: 3, synopsis: 1 }), 'ncf');
  assert.equal(leadingModel({ ncf: 1.1, synopsis: 1 }), undefined);
  assert.equal(leadingModel({ ncf: -1, synopsis: 0.2 }), 'synopsis');
  assert.equal(leadingModel({}), undefined);
  assert.equal(leadingModel(), undefined);
});

test('what is kept comes back, and what cannot be kept is remembered as long as the page is there', () => {
  const list = {
    source: 'AniList',
    liked: [{ id: 1, weight: 2 }],
    disliked: [],
    exclude: [1, 7],
    counts: { entries: 2, rated: 1, liked: 1, disliked: 0, planned: 0, unknown: 0 },
  };
  for (const storage of [undefined, fakeStorage(), fakeStorage({ full: true })]) {
    const keep = createKeep(storage, '/');
    assert.equal(readOwnList(keep), undefined);
    keep.set('list', JSON.stringify(list));
    assert.deepEqual(readOwnList(keep), list);
    assert.equal(keep.isKept(), storage !== undefined && !storage.full);
    keep.clear();
    assert.equal(readOwnList(keep), undefined);
  }
  assert.deepEqual(restoreAll(saveAll({ list, last: '#id=1' })), { list, last: '#id=1' });
  for (const other of ['', '[]', '{"kind":"x"}', 'null'])
    assert.equal(restoreAll(other), undefined);
  const keep = createKeep(fakeStorage(), '/');
  keep.set('list', '{"liked":[{"id":"<b>","weight":1},{"id":3,"weight":-1}],"exclude":7}');
  const read = readOwnList(keep);
  assert.deepEqual([read?.liked, read?.exclude], [[], []]);
});

/** @param {{ full?: boolean }} [how] @returns {Storage & { full?: boolean }} */
function fakeStorage({ full } = {}) {
  const storage = /** @type {any} */ ({});
  const hidden = {
    full,
    getItem: (/** @type {string} */ key) => storage[key] ?? null,
    removeItem: (/** @type {string} */ key) => delete storage[key],
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
      if (full) throw new DOMException('full', 'QuotaExceededError');
      storage[key] = value;
    },
  };
  for (const [name, value] of Object.entries(hidden))
    Object.defineProperty(storage, name, { value, enumerable: false });
  return storage;
}

test('links out are web addresses and nothing else', () => {
  const item = { id: 5, title: 'A & B?' };
  assert.equal(elsewhere('https://a.example/{id}', item), 'https://a.example/5');
  assert.equal(
    elsewhere('https://a.example/?q={title}', item),
    'https://a.example/?q=A%20%26%20B%3F',
  );
  assert.equal(
    elsewhere('https://a.example/{id}', { ...item, key: 'x/y' }),
    'https://a.example/x%2Fy',
  );
  assert.deepEqual(placesOf('https://a.example/{anilist}/{title}'), ['anilist', 'title']);
  assert.equal(
    elsewhere('https://a.example/{anilist}', { ...item, texts: { anilist: '7 8' } }),
    'https://a.example/7%208',
  );
  assert.equal(elsewhere('https://a.example/{anilist}', item), undefined);
  assert.equal(
    elsewhere('https://a.example/{anilist}', { ...item, texts: { other: '1' } }),
    undefined,
  );
  assert.equal(
    elsewhere('https://a.example/{title}', { ...item, title: '{id}', texts: { title: 'x' } }),
    'https://a.example/%7Bid%7D',
    'a value is no template',
  );
  for (const bad of ['javascript:alert({id})', '{title}', '//a.example', ''])
    assert.equal(elsewhere(bad, { id: 1, title: 'javascript:alert(1)' }), undefined);
});

test('pictures come from where the site says and from nowhere else', () => {
  const of = (/** @type {string | undefined} */ image, /** @type {string} */ allowed) =>
    allowedImage(image, allowed, 'https://site.example/films/');
  assert.equal(of('a.jpg', 'self'), 'https://site.example/films/a.jpg');
  assert.equal(
    of('https://pictures.example/1.jpg', 'self https://pictures.example'),
    'https://pictures.example/1.jpg',
  );
  for (const [image, allowed] of [
    ['a.jpg', ''],
    [undefined, 'self'],
    ['https://pictures.example/1.jpg', 'self'],
    ['a.jpg', 'https://pictures.example'],
    ['javascript:x', 'self'],
    ['data:image/png,x', 'self'],
    ['//evil.example/a', 'self'],
  ])
    assert.equal(of(image, String(allowed)), undefined);
});

test('the camera keeps what is under the pointer where it is, and never loses the map', () => {
  const xs = [0, 1000, 500];
  const ys = [100, 900, 500];
  assert.deepEqual(boxOf(xs, ys), { left: 0, top: 100, right: 1000, bottom: 900 });
  const camera = new Camera(boxOf(xs, ys));
  camera.resize(1048, 848);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => {
    const { by, dx, dy } = camera.transform;
    return [x * by + dx, y * by + dy];
  };
  assert.deepEqual(at(0, 100), [24, 24], 'all of it fits');
  const before = at(250, 300);
  camera.zoomBy(3, before[0], before[1]);
  for (const [axis, value] of at(250, 300).entries())
    assert.ok(Math.abs(value - before[axis]) < 1e-6);
  camera.pan(1e9, -1e9);
  const [x, y] = at(0, 900);
  assert.deepEqual(
    [Math.round(x), Math.round(y)],
    [524, 424],
    'an edge comes to the middle at most',
  );
  camera.zoomBy(1e9);
  assert.equal(camera.zoom, 40);
  camera.zoomBy(0);
  assert.equal(camera.zoom, 1);
  camera.reset();
  assert.deepEqual(at(0, 100), [24, 24]);
  const map = {
    ids: Uint32Array.of(1, 2, 3),
    x: Uint16Array.from(xs),
    y: Uint16Array.from(ys),
    groups: Uint8Array.of(1, 0, 1),
    names: ['A'],
  };
  assert.equal(nearest(map, camera.transform, 30, 30, 14), 0);
  assert.equal(nearest(map, camera.transform, 300, 30, 14), -1);
  assert.equal(middles(map)[0].text, 'A');
});

test('the same words in every language, with the same places to fill in, and real plurals', () => {
  assert.deepEqual(Object.keys(JA.words).sort(), Object.keys(EN.words).sort());
  /** @param {import('#page/i18n/messages.js').Message} message */
  const places = (message) =>
    [
      ...new Set(
        [...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map(([, name]) => name.toLowerCase()),
      ),
    ]
      .filter((name) => !['show', 'shows', 'site', 'sent'].includes(name))
      .sort();
  for (const [word, message] of Object.entries(EN.words)) {
    assert.deepEqual(places(JA.words[word]), places(message), word);
    if (typeof message !== 'string') assert.deepEqual(Object.keys(message), ['one', 'other'], word);
  }
  assert.deepEqual(Object.keys(JA.errors).sort(), Object.keys(EN.errors).sort());
  assert.match(messageFor({ code: 'network' }, 'ja').what, /ファイル/);
});

test('the reader’s language, and a site’s own words', () => {
  assert.deepEqual(
    [['ja-JP', 'en'], ['de', 'en-GB'], ['fr'], [undefined, 'JA'], []].map(chooseLanguage),
    ['ja', 'en', 'en', 'ja', 'en'],
  );
  const say = createTranslate('en', EN, {
    show: 'film',
    shows: 'films',
    'field.price': 'Costs',
    'value.price': '€ {value}',
  });
  assert.equal(say('startTitle'), 'Find your next film');
  assert.equal(say('likeThis'), 'Films like');
  assert.equal(say('found', { count: 3 }), '3 films');
  assert.equal(say('found', { count: 1 }), '1 film');
  assert.equal(say('whyOthers', { count: 1 }), '1 other');
  assert.equal(say('mapCount', { count: 12389 }), '12,389 films, the best known first');
  assert.equal(say('like', { title: '{shows}' }), 'I like {shows}', 'titles are data');
  assert.equal(say('field.price'), 'Costs');
  assert.equal(say(/** @type {any} */ ('value.price'), { value: '9' }), '€ 9');
  const unknown = /** @type {import('#page/i18n/messages.js').Word} */ ('constructor');
  assert.equal(say(unknown), 'constructor');
  assert.equal(createTranslate('ja', JA)('found', { count: 1 }), '1件');
});

test('numbers', () => {
  assert.deepEqual([0, 999, 1000, 293_696, 999_499, 999_500, 8_691_920].map(formatBytes), [
    '0 B',
    '999 B',
    '1 kB',
    '294 kB',
    '999 kB',
    '1.0 MB',
    '8.7 MB',
  ]);
  assert.deepEqual([0, 0.04, 0.44, 9.94, 9.96, 380.2, 1500].map(formatMs), [
    '0.1 ms',
    '0.1 ms',
    '0.4 ms',
    '9.9 ms',
    '10 ms',
    '380 ms',
    '1.5 s',
  ]);
  assert.deepEqual([0.8340001, 0.48, 12.345, -0.5, 0, 123.4, 12345.6].map(formatScore), [
    '0.834',
    '0.480',
    '12.3',
    '-0.500',
    '0.00',
    '123',
    '12346',
  ]);
  const facts = (/** @type {import('#client/index.js').Values} */ fields) =>
    formatFacts(showOf({ id: 1, title: 'x', fields }, ANIME, () => undefined));
  assert.equal(
    facts({ year: 1998, type: 'TV', score: 8.8, members: 5, series: 1 }),
    'TV · 1998 · ★ 8.8',
  );
  assert.equal(facts({ type: 'TV' }), 'TV');
  assert.equal(facts({}), '');
});

test('a picture is the same every time, and shows of a kind look alike', () => {
  const space = { id: 1, tags: ['Action', 'Space', 'Sci-Fi'] };
  assert.deepEqual(pictureOf(space), pictureOf({ ...space, tags: ['Sci-Fi', 'Action', 'Space'] }));
  assert.equal(pictureOf(space).motif, pictureOf({ id: 99, tags: ['Space', 'Sci-Fi'] }).motif);
  const moons = new Set(
    Array.from({ length: 200 }, (_, id) => JSON.stringify(pictureOf({ id, tags: ['Space'] }).moon)),
  );
  assert.ok(moons.size > 150, `${moons.size} different moons`);
  for (const tags of [[], ['Something new'], ['Isekai', 'Another']]) {
    const { hue, moon } = pictureOf({ id: 4_294_967_295, tags });
    assert.ok(hue >= 0 && hue < 360);
    assert.ok(moon.x - moon.r >= -2 && moon.x + moon.r <= 50 && moon.y - moon.r >= 0);
  }
});

test('languages', () => {
  assert.deepEqual(
    ['english', 'japanese', 'romaji', 'ja', 'pt-BR', 'klingon', 'id3', ''].map(languageTag),
    ['en', 'ja', 'ja-Latn', 'ja', 'pt-BR', '', '', ''],
  );
  assert.equal(
    englishTitle({ title: 'Sen to Chihiro', titles: { english: 'Spirited Away' } }),
    'Spirited Away',
  );
  assert.equal(englishTitle({ title: 'Akira', titles: {} }), 'Akira');
  const bebop = {
    title: 'Cowboy Bebop',
    titles: { japanese: 'カウボーイビバップ', romaji: 'Cowboy Bebop' },
  };
  assert.deepEqual(
    ['en', 'ja', 'de'].map((language) => titleFor(bebop, language)),
    ['Cowboy Bebop', 'カウボーイビバップ', 'Cowboy Bebop'],
  );
  assert.deepEqual(otherTitles(bebop, 'Cowboy Bebop'), [['ja', 'カウボーイビバップ']]);
  assert.deepEqual(otherTitles(bebop, 'カウボーイビバップ'), [['ja-Latn', 'Cowboy Bebop']]);
});

test('a title is cut into what matches and what is between', () => {
  assert.deepEqual(
    cut('Cowboy Bebop', [
      [0, 3],
      [7, 12],
    ]),
    [
      ['Cow', true],
      ['boy ', false],
      ['Bebop', true],
    ],
  );
  assert.deepEqual(cut('ナルト', []), [['ナルト', false]]);
  assert.deepEqual(cut('<b>𝐀</b>', [[3, 5]]), [
    ['<b>', false],
    ['𝐀', true],
    ['</b>', false],
  ]);
  assert.deepEqual(cut('', []), []);
});

test('every code that the engine and the client can give has a sentence', async () => {
  const types = await readFile('www/client/codes.ts', 'utf8');
  const union = types.split('table of errors: begin')[1].split('table of errors: end')[0];
  const codes = [...union.matchAll(/'([a-z_]+)'/g)].map(([, code]) => code);
  assert.ok(codes.length > 50, codes.join());
  // These say that the page itself is wrong, or its server, and `messageFor` says so.
  const others = [
    'address_too_long',
    'answer_too_large',
    'body_incomplete',
    'body_timeout',
    'body_too_large',
    'busy',
    'catalogue_not_loaded',
    'closed',
    'deadline_exceeded',
    'encoding_unsupported',
    'explain_too_large',
    'filter_invalid',
    'headers_too_large',
    'internal',
    'limit_out_of_range',
    'method_not_allowed',
    'model_not_loaded',
    'out_of_range',
    'release_unavailable',
    'request_invalid',
    'text_not_loaded',
    'too_many_ids',
    'unknown_field',
    'unknown_route',
    'unknown_value',
  ];
  assert.deepEqual(
    codes.filter((code) => !KNOWN_CODES.includes(code)),
    others,
  );
  assert.deepEqual(
    KNOWN_CODES.filter((code) => !codes.includes(code)),
    [],
    'no sentence about what cannot happen',
  );
});

test('a message says what happened, what to do, and the detail', () => {
  const { what, todo, detail, retry } = messageFor(
    Object.assign(new Error('x answered 503'), { code: 'http_status' }),
  );
  assert.ok(what.length > 10 && todo.length > 10 && retry);
  assert.equal(detail, 'http_status: x answered 503');
  for (const odd of [undefined, null, 'text', 7, {}]) assert.match(messageFor(odd).what, /broke/);
  for (const language of ['en', 'ja']) {
    const busy = messageFor(
      { code: 'release_unavailable', class: 'notReady', message: 'no release yet' },
      language,
    );
    assert.ok(busy.retry && busy.what !== messageFor({}, language).what, busy.what);
    assert.equal(
      messageFor({ code: 'release_changed', class: 'notReady' }, language).retry,
      false,
      'that wants a reload',
    );
  }
});

test('titles are data: nothing in the page writes HTML or fetches', async () => {
  const files = (await readdir('www/page', { recursive: true })).filter((name) =>
    /\.tsx?$/.test(name),
  );
  assert.ok(files.length > 60, String(files.length));
  for (const name of files) {
    if (/^(ahead|sw)\.ts$/.test(name)) continue; // they fetch files of the site
    const code = (await readFile(`www/page/${name}`, 'utf8')).replaceAll(/\/\/.*/g, '');
    assert.doesNotMatch(
      code,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\bfetch\(/,
      name,
    );
  }
});
