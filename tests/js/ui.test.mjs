// The parts of the page that need no browser.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { hrefOf, idOf } from '../../www/ui/address.js';
import { formatBytes, formatFacts, formatMs, formatScore } from '../../www/ui/format.js';
import { englishTitle, languageTag } from '../../www/ui/language.js';
import { KNOWN_CODES, messageFor } from '../../www/ui/messages.js';
import { pictureOf } from '../../www/ui/picture.js';
import { cut } from '../../www/ui/search-box.js';

test('the address names a show, and comes back from its own link', () => {
  assert.equal(idOf({ hash: '#id=1', search: '' }), 1);
  assert.equal(idOf({ hash: '', search: '?id=5114&x=y' }), 5114);
  assert.equal(idOf({ hash: '#id=2', search: '?id=1' }), 2);
  for (const hash of ['', '#', '#id=', '#id=%20', '#lists']) assert.equal(idOf({ hash, search: '' }), undefined, hash);
  for (const id of [0, 1, 4294967295, 'tt 0133/093&?#', 'ひ', '007a', '99999999999']) assert.equal(idOf({ hash: hrefOf(id), search: '' }), id);
});

test('numbers', () => {
  assert.deepEqual([0, 999, 1000, 293_696, 999_499, 999_500, 8_691_920].map(formatBytes), ['0 B', '999 B', '1 kB', '294 kB', '999 kB', '1.0 MB', '8.7 MB']);
  assert.deepEqual([0, 0.04, 0.44, 9.94, 9.96, 380.2, 1500].map(formatMs), ['0.1 ms', '0.1 ms', '0.4 ms', '9.9 ms', '10 ms', '380 ms', '1.5 s']);
  assert.deepEqual([0.8340001, 0.48, 12.345, -0.5, 0, 123.4, 12345.6].map(formatScore), ['0.834', '0.480', '12.3', '-0.500', '0.00', '123', '12346']);
  assert.equal(formatFacts({ year: 1998, type: 'TV', score: 8.8 }), '1998 · TV · ★ 8.80');
  assert.equal(formatFacts({ type: 'TV' }), 'TV');
  assert.equal(formatFacts({}), '');
});

test('a picture is the same every time, and shows of a kind look alike', () => {
  const space = { id: 1, genres: ['Action', 'Space', 'Sci-Fi'] };
  assert.deepEqual(pictureOf(space), pictureOf({ ...space, genres: ['Sci-Fi', 'Action', 'Space'] }));
  assert.equal(pictureOf(space).motif, pictureOf({ id: 99, genres: ['Space', 'Sci-Fi'] }).motif);
  const moons = new Set(Array.from({ length: 200 }, (_, id) => JSON.stringify(pictureOf({ id, genres: ['Space'] }).moon)));
  assert.ok(moons.size > 150, `${moons.size} different moons`);
  for (const genres of [[], ['Something new'], ['Isekai', 'Another']]) {
    const { hue, moon } = pictureOf({ id: 4_294_967_295, genres });
    assert.ok(hue >= 0 && hue < 360);
    assert.ok(moon.x - moon.r >= -2 && moon.x + moon.r <= 50 && moon.y - moon.r >= 0);
  }
});

test('languages', () => {
  assert.deepEqual(['english', 'japanese', 'romaji', 'ja', 'pt-BR', 'klingon', 'id3', ''].map(languageTag), ['en', 'ja', 'ja-Latn', 'ja', 'pt-BR', '', '', '']);
  assert.equal(englishTitle({ title: 'Sen to Chihiro', titles: { english: 'Spirited Away' } }), 'Spirited Away');
  assert.equal(englishTitle({ title: 'Akira', titles: {} }), 'Akira');
});

test('a title is cut into what matches and what is between', () => {
  assert.deepEqual(cut('Cowboy Bebop', [[0, 3], [7, 12]]), [['Cow', true], ['boy ', false], ['Bebop', true]]);
  assert.deepEqual(cut('ナルト', []), [['ナルト', false]]);
  assert.deepEqual(cut('<b>𝐀</b>', [[3, 5]]), [['<b>', false], ['𝐀', true], ['</b>', false]]);
  assert.deepEqual(cut('', []), []);
});

test('every code that the engine and the client can give has a sentence', async () => {
  const sources = await Promise.all(['src/engine/mod.rs', 'src/engine/request.rs', 'src/engine/filter.rs', 'src/format/mod.rs', 'src/wasm.rs', 'src/wasm/fetch.rs', 'www/client/load.js'].map((path) => readFile(path, 'utf8')));
  const codes = new Set(sources.flatMap((text) => [...text.matchAll(/=> "([a-z_]+)",|Failure::new\(\s*"([a-z_]+)"|OsusumeError\('([a-z_]+)'/g)].map((found) => found[1] ?? found[2] ?? found[3])));
  // These say that the page itself is wrong, and `messageFor` says so.
  for (const code of ['n_out_of_range', 'out_of_range', 'unknown_value', 'too_many_ids', 'model_not_loaded', 'request_invalid', 'internal']) codes.delete(code);
  assert.ok(codes.size > 20, [...codes].join());
  assert.deepEqual([...codes].filter((code) => !KNOWN_CODES.includes(code)), []);
});

test('a message says what happened, what to do, and the detail', () => {
  const { what, todo, detail, retry } = messageFor(Object.assign(new Error('x answered 503'), { code: 'http_status' }));
  assert.ok(what.length > 10 && todo.length > 10 && retry);
  assert.equal(detail, 'http_status: x answered 503');
  for (const odd of [undefined, null, 'text', 7, {}]) assert.match(messageFor(odd).what, /broke/);
});

test('titles are data: nothing in the page writes HTML or fetches', async () => {
  for (const name of ['app.js', ...(await readdir('www/ui')).map((file) => `ui/${file}`)]) {
    const code = (await readFile(`www/${name}`, 'utf8')).replaceAll(/\/\/.*/g, '');
    assert.doesNotMatch(code, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\bfetch\(/, name);
  }
});
