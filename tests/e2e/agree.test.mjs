// The same answer, to the last byte, from the command line, over HTTP, from wasm in Node and from wasm in Chromium.
// OSUSUME_BIN names the command; target/release/osusume unless told.
// The same as recorded, too: `RECORD=1 node --test tests/e2e/agree.test.mjs` records anew what the command answers.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { open } from '#client/node.js';
import { askChromium, askCommand, askHttp, askNode, COMMAND } from './faces.mjs';
import { headBytes, readWhole } from './framed.mjs';
import { EMBEDDINGS, LISTS, ROOT } from './harness.mjs';
import { declaredRequests, randoms, requests, sample } from './requests.mjs';

/** @typedef {import('#client/index.js').Request} Request */

const SEED = 20_261_124;
const MIXED = 300;
/** Requests over declared fields, which are compared and not recorded. */
const DECLARED = 300;
const ITEMS = 200;
/** Characters of a text that the engine uses. */
const MAX_TEXT = 400;
const RECORDED = join(ROOT, 'tests/fixtures/answers.txt.gz');

describe('command line = HTTP = Node = Chromium', () => {
  /** @type {Request[]} */
  let mixed;
  /** One liked item each, as the page asks. @type {{ id: number, model: typeof LISTS[number] }[]} */
  let alone;
  /** @type {Request[]} */
  let declared;
  /** The answers, each as canonical JSON: the mixed requests, the items alone, the requests over declared fields. @type {string[]} */
  let native;

  /** @type {Request[]} */
  let all;
  before(async () => {
    assert.ok(
      existsSync(COMMAND),
      `${COMMAND} is missing: cargo build --release, or set OSUSUME_BIN`,
    );
    const ids = await readIds();
    alone = sample(ids, ITEMS, randoms(SEED)).flatMap((id) =>
      LISTS.map((model) => ({ id, model })),
    );
    const opened = await open(join(EMBEDDINGS, 'manifest.json'));
    const known = await Promise.all(
      sample(ids, 400, randoms(SEED + 1)).map((id) => opened.item(id)),
    );
    const { fields } = await opened.info();
    opened.close();
    mixed = requests(SEED + 2, MIXED, { ids, models: [...LISTS], known });
    declared = declaredRequests(SEED + 3, DECLARED, { ids, models: [...LISTS], fields });
    all = [
      ...mixed,
      ...alone.map(({ id, model }) => ({ liked: [id], limit: 10, model })),
      ...declared,
    ];
    native = await askCommand(EMBEDDINGS, all);
  });

  /** @param {string[]} answers */
  function same(answers) {
    assert.equal(answers.length, all.length);
    for (const [at, answer] of answers.entries()) {
      if (answer !== native[at])
        assert.fail(`${JSON.stringify(all[at]).slice(0, 2000)}:\n${answer}\nis not\n${native[at]}`);
    }
  }

  test('every field is asked for, and everything that an answer can have is answered', () => {
    const has = (/** @type {(request: Request) => unknown} */ of) =>
      mixed.filter((request) => of(request) !== undefined).length;
    /** @type {(keyof Request)[]} */
    const fields = [
      'liked',
      'text',
      'disliked',
      'limit',
      'model',
      'filter',
      'exclude',
      'collapse',
      'niche',
      'diversity',
      'explain',
    ];
    for (const field of fields) assert.ok(has((request) => request[field]) >= 50, field);
    const filters = /** @type {const} */ ([
      ['genres', 'all'],
      ['genres', 'none'],
      ['type', 'any'],
      ['year', 'min'],
      ['year', 'max'],
      ['score', 'min'],
      ['members', 'min'],
      ['members', 'max'],
    ]);
    for (const [field, condition] of filters)
      assert.ok(
        has(({ filter }) => filter?.[field]?.[condition]) >= 30,
        `${condition} of ${field}`,
      );
    assert.ok(
      has(({ exclude }) => exclude?.find((_, at) => at >= 2000)) >= 5,
      'thousands of excluded items',
    );
    const over = (/** @type {(request: Request) => unknown} */ of) =>
      declared.filter((request) => of(request) !== undefined).length;
    for (const field of /** @type {const} */ (['only', 'exclude', 'collapse', 'fields', 'filter']))
      assert.ok(over((request) => request[field]) >= 50, field);
    for (const condition of /** @type {const} */ (['any', 'all', 'none', 'min', 'max'])) {
      assert.ok(
        over(({ filter = {} }) =>
          Object.values(filter).find((each) => each[condition] !== undefined),
        ) >= 30,
        condition,
      );
    }
    assert.ok(
      has(({ model }) =>
        typeof model === 'object' && Object.keys(model).length > 1 ? model : undefined,
      ) >= 30,
      'blends',
    );
    assert.ok(
      has(({ liked }) => liked?.find((item) => typeof item === 'object')) >= 100,
      'weights',
    );

    const answers = native.map((line) => JSON.parse(line));
    for (const [at, answer] of answers.entries())
      assert.ok(answer.items, `${JSON.stringify(all[at]).slice(0, 2000)}: ${native[at]}`);
    const codes = answers.flatMap(({ warnings }) =>
      warnings.map((/** @type {{ code: string }} */ { code }) => code),
    );
    assert.deepEqual([...new Set(codes)].sort(), [
      'few_matches',
      'is_title',
      'model_fallback',
      'partly_covered',
      'start_list',
      'text_cut',
      'unknown_ids',
      'unknown_words',
    ]);
    const reasons = answers.flatMap(({ items }) =>
      items.flatMap((/** @type {{ because?: object[] }} */ { because = [] }) => because),
    );
    assert.ok(
      ['id', 'word'].every((of) => reasons.some((reason) => of in reason)),
      'items and words carry it',
    );
    for (const field of ['because', 'byModel', 'fields'])
      assert.ok(
        answers.some(({ items }) => items[0]?.[field]),
        field,
      );
    for (const [at, { items }] of answers.entries()) {
      const { liked = [], disliked = [], exclude = [], only, fields, limit = 10 } = all[at];
      const never = new Set(
        [...liked, ...disliked, ...exclude].map((item) =>
          typeof item === 'object' ? item.id : item,
        ),
      );
      const isRight = (/** @type {{ id: number, fields?: object }} */ { id, fields: own }) =>
        !never.has(id) &&
        (only?.includes(id) ?? true) &&
        (fields
          ? Object.keys(own ?? {}).every((name) => fields.includes(name))
          : own === undefined);
      assert.ok(
        items.length <= limit && items.every(isRight),
        JSON.stringify(all[at]).slice(0, 2000),
      );
    }
  });

  test('the answers are those recorded: ids, order and the bits of each score', async () => {
    const found = native.slice(0, MIXED + 2 * ITEMS).map(recordOf);
    if (process.env.RECORD)
      await writeFile(RECORDED, gzipSync(`${found.join('\n')}\n`, { level: 9 }));
    const recorded = gunzipSync(await readFile(RECORDED))
      .toString()
      .trimEnd()
      .split('\n');
    assert.equal(recorded.length, MIXED + 2 * ITEMS);
    // Since they were recorded, the engine uses the first characters of a long text alone.
    const isCut = ({ text = '' }) => [...text].length > MAX_TEXT;
    assert.ok(all.filter(isCut).length <= 10);
    for (const [at, record] of recorded.entries()) {
      if (!isCut(all[at])) assert.equal(found[at], record, JSON.stringify(all[at]).slice(0, 2000));
    }
  });

  test('osusume similar and recommend answer one request alone as they answer many', async () => {
    const run = promisify(execFile);
    for (const at of [0, 1, 2, 3]) {
      const { id, model } = alone[at];
      const { stdout } = await run(COMMAND, [
        'similar',
        '--id',
        String(id),
        '-n',
        '10',
        '--model',
        model,
        '--json',
        '--release',
        EMBEDDINGS,
      ]);
      assert.equal(stdout.trim(), native[MIXED + at]);
    }
    const { stdout } = await run(COMMAND, [
      'recommend',
      '--request',
      JSON.stringify(mixed[0]),
      '--json',
      '--release',
      EMBEDDINGS,
    ]);
    assert.equal(stdout.trim(), native[0]);
  });

  // Builds of other kinds, or the same one on a processor with fewer instructions, a line each (pkg-scripts/test-trust.sh).
  for (const line of (process.env.OSUSUME_OTHERS ?? '').split('\n').filter(Boolean)) {
    test(line, async () => same(await askCommand(EMBEDDINGS, all, line)));
  }

  test('HTTP', async () => same(await askHttp(EMBEDDINGS, all)));

  test('wasm in Node', async () =>
    same(await askNode(EMBEDDINGS, { mixed, alone, declared }, ask)));

  test('wasm in Chromium', async () =>
    same(await askChromium(EMBEDDINGS, { mixed, alone, declared }, ask)));
});

/** @param {import('#client/index.js').Osusume} opened @param {{ mixed: Request[], alone: { id: number, model: string }[], declared: Request[] }} data */
async function ask(opened, { mixed, alone, declared }) {
  return Promise.all([
    ...mixed.map((request) => opened.recommend(request)),
    ...alone.map(({ id, model }) => opened.related(id, { limit: 10, model })),
    ...declared.map((request) => opened.recommend(request)),
  ]);
}

/** Writes an answer as it is recorded: each id, and its score's 64 bits in hexadecimal. @param {string} answer */
function recordOf(answer) {
  const bits = new DataView(new ArrayBuffer(8));
  return JSON.parse(answer)
    .items.map((/** @type {{ id: number, score: number }} */ { id, score }) => {
      bits.setFloat64(0, score);
      return `${id}:${bits.getBigUint64(0).toString(16)}`;
    })
    .join(' ');
}

/** Reads the ids from the catalogue as docs/FORMAT.md has them: behind the head gzip, and in it first the ids. */
async function readIds() {
  const { files } = JSON.parse(await readFile(join(EMBEDDINGS, 'manifest.json'), 'utf8'));
  const entry = files.find((/** @type {{ kind: string }} */ { kind }) => kind === 'catalogue');
  const file = await readWhole(EMBEDDINGS, entry);
  const columns = gunzipSync(file.subarray(headBytes(entry.bytes)));
  const width = columns[0];
  return Array.from({ length: Number(columns.readBigUInt64LE(1)) }, (_, row) =>
    columns.readUIntLE(9 + width * row, width),
  );
}
