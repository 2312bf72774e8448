// The same answer, to the last bit, from the command line, from wasm in Node and from wasm in Chromium.
// OSUSUME_BIN names the command; target/release/osusume unless told.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { open } from '../../www/client/node.js';
import { EMBEDDINGS, launch, LISTS, ROOT, serveFolder, watch } from './harness.mjs';

/** @typedef {import('../../www/client/index.js').Answer} Answer */
/** @typedef {{ id: number, model: typeof LISTS[number] }} Question */

const COMMAND = process.env.OSUSUME_BIN ?? join(ROOT, 'target/release/osusume');
const ITEMS = 200;
const SEED = 20_261_124;

test(`${ITEMS} items × ${LISTS.length} models: command line = Node = Chromium`, async () => {
  assert.ok(existsSync(COMMAND), `${COMMAND} is missing: cargo build --release, or set OSUSUME_BIN`);
  const questions = sample(await readIds(), ITEMS).flatMap((id) => LISTS.map((model) => ({ id, model })));
  const [native, node, browser] = await Promise.all([askCommand(questions), askNode(questions), askChromium(questions)]);
  let scores = 0;
  for (const [at, question] of questions.entries()) {
    const name = JSON.stringify(question);
    for (const answer of [node[at], browser[at]]) {
      assert.deepEqual(answer, native[at], name);
      for (const [rank, { score }] of answer.items.entries()) {
        assert.ok(Object.is(score, native[at].items[rank].score), `${name}: ${score} is not ${native[at].items[rank].score}`);
        scores += 1;
      }
    }
    assert.ok(native[at].items.every(({ id }) => id !== question.id), `${name}: never the item itself`);
  }
  const fallbacks = native.filter(({ warnings }) => warnings.some(({ code }) => code === 'model_fallback')).length;
  assert.ok(fallbacks > 0, 'the sample has items that a model does not know');
  assert.equal(scores, questions.length * 10 * 2);
});

/** Reads the ids from the catalogue as docs/FORMAT.md has them: behind the header gzip, and in it first the ids. */
async function readIds() {
  const { files } = JSON.parse(await readFile(join(EMBEDDINGS, 'manifest.json'), 'utf8'));
  const { name } = files.find((/** @type {{ kind: string }} */ { kind }) => kind === 'catalogue');
  const columns = gunzipSync((await readFile(join(EMBEDDINGS, name))).subarray(32));
  return Array.from({ length: Number(columns.readBigUInt64LE(0)) }, (_, row) => columns.readUInt32LE(8 + 4 * row));
}

/** Returns `count` different ids, the same for the same seed (mulberry32). @param {number[]} ids @param {number} count */
function sample(ids, count) {
  let state = SEED;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const left = [...ids];
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0]);
}

/** @param {Question[]} questions @returns {Promise<Answer[]>} */
async function askCommand(questions) {
  const run = promisify(execFile);
  const answers = new Array(questions.length);
  const queue = [...questions.entries()];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [at, { id, model }] = next;
      const { stdout } = await run(COMMAND, ['similar', '--id', String(id), '-n', '10', '--model', model, '--json', '--release', EMBEDDINGS]);
      answers[at] = JSON.parse(stdout);
    }
  };
  await Promise.all([work(), work()]);
  return answers;
}

/** @param {Question[]} questions @returns {Promise<Answer[]>} */
async function askNode(questions) {
  const opened = await open(join(EMBEDDINGS, 'manifest.json'));
  try {
    return await Promise.all(questions.map(({ id, model }) => opened.similar(id, { n: 10, model })));
  } finally {
    opened.close();
  }
}

/** @param {Question[]} questions @returns {Promise<Answer[]>} */
async function askChromium(questions) {
  const [browser, client, release] = await Promise.all([launch(), serveFolder({ folder: join(ROOT, 'www/client') }), serveFolder({ folder: EMBEDDINGS, cors: true })]);
  try {
    const { page } = await watch(browser, `${client.url}index.js`);
    return await page.evaluate(`(async () => {
      const { open } = await import('/index.js');
      const opened = await open(${JSON.stringify(`${release.url}manifest.json`)});
      if (opened.thread !== 'worker') throw new Error('not in a worker');
      return Promise.all(${JSON.stringify(questions)}.map(({ id, model }) => opened.similar(id, { n: 10, model })));
    })()`);
  } finally {
    await browser.close();
    await Promise.all([client.close(), release.close()]);
  }
}
