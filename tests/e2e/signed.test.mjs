// A site whose `site.toml` names its owner's minisign key: the page takes what that owner signed, nothing
// else, and nothing older than what it has. OSUSUME_BIN names the command, which checks the same.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { launch, ROOT, readList, serveFolder, watch } from './harness.mjs';
import { minisign, release } from './kept.mjs';

const COMMAND = process.env.OSUSUME_BIN ?? join(ROOT, 'target/release/osusume');
const owner = minisign();

/** @type {string} */
let folder;
/** @type {import('playwright-core').Browser} */
let browser;
/** What the server has of the release. @type {Map<string, Buffer>} */
let files;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let server;

/** Writes a release to a folder of its own. @param {string} name @param {Map<string, Buffer>} content */
async function put(name, content) {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, bytes] of content) await writeFile(join(path, file), bytes);
  return path;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signed-'));
  const path = await put('release', await release());
  await writeFile(join(path, 'site.toml'), `public_key = "${owner.publicKey}"\n`);
  const env = { ...process.env, EMBEDDINGS: path, OUT: join(folder, 'site') };
  execFileSync('sh', [join(ROOT, 'pkg-scripts/build-site.sh')], { env, stdio: 'pipe' });
  browser = await launch();
  server = await serveFolder({
    folder: join(folder, 'site'),
    isPage: true,
    missing: /\/manifest\.json\.minisig$/,
    alter: (path, reply) => {
      if (!path.startsWith('/embeddings/')) return undefined;
      const body = files.get(path.slice('/embeddings/'.length));
      return body ? { ...reply, status: 200, body } : { ...reply, status: 404 };
    },
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  files = await release();
});

/** The name of the release that is served. */
const served = () => String(JSON.parse(String(files.get('manifest.json'))).release);

/**
 * Opens the page in a context that has nothing yet.
 * @param {(page: import('playwright-core').Page) => Promise<unknown>} visit
 */
async function visiting(visit) {
  const { page, context } = await watch(browser, `${server.url}#id=30`);
  try {
    await visit(page);
  } finally {
    await context.close();
  }
}

/** Wants the page to show nothing, for this reason. @param {string} code @param {RegExp} why */
const refused = (code, why) =>
  visiting(async (page) => {
    const box = page.locator('#problem .problem-box');
    await box.waitFor();
    assert.equal(await box.getAttribute('data-code'), code);
    assert.match(await box.innerText(), why);
    assert.equal(await page.locator('#lists li, #ranked li').count(), 0);
    const kept = await page.evaluate(() => caches.keys());
    assert.deepEqual(
      kept.filter((name) => !name.startsWith('osusume-shell')),
      [],
      'nothing of it is kept',
    );
  });

/**
 * Wants the lists, and the name of the release that they are of.
 * @param {import('playwright-core').Page} page @param {string} name
 */
async function shown(page, name) {
  await readList(page, 'ncf', 2);
  await page.locator('#about', { hasText: name }).waitFor();
}

describe('a page that names a key', () => {
  test('has it from site.toml', async () => {
    const html = await readFile(join(folder, 'site/index.html'), 'utf8');
    assert.ok(html.includes(`<meta name="osusume-public-key" content="${owner.publicKey}">`));
  });

  test('refuses a release that nobody signed', () => refused('signature_missing', /not signed/));

  test('refuses one that another key signed', () => {
    minisign().sign(files, 1000);
    return refused('signature_invalid', /another key/);
  });

  test('refuses one of a key that calls itself the owner’s', () => {
    minisign(Buffer.from(owner.publicKey, 'base64').subarray(2, 10)).sign(files, 1000);
    return refused('signature_invalid', /not what was signed/);
  });

  test('refuses one that was changed after its owner signed it', () => {
    owner.sign(files, 1000);
    const manifest = String(files.get('manifest.json'));
    files.set('manifest.json', Buffer.from(`${manifest} `));
    return refused('signature_invalid', /not what was signed/);
  });

  test('shows what its owner signed', () =>
    visiting(async (page) => {
      owner.sign(files, 1000);
      await page.reload();
      await shown(page, served());
      await page.locator('#badge[data-state=ready]').waitFor();
    }));

  test('keeps the newest: an older, an unsigned or another’s release takes no place', () =>
    visiting(async (page) => {
      const old = files;
      owner.sign(old, 1000);
      files = await release('new');
      owner.sign(files, 2000);
      const newer = served();
      await page.reload();
      await shown(page, newer);
      await page.locator('#badge[data-state=ready]').waitFor();

      const unsigned = await release();
      const foreign = await release();
      minisign().sign(foreign, 3000);
      for (const [what, other] of Object.entries({ old, unsigned, foreign })) {
        files = other;
        assert.notEqual(served(), newer);
        await page.reload();
        await shown(page, newer);
        await page.locator('#badge[data-state=offline]').waitFor();
        assert.equal(await page.locator('.problem-box').count(), 0, what);
      }

      files = await release('newest');
      owner.sign(files, 2001);
      await page.reload();
      await shown(page, served());
      await page.locator('#badge[data-state=ready]').waitFor();
    }));
});

test('osusume verify --public-key says the same of a folder', async () => {
  const run = promisify(execFile);
  /** @param {string} name @param {string} [key] */
  const verify = async (name, key) => {
    const line = ['verify', await put(name, files), ...(key ? ['--public-key', key] : [])];
    return run(COMMAND, line).then(
      ({ stdout }) => stdout,
      ({ code, stderr }) => `${code}: ${stderr}`,
    );
  };
  const other = minisign();
  assert.match(await verify('unasked'), /^every file is whole$/m);
  assert.match(await verify('unsigned', owner.publicKey), /^1: .*manifest\.json\.minisig/s);
  owner.sign(files, 1000);
  assert.match(
    await verify('right', owner.publicKey),
    /^the manifest is signed, every file is whole$/m,
  );
  assert.match(await verify('wrong', other.publicKey), /^1: .*signature/s);
  files.set('manifest.json', Buffer.from(`${files.get('manifest.json')} `));
  assert.match(await verify('changed', owner.publicKey), /^1: .*signature/s);
});
