// Lines that fail for a moment, on a real server.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { withRetries } from '#client/retry.js';

const BODY = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919) % 251));

/** @typedef {(response: import('node:http').ServerResponse, request: import('node:http').IncomingMessage) => void} Reply */
/** What the server does with each request in turn; the last one from there on. @type {Reply[]} */
let replies = [];
let asked = 0;
let url = '';
const server = createServer((request, response) => {
  asked += 1;
  (replies[asked - 1] ?? replies[replies.length - 1])(response, request);
});
before(
  () =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/file`;
        resolve(undefined);
      });
    }),
);
after(() => server.close().closeAllConnections());

const whole = (/** @type {import('node:http').ServerResponse} */ response) =>
  response.writeHead(200, { 'Content-Type': 'application/x-test' }).end(BODY);
/** @param {number} status @param {Record<string, string>} [headers] @returns {Reply} */
const says = (status, headers) => (response) => response.writeHead(status, headers).end('no');
/** Breaks off behind so many bytes. @param {number} bytes @returns {Reply} */
const breaks = (bytes) => (response) => {
  response.writeHead(200, { 'Content-Length': BODY.length, 'Content-Type': 'application/x-test' });
  if (bytes === 0) return response.destroy();
  response.write(BODY.subarray(0, bytes), () => setTimeout(() => response.destroy(), 50));
};
/** Stands still behind so many bytes. @param {number} bytes @returns {Reply} */
const stalls = (bytes) => (response) =>
  void response
    .writeHead(200, { 'Content-Length': BODY.length, 'Content-Type': 'application/x-test' })
    .write(BODY.subarray(0, bytes));

/** @param {Reply[]} turns @param {AbortSignal} [signal] */
async function get(turns, signal) {
  [replies, asked] = [turns, 0];
  const response = await withRetries(fetch, 400)(url, { signal });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { response, bytes };
}

describe('what another try betters', () => {
  /** @type {[string, Reply[], number][]} */
  const cases = [
    ['nothing', [whole], 1],
    ['a connection that is refused', [breaks(0), whole], 2],
    ['a body that breaks off', [breaks(70_000), whole], 2],
    [
      'a body that breaks off twice, the second time earlier',
      [breaks(70_000), breaks(5000), whole],
      3,
    ],
    ['a body that stands still', [stalls(90_000), whole], 2],
    ['headers that do not come', [() => {}, whole], 2],
    ['a server that is busy', [says(503), says(429, { 'Retry-After': '0' }), whole], 3],
    ['a gateway between', [says(502), whole], 2],
    [
      'a drop now and then',
      [
        (response) => {
          response.writeHead(200, {
            'Content-Length': BODY.length,
            'Content-Type': 'application/x-test',
          });
          const timer = setInterval(() => response.write('x'), 50);
          response.on('close', () => clearInterval(timer));
        },
        says(404),
      ],
      2,
    ],
  ];
  for (const [what, turns, times] of cases.slice(0, -1)) {
    test(what, async () => {
      const { response, bytes } = await get(turns);
      assert.deepEqual(
        [response.status, response.headers.get('Content-Type'), asked],
        [200, 'application/x-test', times],
      );
      assert.ok(bytes.equals(BODY), 'every byte once, in order');
    });
  }

  test('a drop now and then is no line', async () => {
    await assert.rejects(get(cases[cases.length - 1][1]), TypeError);
    assert.equal(asked, 2);
  });

  test('Retry-After is kept to, within bounds', async () => {
    const from = performance.now();
    await get([says(503, { 'Retry-After': '1' }), whole]);
    assert.ok(performance.now() - from > 950);
    await get([says(503, { 'Retry-After': new Date(Date.now() - 1000).toUTCString() }), whole]);
    await get([says(503, { 'Retry-After': 'soon' }), whole]);
    assert.equal(asked, 2);
  });
});

describe('what no other try betters', () => {
  for (const status of [204, 206, 301, 404, 403, 410]) {
    test(`status ${status} is given as it is, at once`, async () => {
      const { response } = await get([says(status)]);
      assert.deepEqual([response.status, asked], [status, 1]);
    });
  }

  test('a server that is down stays down: three tries', async () => {
    const { response } = await get([says(503)]);
    assert.deepEqual([response.status, asked], [503, 3]);
    await assert.rejects(get([breaks(0)]), TypeError);
    assert.equal(asked, 3);
    await assert.rejects(get([breaks(1000)]), TypeError);
    assert.equal(asked, 3);
    await assert.rejects(get([stalls(1000)]), /nothing came/);
    assert.equal(asked, 3);
  });

  test('a file that is gone at the second try', async () => {
    await assert.rejects(get([breaks(1000), says(404)]), TypeError);
    assert.equal(asked, 2);
  });

  test('the caller’s end ends it: before, in a pause and in a body', async () => {
    const reason = new Error('enough');
    await assert.rejects(get([whole], AbortSignal.abort(reason)), reason);
    for (const turns of [[says(503, { 'Retry-After': '9' })], [stalls(1000)], [() => {}]]) {
      const ending = new AbortController();
      setTimeout(() => ending.abort(reason), 100);
      await assert.rejects(get(/** @type {Reply[]} */ (turns), ending.signal), reason);
      assert.equal(asked, 1);
    }
  });

  test('whoever stops reading stops the download', async () => {
    [replies, asked] = [[stalls(50_000)], 0];
    const response = await withRetries(fetch, 400)(url);
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    await reader.read();
    await reader.cancel();
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(asked, 1);
  });
});
