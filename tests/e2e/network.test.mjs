// Networks that fail: fifty scripted faults, each at every file of a release with every kind of file. Each ends in the right
// answer or in a typed error, in time; never in another answer, and never in half a release.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { CLIENT, launch, ROOT, serveFolder, watch } from './harness.mjs';

const COMMAND = process.env.OSUSUME_BIN ?? join(ROOT, 'target/release/osusume');

/** What the client promises in www/client/retry.ts, and some time for a busy machine. */
const MOST_MS = 65_000 + 30_000;

/**
 * @typedef {object} Turn one request for the file that is at fault
 * @property {import('node:http').IncomingMessage} request
 * @property {import('node:http').ServerResponse} response
 * @property {Buffer} body what it should be
 * @property {number} count how often it was asked for before
 * @property {string} away an address of another origin where the file lies, without leave to read it
 * @property {Buffer} other another file of the release
 */
/** @typedef {(turn: Turn) => void} Reply */

const CORS = { 'Access-Control-Allow-Origin': '*' };
const HTML = { ...CORS, 'Content-Type': 'text/html' };
const PAGE = Buffer.from(
  '<!doctype html><title>Welcome to our hotel</title><p>Please sign in.</p>',
);

/** @type {Reply} */
const right = ({ response, body }) =>
  void response
    .writeHead(200, {
      ...CORS,
      'Content-Type': 'application/octet-stream',
      'Content-Length': body.length,
    })
    .end(body);
/** @param {number} status @param {Record<string, string>} [headers] @param {Buffer} [content] @returns {Reply} */
const says =
  (status, headers = HTML, content = PAGE) =>
  ({ response }) =>
    void response.writeHead(status, headers).end(content);
/** @param {(body: Buffer, turn: Turn) => Buffer} change @param {Record<string, string>} [headers] @param {number} [status] @returns {Reply} */
const altered =
  (change, headers = {}, status = 200) =>
  (turn) => {
    const content = change(turn.body, turn);
    turn.response
      .writeHead(status, { ...CORS, 'Content-Length': content.length, ...headers })
      .end(content);
  };
/** Writes so much of the body, then does something else. @param {(body: Buffer) => number} bytes @param {(response: import('node:http').ServerResponse) => void} then @returns {Reply} */
const partly =
  (bytes, then) =>
  ({ response, body }) => {
    response.writeHead(200, { ...CORS, 'Content-Length': body.length });
    response.write(body.subarray(0, bytes(body)), () => then(response));
  };
/** Once, and right from then on. @param {Reply} reply @returns {Reply} */
const once = (reply) => (turn) => (turn.count === 0 ? reply : right)(turn);
/** As it comes over the wire, past the library. @param {string} head @returns {Reply} */
const raw =
  (head) =>
  ({ response, body }) => {
    response.socket?.write(head);
    response.socket?.end(body);
  };
const half = (/** @type {Buffer} */ body) => body.length >> 1;
const flip = (/** @type {Buffer} */ body) => {
  const copy = Buffer.from(body);
  copy[copy.length >> 1] ^= 4;
  return copy;
};
const cut = (/** @type {import('node:http').ServerResponse} */ response) =>
  void setTimeout(() => response.destroy(), 20);

/** Each fault, and what it must end in: `right`, `error`, or `any` of the two. @type {[string, 'right' | 'error' | 'any', Reply][]} */
const FAULTS = [
  ['no fault', 'right', right],
  ['cut before the headers, once', 'right', once(({ response }) => void response.destroy())],
  ['cut before the headers', 'error', ({ response }) => void response.destroy()],
  ['cut behind the headers, once', 'right', once(partly(() => 0, cut))],
  ['cut half way, once', 'right', once(partly(half, cut))],
  ['cut half way', 'error', partly(half, cut)],
  ['cut before the last byte', 'error', partly((body) => body.length - 1, cut)],
  [
    'ends half way without a length, once',
    'any',
    once(
      ({ response, body }) => void response.writeHead(200, CORS).end(body.subarray(0, half(body))),
    ),
  ],
  [
    'ends half way without a length',
    'error',
    ({ response, body }) => void response.writeHead(200, CORS).end(body.subarray(0, half(body))),
  ],
  ['stalls before the headers, once', 'right', once(() => {})],
  ['stalls half way, once', 'right', once(partly(half, () => {}))],
  ['stalls', 'error', () => {}],
  [
    'drips a byte a second',
    'error',
    ({ response, body }) => {
      response.writeHead(200, { ...CORS, 'Content-Length': body.length });
      let at = 0;
      const timer = setInterval(() => {
        response.write(body.subarray(at, at + 1));
        at += 1;
      }, 1000);
      response.on('close', () => clearInterval(timer));
    },
  ],
  [
    'comes slowly, in small pieces',
    'right',
    ({ response, body }) => {
      response.writeHead(200, { ...CORS, 'Content-Length': body.length });
      let at = 0;
      const timer = setInterval(() => {
        if (at < body.length) response.write(body.subarray(at, at + 700));
        else {
          clearInterval(timer);
          response.end();
        }
        at += 700;
      }, 10);
      response.on('close', () => clearInterval(timer));
    },
  ],
  ['comes after all the others', 'right', (turn) => void setTimeout(() => right(turn), 1500)],
  [
    'a length that is too small',
    'error',
    (turn) =>
      raw(
        `HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\nContent-Length: ${turn.body.length - 5}\r\n\r\n`,
      )(turn),
  ],
  [
    'a length that is too large',
    'error',
    (turn) =>
      raw(
        `HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\nContent-Length: ${turn.body.length + 5}\r\n\r\n`,
      )(turn),
  ],
  [
    'two lengths',
    'error',
    raw(
      'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n',
    ),
  ],
  ['bytes behind the end', 'error', altered((body) => Buffer.concat([body, Buffer.from('more')]))],
  [
    'a piece that comes twice',
    'error',
    altered((body) =>
      Buffer.concat([body.subarray(0, half(body)), body.subarray(half(body) - 100)]),
    ),
  ],
  ['the whole twice', 'error', altered((body) => Buffer.concat([body, body]))],
  ['nothing', 'error', altered(() => Buffer.alloc(0))],
  ['a bit flipped, once', 'any', once(altered(flip))],
  ['a bit flipped', 'error', altered(flip)],
  [
    'pieces in another order',
    'error',
    altered((body) => Buffer.concat([body.subarray(half(body)), body.subarray(0, half(body))])),
  ],
  ['zeros', 'error', altered((body) => Buffer.alloc(body.length))],
  ['another file of the release', 'error', altered((_, { other }) => other)],
  [
    '206 with half of it',
    'error',
    altered((body) => body.subarray(0, half(body)), { 'Content-Range': 'bytes 0-99/1000' }, 206),
  ],
  [
    '206 with all of it',
    'error',
    altered((body) => body, { 'Content-Range': 'bytes 0-99/100' }, 206),
  ],
  ['408, once', 'right', once(says(408))],
  ['425, once', 'right', once(says(425))],
  ['429 with Retry-After, once', 'right', once(says(429, { ...HTML, 'Retry-After': '1' }))],
  ['429', 'error', says(429)],
  ['500, once', 'right', once(says(500))],
  ['502 with a page, once', 'right', once(says(502))],
  [
    '503 with a date, once',
    'right',
    once((turn) =>
      says(503, { ...HTML, 'Retry-After': new Date(Date.now() + 1000).toUTCString() })(turn),
    ),
  ],
  ['503 for an hour', 'error', says(503, { ...HTML, 'Retry-After': '3600' })],
  ['504, once', 'right', once(says(504))],
  ['401', 'error', says(401, { ...HTML, 'WWW-Authenticate': 'Bearer' })],
  ['403', 'error', says(403)],
  ['404', 'error', says(404)],
  ['410', 'error', says(410)],
  ['204', 'error', says(204, CORS, Buffer.alloc(0))],
  [
    'a redirect to itself',
    'error',
    ({ request, response }) =>
      void response.writeHead(302, { ...CORS, Location: request.url ?? '/' }).end(),
  ],
  [
    'a redirect that leads there',
    'right',
    (turn) => {
      if (turn.request.url?.includes('?again')) return right(turn);
      turn.response.writeHead(307, { ...CORS, Location: `${turn.request.url}?again` }).end();
    },
  ],
  [
    'a redirect to an origin that gives no leave',
    'error',
    ({ response, away }) => void response.writeHead(302, { ...CORS, Location: away }).end(),
  ],
  [
    'no leave for other origins',
    'error',
    altered((body) => body, { 'Access-Control-Allow-Origin': 'https://example.org' }),
  ],
  ["a hotel's page", 'error', says(200)],
  ["a hotel's page, once", 'any', once(says(200))],
  [
    "a hotel's page by a redirect",
    'error',
    (turn) =>
      turn.request.url?.includes('?portal')
        ? says(200)(turn)
        : void turn.response
            .writeHead(302, { ...CORS, Location: `${turn.request.url}?portal` })
            .end(),
  ],
  [
    'gzip twice, said once',
    'error',
    altered((body) => gzipSync(gzipSync(body)), { 'Content-Encoding': 'gzip' }),
  ],
  ['gzip that is none', 'error', altered((body) => body, { 'Content-Encoding': 'gzip' })],
  [
    'gzip that breaks off',
    'error',
    altered((body) => gzipSync(body).subarray(0, 100), { 'Content-Encoding': 'gzip' }),
  ],
  [
    'brotli said, gzip sent',
    'error',
    altered((body) => gzipSync(body), { 'Content-Encoding': 'br' }),
  ],
  [
    'gzip and a right length',
    'right',
    altered((body) => gzipSync(body), { 'Content-Encoding': 'gzip' }),
  ],
  ['brotli', 'right', altered((body) => brotliCompressSync(body), { 'Content-Encoding': 'br' })],
  [
    'another type',
    'right',
    altered((body) => body, { 'Content-Type': 'text/html; charset=utf-16' }),
  ],
  [
    'headers without end',
    'error',
    ({ response }) =>
      void response.socket?.write(
        `HTTP/1.1 200 OK\r\n${'X-Filler: filler\r\n'.repeat(40_000)}`,
        () => response.socket?.destroy(),
      ),
  ],
  [
    'no HTTP at all',
    'error',
    ({ response }) => void response.socket?.end('\0\0\0SSH-2.0-none\r\n'),
  ],
];

/** Files that only make an answer come early: without them the right answer comes, later. */
const SPARE = /^related\./;

/** @type {string} */
let folder;
/** @type {Map<string, Buffer>} */
const files = new Map();
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let client;
/** @type {import('node:http').Server} */
let server;
let port = 0;
/** How often the file at fault was asked for, by case. @type {Map<string, number>} */
const counts = new Map();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'network-'));
  await writeFile(
    join(folder, 'shows.csv'),
    `anime_id,name,genre,type,members,aired\n${Array.from({ length: 60 }, (_, at) => `${at + 1},Show number ${at + 1},"Drama, Space",TV,${1000 - at},2001\n`).join('')}`,
  );
  let ratings = 'user_id,anime_id,rating\n';
  for (let user = 1; user <= 80; user += 1)
    for (let item = 1; item <= 60; item += 1)
      if ((user * 7 + item * 3) % 5 < 2) ratings += `${user},${item},8\n`;
  await writeFile(join(folder, 'ratings.csv'), ratings);
  await writeFile(
    join(folder, 'product.toml'),
    await readFile(join(ROOT, 'embeddings/recipes/product.toml')),
  );
  await writeFile(join(folder, 'release.toml'), 'train = "product.toml"\nmap = true\n');
  const release = join(folder, 'release');
  const run = (/** @type {string[]} */ ...args) => execFileSync(COMMAND, args, { stdio: 'pipe' });
  run(
    'build',
    '--ratings',
    join(folder, 'ratings.csv'),
    '--catalogue',
    join(folder, 'shows.csv'),
    '--recipe',
    join(folder, 'release.toml'),
    '--out',
    release,
    '--work',
    join(folder, 'work'),
  );
  const manifest = JSON.parse(await readFile(join(release, 'manifest.json'), 'utf8'));
  // No visit asks for the file about the release.
  const visited = manifest.files.filter(
    (/** @type {{ kind: string }} */ { kind }) => kind !== 'about',
  );
  const { folder: lists, shards } = manifest.related;
  assert.equal(shards, 1, 'the one shard is asked for');
  for (const name of [
    'manifest.json',
    ...visited.map((/** @type {{ name: string }} */ file) => file.name),
    `${lists}/0.json`,
  ])
    files.set(name, await readFile(join(release, name)));

  // An address is /<fault>/<file at fault>/<file>; the host is any of this machine's own, as a browser asks six things of one at a time.
  server = createServer((request, response) => {
    response.on('error', () => {});
    // The lists are in a folder.
    const path = (request.url ?? '')
      .replace(/\?.*/, '')
      .replace(/(related\.[0-9a-f]+)\//g, '$1%2F');
    const [, fault, target, name = ''] = path.split('/').map(decodeURIComponent);
    const body = files.get(name);
    if (!body) return void response.writeHead(404).end();
    if (fault === 'away') return void response.writeHead(200).end(body);
    if (name !== target) return right(/** @type {Turn} */ ({ request, response, body }));
    const key = `${fault}/${target}`;
    const count = counts.get(key) ?? 0;
    if (!request.url?.includes('?')) counts.set(key, count + 1);
    const away = `http://localhost:${port}/away/-/${name}`;
    const other = /** @type {Buffer} */ (
      [...files].find(([each]) => each !== name && each !== 'manifest.json')?.[1]
    );
    FAULTS[Number(fault)][2]({ request, response, body, count, away, other });
  });
  server.on('clientError', () => {});
  await new Promise((resolve) => server.listen(0, () => resolve(undefined)));
  port = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  [browser, client] = await Promise.all([launch(), serveFolder({ folder: CLIENT })]);
});
after(async () => {
  await browser?.close();
  await client?.close();
  server?.closeAllConnections();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

test('every fault at every file ends in the right answer or in a typed error, in time', {
  timeout: 400_000,
}, async () => {
  const names = [...files.keys()];
  assert.deepEqual(
    new Set(names.map((name) => name.split('.')[0])),
    new Set(['manifest', 'catalogue', 'ncf', 'ncf-residual', 'map', 'related']),
    'a file of every kind that a visit to a release by ratings loads',
  );
  const cases = FAULTS.flatMap(([what, wanted], fault) =>
    names.map((target, at) => ({
      what,
      wanted: SPARE.test(target) ? 'right' : wanted,
      target,
      url: `http://127.0.${fault}.${at + 1}:${port}/${fault}/${encodeURIComponent(target)}/manifest.json`,
    })),
  );
  const { page, context } = await watch(browser, `${client.url}worker.js`, {
    serviceWorkers: 'block',
  });
  page.setDefaultTimeout(0);
  /** @type {{ code?: string, answer?: string, ms: number }[]} */
  const ends = await page.evaluate(`(async () => {
    const { open } = await import(${JSON.stringify(`${client.url}index.js`)});
    const visit = async (url) => {
      const from = performance.now();
      try {
        const early = await open(url, { load: 'related', worker: false, cache: false });
        const near = await early.related(3).finally(early.close);
        const opened = await open(url, { load: 'all', worker: false, cache: false });
        try {
          await opened.ready();
          const map = await opened.map();
          const answer = JSON.stringify([near, await opened.recommend({ liked: [3, 8], limit: 5, explain: true }), await opened.find('number 1', 3), map.ids.length]);
          return { answer, ms: performance.now() - from };
        } finally {
          opened.close();
        }
      } catch (error) {
        return { code: error.name === 'OsusumeError' ? error.code : String(error), ms: performance.now() - from };
      }
    };
    // As many at a time as leave the browser's own limit of connections alone.
    const urls = ${JSON.stringify(cases.map(({ url }) => url))};
    const ends = [];
    let next = 0;
    await Promise.all(Array.from({ length: 60 }, async () => {
      while (next < urls.length) {
        const at = next++;
        ends[at] = await visit(urls[at]);
      }
    }));
    return ends;
  })()`);
  await context.close();
  const reference = ends[0].answer;
  assert.ok(reference, `without a fault: ${ends[0].code}`);
  const known =
    /^(network|http_status|file_missing|integrity|release_changed|manifest_invalid|catalogue_invalid|blob_[a-z]+)$/;
  const wrong = cases.flatMap(({ what, wanted, target }, at) => {
    const { code, answer, ms } = ends[at];
    const isRight = answer === reference;
    const isTyped = answer === undefined && known.test(code ?? '');
    const isFine =
      ms < MOST_MS &&
      (wanted === 'right' ? isRight : wanted === 'error' ? isTyped : isRight || isTyped);
    return isFine
      ? []
      : [
          `${what}, at ${target}: wanted ${wanted}, got ${code ?? (isRight ? 'the right answer' : 'ANOTHER ANSWER')} after ${Math.round(ms)} ms`,
        ];
  });
  assert.deepEqual(wrong, []);
  const rights = ends.filter(({ answer }) => answer !== undefined).length;
  console.log(
    `# ${FAULTS.length - 1} faults at ${names.length} files: ${rights} right answers, ${ends.length - rights} typed errors`,
  );
});
