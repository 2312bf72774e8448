// One backend for all who open the same release in the same way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OsusumeError } from '#client/errors.js';
import { joinSession } from '#client/session.js';

/** @typedef {import('#client/protocol.js').Listener} Listener */

let keys = 0;
/** A release that nobody has open. */
const newKey = () => `release ${keys++}`;

/** A backend that writes down what is done with it. @param {Error} [failure] what each call rejects with */
function fakeBackend(failure) {
  const seen = { opened: 0, closed: 0, ended: /** @type {unknown} */ (undefined) };
  /** @type {Required<Listener>} */
  let listener = { onProgress: () => {}, onWarning: () => {} };
  /** @type {Parameters<typeof joinSession>[2]} */
  const open = async (given, signal) => {
    seen.opened += 1;
    listener = given;
    signal.addEventListener('abort', () => {
      seen.ended = signal.reason;
    });
    return {
      thread: 'main',
      call: () => Promise.reject(failure ?? new OsusumeError('unknown_id', 'no such item')),
      close: () => {
        seen.closed += 1;
      },
    };
  };
  return { seen, open, tell: () => listener };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('two who open the same share one backend; the last to leave ends it', async () => {
  const [key, { seen, open }] = [newKey(), fakeBackend()];
  const [one, other] = [{}, {}];
  const first = joinSession(key, one, open);
  const second = joinSession(key, other, open);
  assert.deepEqual([first.isNew, second.isNew, second.session], [true, false, first.session]);
  await Promise.all([first.session.connect(), second.session.connect()]);
  assert.equal(seen.opened, 1);
  first.session.leave(one, 'left');
  first.session.leave(one, 'left again');
  await settled();
  assert.deepEqual([seen.closed, seen.ended], [0, undefined]);
  second.session.leave(other, 'left too');
  await settled();
  assert.deepEqual([seen.closed, seen.ended], [1, 'left too']);
  assert.equal(joinSession(key, one, open).isNew, true);
});

test('who leaves while it opens leaves the others their backend', async () => {
  const [key, { seen, open }] = [newKey(), fakeBackend()];
  const [one, other] = [{}, {}];
  const { session } = joinSession(key, one, open);
  joinSession(key, other, open);
  session.leave(one, 'changed my mind');
  assert.equal((await session.connect()).thread, 'main');
  assert.deepEqual([seen.opened, seen.closed], [1, 0]);
});

test('other releases, and the same opened otherwise, have backends of their own', async () => {
  const { seen, open } = fakeBackend();
  joinSession(newKey(), {}, open);
  joinSession(newKey(), {}, open);
  assert.equal(seen.opened, 2);
});

test('everybody hears of progress and warnings, also who joins later, and beside one that throws', async () => {
  const [key, { open, tell }] = [newKey(), fakeBackend()];
  /** @type {unknown[]} */
  const heard = [];
  const wrong = () => {
    throw new Error('of the listener');
  };
  joinSession(key, { onProgress: wrong, onWarning: wrong }, open);
  joinSession(key, { onProgress: ({ loaded }) => heard.push(loaded) }, open);
  tell().onProgress({ file: 'x', kind: 'catalogue', loaded: 5, total: 9 });
  tell().onWarning({ code: 'offline', message: 'the server is down' });
  assert.equal(String(heard), '5');
  joinSession(key, { onWarning: ({ code }) => heard.push(code) }, open);
  assert.equal(String(heard), '5,offline');
});

test('an opening that fails is not shared with who comes later', async () => {
  const key = newKey();
  const failing = async () => {
    throw new OsusumeError('network', 'cut off');
  };
  const { session } = joinSession(key, {}, failing);
  await assert.rejects(session.connect(), { code: 'network' });
  const { isNew, session: next } = joinSession(key, {}, fakeBackend().open);
  assert.ok(isNew);
  assert.equal((await next.connect()).thread, 'main');
});

for (const [code, isFatal] of /** @type {const} */ ([
  ['worker_lost', true],
  ['release_changed', true],
  ['internal', true],
  ['unknown_id', false],
])) {
  test(`after ${code} who comes later ${isFatal ? 'gets a new backend' : 'joins'}`, async () => {
    const [key, { open }] = [newKey(), fakeBackend(new OsusumeError(code, 'of a call'))];
    const connection = await joinSession(key, {}, open).session.connect();
    await assert.rejects(connection.call('map', []), { code });
    assert.equal(joinSession(key, {}, open).isNew, isFatal);
  });
}
