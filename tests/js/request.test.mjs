// What is no plain data is refused by name, before anything is sent anywhere: never read as another question.

import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { OsusumeError, open } from '#client/node.js';
import { plainData } from '#client/validate.js';

const FOLDER = resolve(process.env.EMBEDDINGS ?? 'embeddings');

/** @type {any} types would refuse all of this; JavaScript has none */
let opened;
before(async () => {
  opened = await open(join(FOLDER, 'manifest.json'), { load: 'default' });
});
after(() => opened?.close());

/** @param {() => Promise<unknown>} call @param {string} code @param {RegExp} message */
const refused = (call, code, message) =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof OsusumeError, String(error));
    assert.deepEqual([error.name, error.code], ['OsusumeError', code]);
    assert.match(error.message, message);
    return true;
  });

describe('a call with', () => {
  /** @type {[string, () => Promise<unknown>, RegExp][]} */
  const cases = [
    ['a Map as the request', () => opened.recommend(new Map([['liked', [1]]])), /request is a Map/],
    [
      'a Map within',
      () => opened.recommend({ liked: [1], filter: new Map([['type', { any: ['TV'] }]]) }),
      /request\.filter is a Map/,
    ],
    ['a Set of ids', () => opened.recommend({ liked: new Set([1]) }), /request\.liked is a Set/],
    [
      'a typed array of ids',
      () => opened.recommend({ liked: Uint32Array.of(1) }),
      /request\.liked is a Uint32Array/,
    ],
    [
      'a BigInt id',
      () => opened.recommend({ liked: [1, 5n] }),
      /request\.liked\[1\] is a BigInt; give the number 5/,
    ],
    ['a BigInt limit', () => opened.related(1, { limit: 10n }), /options\.limit is a BigInt/],
    ['a BigInt to related', () => opened.related(1n), /id is a BigInt/],
    ['a BigInt to item', () => opened.item(1n), /id is a BigInt/],
    [
      'a date',
      () => opened.recommend({ liked: [1], filter: { year: { min: new Date() } } }),
      /year\.min is a Date/,
    ],
    ['NaN', () => opened.related(1, { limit: Number.NaN }), /options\.limit is NaN/],
    ['Infinity', () => opened.related(Infinity), /id is Infinity/],
    [
      'a function',
      () => opened.recommend({ liked: [1], limit: () => 10 }),
      /request\.limit is a function/,
    ],
    ['a symbol', () => opened.related(Symbol('1')), /id is symbol/],
    ['nothing', () => opened.recommend(), /request is undefined/],
    ['null', () => opened.recommend(null), /request is null/],
    ['a list as the request', () => opened.recommend([1]), /request is an array/],
    ['one id as a list', () => opened.items(1), /ids is number; give an array/],
    ['a list as the id', () => opened.item([1]), /id is an array/],
    ['an object as the id', () => opened.related({ id: 1 }), /id is object/],
    ['a text as limit', () => opened.related(1, { limit: '10' }), /limit|invalid type|10/],
    ['a text as the limit of find', () => opened.find('x', '5'), /limit is string/],
    ['a number as the text', () => opened.find(5), /text is number/],
    ['one id where a list belongs', () => opened.recommend({ liked: '1' }), /./],
    ['an unknown key', () => opened.recommend({ liked: [1], count: 10 }), /count/],
    [
      'an unknown condition',
      () => opened.recommend({ liked: [1], filter: { year: { from: 1990 } } }),
      /from/,
    ],
    [
      'a list as a condition',
      () => opened.recommend({ liked: [1], filter: { type: ['TV'] } }),
      /filter: .*any, all, none, min, max/,
    ],
    ['a text as the options', () => opened.related(1, 'ncf'), /options is string/],
    [
      'a number as the part',
      () => opened.ready(5),
      /part is 5; give one of default, stories, words, map/,
    ],
  ];
  for (const [what, call, message] of cases)
    test(what, () => refused(call, 'request_invalid', message));
  test('a text id that no item has', () =>
    refused(() => opened.recommend({ liked: ['no such key'] }), 'unknown_id', /no such key/));
  test('a fraction as the id', () => refused(() => opened.related(1.5), 'unknown_id', /1\.5/));
});

test('what is plain passes as it is: undefined fields left out, proxies and other realms’ objects read', async () => {
  const request = { liked: [1], limit: undefined, nested: { a: [true, null, 'x', { b: 0.5 }] } };
  assert.deepEqual(plainData(request, 'request'), {
    liked: [1],
    nested: { a: [true, null, 'x', { b: 0.5 }] },
  });
  assert.deepEqual(plainData(new Proxy(request, {}), 'request'), plainData(request, 'request'));
  assert.deepEqual(plainData(Object.assign(Object.create(null), { liked: [1] }), 'request'), {
    liked: [1],
  });
  const answer = await opened.recommend(
    new Proxy({ liked: new Proxy([1], {}), limit: 2, model: undefined }, {}),
  );
  assert.equal(answer.items.length, 2);
});
