// Errors carry a code and a class, by whatever way they come: thrown here, posted from a worker, answered by a server.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { fromPlain, OsusumeError, toOsusumeError, toPlain } from '#client/errors.js';
import { open } from '#client/node.js';

const JSON_TYPES = { good: 'application/json', bad: 'application/problem+json' };

/** What the server answers, by path. @type {Record<string, [status: number, body: object | string]>} */
const answers = {
  '/v1/health': [200, { release: '0', items: 1, defaultModel: 'a', choices: {}, models: ['a'] }],
  '/v1/recommend': [
    422,
    {
      type: 'about:blank',
      title: 'Unprocessable Entity',
      status: 422,
      detail: 'limit is 0, it must be 1 to 1000',
      code: 'limit_out_of_range',
      class: 'caller',
      hint: 'ask for 1 to 1000 results',
    },
  ],
  '/v1/similar?id=x': [
    409,
    {
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'two',
      code: 'ambiguous_title',
      class: 'caller',
      hint: 'send an id',
      candidates: [{ id: 1, title: 'x' }],
    },
  ],
  '/v1/items/1': [
    500,
    {
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'broken',
      code: 'text_invalid',
      class: 'fault',
      hint: 'pack again',
    },
  ],
  '/v1/items/2': [404, '<html>'],
};

const server = createServer((request, response) => {
  const [status, body] = answers[String(request.url)] ?? [404, ''];
  response.writeHead(status, { 'Content-Type': status === 200 ? JSON_TYPES.good : JSON_TYPES.bad });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
});
after(() => server.close());

test('a problem of a server is an error with its code, class and hint', async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const base = `http://127.0.0.1:${port}`;
  // No module, so the server answers.
  const opened = await open(`${base}/manifest.json`, {
    wasm: new URL('file:///no/such.wasm'),
    fallback: base,
  });
  assert.equal(opened.backend, 'http');
  await assert.rejects(opened.recommend({ limit: 0 }), {
    name: 'OsusumeError',
    code: 'limit_out_of_range',
    class: 'caller',
    message: 'limit is 0, it must be 1 to 1000',
    hint: 'ask for 1 to 1000 results',
    status: 422,
    url: `${base}/v1/recommend`,
  });
  await assert.rejects(opened.related('x'), {
    code: 'ambiguous_title',
    class: 'caller',
    candidates: [{ id: 1, title: 'x' }],
  });
  await assert.rejects(opened.item(2), { code: 'http_status', class: 'notReady', status: 404 });
  opened.close();
});

test('the class of an error comes from the table, or with the error', () => {
  assert.equal(new OsusumeError('closed', 'x').class, 'caller');
  assert.equal(new OsusumeError('network', 'x').class, 'notReady');
  assert.equal(new OsusumeError('wasm_missing', 'x').class, 'fault');
  assert.equal(
    new OsusumeError('model_not_loaded', 'x', { class: 'notReady' }).class,
    'notReady',
    'of the module',
  );
  const posted = fromPlain(
    structuredClone(toPlain(new OsusumeError('network', 'x', { url: 'u' }))),
  );
  assert.deepEqual(
    [posted.name, Object(posted).code, Object(posted).class, Object(posted).url],
    ['OsusumeError', 'network', 'notReady', 'u'],
  );
});

test('the code of another error is not taken for one of ours', () => {
  for (const odd of [
    Object.assign(new Error('x'), { code: 'ENOENT' }),
    new TypeError('x'),
    new DOMException('x', 'DataError'),
    'x',
    undefined,
  ]) {
    const error = toOsusumeError(odd);
    assert.deepEqual([Object(error).code, Object(error).class], ['internal', 'fault'], String(odd));
  }
});
