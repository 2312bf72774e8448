// pkg-scripts/serve.py: types, caching, a sub-path, other origins, nothing outside the folder.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

/** @type {string} */
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osusume-serve-'));
  await mkdir(join(folder, 'site/app-0123456789ab'), { recursive: true });
  for (const name of [
    'index.html',
    'manifest.json',
    'a.wasm',
    'ncf.0123456789abcdef.bin',
    'app-0123456789ab/app.js',
    'defaced.css',
  ])
    await writeFile(join(folder, 'site', name), 'おすすめ');
  await writeFile(join(folder, 'secret'), 'secret');
});
after(() => rm(folder, { recursive: true, force: true }));

/** @param {string[]} options @param {(url: string) => Promise<void>} visit */
async function serving(options, visit) {
  const server = spawn(
    'python3',
    ['pkg-scripts/serve.py', join(folder, 'site'), '--port', '0', '--quiet', ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const url = await new Promise((resolve, reject) => {
      server.stdout.once('data', (data) => resolve(String(data).trim()));
      server.once('exit', (code) => reject(new Error(`serve.py ended with ${code}`)));
    });
    await visit(url);
  } finally {
    server.removeAllListeners('exit');
    server.kill();
  }
}

test('types and caching', () =>
  serving([], async (url) => {
    const header = async (/** @type {string} */ path, /** @type {string} */ name) =>
      (await fetch(url + path)).headers.get(name);
    assert.equal(await header('a.wasm', 'content-type'), 'application/wasm');
    assert.equal(await header('', 'content-type'), 'text/html; charset=utf-8');
    assert.equal(
      await header('app-0123456789ab/app.js', 'content-type'),
      'text/javascript; charset=utf-8',
    );
    assert.match((await header('ncf.0123456789abcdef.bin', 'cache-control')) ?? '', /immutable/);
    assert.match((await header('app-0123456789ab/app.js', 'cache-control')) ?? '', /immutable/);
    for (const path of [
      '',
      'manifest.json',
      'a.wasm',
      'defaced.css',
      'no-such-0123456789abcdef.bin',
    ])
      assert.equal(await header(path, 'cache-control'), 'no-cache', path);
    assert.equal(await header('', 'access-control-allow-origin'), null);
    assert.equal(await (await fetch(url)).text(), 'おすすめ');
  }));

test('a sub-path, other origins, and nothing else', () =>
  serving(['--prefix', 'some/path', '--cors'], async (url) => {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/some\/path\/$/);
    assert.equal(
      (await fetch(`${url}manifest.json`)).headers.get('access-control-allow-origin'),
      '*',
    );
    const { origin } = new URL(url);
    for (const path of [
      '/',
      '/manifest.json',
      '/some/path/no-such-file',
      '/some/path/app-0123456789ab/',
      '/some/path/%2e%2e/secret',
      '/some/path/..%2fsecret',
    ]) {
      assert.equal((await fetch(origin + path)).status, 404, path);
    }
  }));
