// The packed tarball in an empty project each: installs it, builds, opens it and compares the answer with this tree's own.
//   pkg-scripts/test-consumers.sh [name…]      packs first; CONSUMERS="plain vite" chooses here

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launch, policy, ROOT, serveFolder, watch } from '../e2e/harness.mjs';
import { relatedFiles } from '../e2e/lists.mjs';

const run = promisify(execFile);
const FIXTURE = join(ROOT, 'tests/fixtures/format-2');
const NAMES = (await readdir(import.meta.dirname, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const WANTED = process.env.CONSUMERS?.split(/\s+/).filter(Boolean) ?? NAMES;
const unknown = WANTED.filter((name) => !NAMES.includes(name));
if (unknown.length) throw new Error(`no such consumer: ${unknown}; there are ${NAMES.join(' ')}`);
/** Tests a consumer where it is wanted. @param {string} name @param {string} does @param {() => Promise<void>} check */
const consumer = (name, does, check) =>
  WANTED.includes(name) && test(`${name}: ${does}`, { timeout: 300_000 }, check);

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveFolder>>} */
let release;
/** @type {string} */
let folder;
/** @type {string} */
let manifest;
/** The answer that every consumer must give. @type {import('#client/index.js').Answer} */
let expected;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osusume-consumers-'));
  const served = join(folder, 'release');
  await cp(FIXTURE, served, { recursive: true });
  const { open } = await import('#client/node.js');
  const opened = await open(join(FIXTURE, 'manifest.json'));
  expected = await opened.related(30, { limit: 3 });
  await writeLists(served, (await opened.related(30, { limit: 10 })).items);
  opened.close();
  [browser, release] = await Promise.all([launch(), serveFolder({ folder: served, cors: true })]);
  manifest = `${release.url}manifest.json`;
});
after(async () => {
  await browser?.close();
  await release?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Adds the related lists of item 30. @param {string} served the release @param {import('#client/index.js').Recommended[]} items */
async function writeLists(served, items) {
  const described = JSON.parse(await readFile(join(served, 'manifest.json'), 'utf8'));
  const lists = { 30: { id: 30, title: 'Title 3', lists: { [described.default.model]: items } } };
  for (const [name, bytes] of relatedFiles(lists, described)) {
    await mkdir(dirname(join(served, name)), { recursive: true });
    await writeFile(join(served, name), bytes);
  }
}

/** Makes the project `name` with the tarball installed, and returns its folder. @param {string} name */
async function install(name) {
  const [tarball] = (await readdir(join(ROOT, 'target'))).filter((file) =>
    /^osusume-.*\.tgz$/.test(file),
  );
  const project = join(folder, name);
  await cp(join(import.meta.dirname, name), project, { recursive: true });
  await npm(
    project,
    'install',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--loglevel=error',
    join(ROOT, 'target', tarball),
  );
  return project;
}

/** @param {string} cwd @param {string[]} args */
async function npm(cwd, ...args) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  try {
    return (
      await run('npm', args, {
        cwd,
        env: { ...env, NEXT_TELEMETRY_DISABLED: '1', DENO_NO_UPDATE_CHECK: '1' },
        maxBuffer: 1e8,
      })
    ).stdout;
  } catch (error) {
    throw new Error(`npm ${args.join(' ')}: ${Object(error).stdout}\n${Object(error).stderr}`);
  }
}

/**
 * Opens the page and holds what it saw against this tree's own answer. @param {string} url
 * @param {Record<string, string>} [more] further parameters
 */
async function checkPage(url, more = {}) {
  const { page, context, said } = await watch(
    browser,
    `${url}?${new URLSearchParams({ manifest, ...more })}`,
  );
  try {
    const body = page.locator('body[data-seen]');
    await body.waitFor({ timeout: 30_000 }).catch((error) => {
      throw new Error(`${error.message}; the console: ${said.join('\n')}`);
    });
    const seen = JSON.parse((await body.getAttribute('data-seen')) ?? '');
    assert.deepEqual(seen, { thread: 'worker', warnings: [], answer: expected, element: expected });
    assert.deepEqual(
      await page.locator('osusume-related li').allInnerTexts(),
      expected.items.map(({ title }) => title),
    );
    assert.deepEqual(
      said.filter((line) => !/React DevTools|^debug: \[vite\]/.test(line)),
      [],
    );
  } finally {
    await context.close();
  }
}

/** Opens a page of the element alone, which loads one file of the package. @param {string} project @param {Awaited<ReturnType<typeof serveFolder>>} from the package */
async function checkElement(project, from) {
  const file = join(project, 'element.html');
  const html = await readFile(file, 'utf8');
  await writeFile(file, html.replace('MANIFEST', manifest).replace('PACKAGE', from.url));
  const csp = `default-src 'none'; script-src ${from.origin}; img-src data:; connect-src ${release.origin}`;
  const server = await serveFolder({ folder: project, csp });
  from.asked.length = 0;
  const { page, context, said } = await watch(browser, `${server.url}element.html`);
  try {
    await page.locator('osusume-related li').nth(2).waitFor();
    assert.deepEqual(from.asked, ['/element.js']);
    assert.deepEqual(said, []);
  } finally {
    await context.close();
    await server.close();
  }
}

/** Serves what was built, under the strict policy. @param {string} built */
async function checkFolder(built) {
  const server = await serveFolder({
    folder: built,
    csp: policy(release.origin).replace("img-src 'self'", 'img-src data:'),
  });
  try {
    await checkPage(server.url);
  } finally {
    await server.close();
  }
}

/** Runs a server of the project's own for as long as `check` takes. @param {string} project @param {string[]} command @param {(url: string) => Promise<void>} check */
async function whileRunning(project, command, check) {
  const port = await freePort();
  const child = spawn(
    command[0],
    command.slice(1).map((arg) => arg.replace('PORT', String(port))),
    {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        ...process.env,
        PORT: String(port),
        HOST: '127.0.0.1',
        HOSTNAME: '127.0.0.1',
        NEXT_TELEMETRY_DISABLED: '1',
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const url = `http://127.0.0.1:${port}/`;
  try {
    for (let tries = 0; ; tries++) {
      if (
        await fetch(url).then(
          () => true,
          () => false,
        )
      )
        break;
      assert.ok(tries < 150 && child.exitCode === null, `the server does not answer: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await check(url).catch((error) => {
      throw new Error(`${error.message}\nthe server said: ${output}`);
    });
  } finally {
    if (child.pid && child.exitCode === null) process.kill(-child.pid);
  }
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

consumer('plain', '<script type="module">, the package on another origin', async () => {
  const unpacked = join(await install('plain'), 'node_modules/osusume');
  const from = await serveFolder({ folder: unpacked, cors: true });
  const csp = `default-src 'none'; script-src 'unsafe-inline' ${from.origin} 'wasm-unsafe-eval'; worker-src blob:; img-src data:; connect-src ${from.origin} ${release.origin}`;
  const server = await serveFolder({ folder: join(folder, 'plain'), csp });
  try {
    await checkPage(server.url, { package: from.url });
    await checkPage(server.url, { package: from.url, bundle: 'yes' });
    assert.ok(from.asked.includes('/bundle.js') && from.asked.includes('/worker.js'));
    await checkElement(join(folder, 'plain'), from);
  } finally {
    await Promise.all([server.close(), from.close()]);
  }
});

for (const name of ['vite', 'webpack', 'esbuild']) {
  consumer(name, 'built, under a strict policy', async () => {
    const project = await install(name);
    await npm(project, 'run', 'build');
    await checkFolder(join(project, 'dist'));
    const wasm = (await readdir(join(project, 'dist'), { recursive: true })).filter((file) =>
      file.endsWith('.wasm'),
    );
    assert.equal(wasm.length, 1, `one module: ${wasm}`);
  });
}

consumer('vite', 'its development server', async () => {
  await whileRunning(
    join(folder, 'vite'),
    ['npx', 'vite', '--port', 'PORT', '--host', '127.0.0.1', '--strictPort'],
    checkPage,
  );
});

for (const name of ['next', 'sveltekit']) {
  consumer(name, 'rendered on the server, alive in the browser', async () => {
    const project = await install(name);
    await npm(project, 'run', 'build');
    await whileRunning(project, ['npm', 'start'], async (url) => {
      assert.match(await (await fetch(url)).text(), /Rendered on the server/);
      await checkPage(url);
    });
  });
}

for (const name of ['node', 'deno', 'bun']) {
  consumer(name, 'a release in a folder and over HTTP', async () => {
    const project = await install(name);
    const out = await npm(
      project,
      'start',
      '--silent',
      '--',
      join(FIXTURE, 'manifest.json'),
      manifest,
    );
    assert.deepEqual(JSON.parse(out), { seen: [expected, expected], refused: 'file_missing' });
  });
}

consumer('readme', 'its examples print what it says', async () => {
  const project = await install('readme');
  await symlink(join(ROOT, 'embeddings'), join(project, 'embeddings'));
  const readme = await readFile(join(project, 'node_modules/osusume/README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```js\n(.*?)```.*?```text\n(.*?)```/gs)];
  assert.equal(blocks.length, 2);
  for (const [at, [, code, printed]] of blocks.entries()) {
    await writeFile(join(project, `example-${at}.mjs`), code);
    const { stdout } = await run(process.execPath, [`example-${at}.mjs`], { cwd: project });
    assert.equal(stdout, printed);
  }
  const [, html] = /** @type {RegExpExecArray} */ (/```html\n(.*?)```/s.exec(readme));
  await writeFile(join(project, 'index.html'), html);
  await symlink('node_modules/osusume', join(project, 'osusume'));
  const server = await serveFolder({ folder: project, csp: '' });
  const { page, context } = await watch(browser, server.url);
  try {
    await page.locator('osusume-related li').nth(2).waitFor();
    const titles = await page.locator('osusume-related li').allInnerTexts();
    assert.deepEqual(
      titles,
      blocks[0][2]
        .trim()
        .split('\n')
        .map((line) => line.replace(/ [\d.-]+$/, '')),
    );
  } finally {
    await context.close();
    await server.close();
  }
});

consumer('types', 'tsc --strict accepts the declarations, and refuses what is wrong', async () => {
  const project = await install('types');
  for (const config of ['tsconfig.json', 'tsconfig.node.json']) {
    await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', config], { cwd: project }).catch(
      (error) => {
        throw new Error(`${config}: ${error.stdout}`);
      },
    );
  }
});

test('the tarball holds what the budget counts, and names no path of the machine it was packed on', async () => {
  const packed = (await readdir(join(ROOT, 'target/npm'), { recursive: true }))
    .filter((file) => /\.(js|wasm)$/.test(file) && file !== 'node.js')
    .sort();
  const { stdout } = await run('node', ['pkg-scripts/check-size.mjs'], { cwd: ROOT }).catch(
    (error) => error,
  ); // too large ends with 3
  const counted = new Set(stdout.match(/(?<=^target\/npm\/)\S+(?=: )/gm));
  assert.deepEqual(packed, [...counted].sort());
  for (const file of packed)
    assert.ok(!(await readFile(join(ROOT, 'target/npm', file), 'latin1')).includes(ROOT), file);
});
