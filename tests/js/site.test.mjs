// The folder that pkg-scripts/build-site.sh makes, from a small release with a site.toml of its own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';

const folder = mkdtempSync(join(tmpdir(), 'osusume-site-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const [release, out] = [join(folder, 'release'), join(folder, 'site')];
cpSync('tests/fixtures/format-2', release, { recursive: true });

/** @param {string} [site] the text of site.toml @param {Record<string, string>} [env] */
function build(site = '', env = {}) {
  writeFileSync(join(release, 'site.toml'), site);
  return execFileSync('sh', ['pkg-scripts/build-site.sh'], {
    env: { ...process.env, EMBEDDINGS: release, OUT: out, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
/** @param {string} name */
const read = (name) => readFileSync(join(out, name), 'utf8');

test('the manifest of the anime is what every visit pays for: at most 2 kB', () => {
  const bytes = brotliCompressSync(readFileSync('embeddings/manifest.json')).length;
  assert.ok(bytes <= 2000, `${bytes} bytes of brotli`);
});

test('the page, its own files and the policy agree with each other', () => {
  build();
  const html = read('index.html');
  const [app] = /app-[0-9a-f]{12}/.exec(html) ?? [''];
  assert.match(html, new RegExp(`<script type="module" src="${app}/main.js">`));
  const version = /const VERSION = '(\w+)'/.exec(read('sw.js'))?.[1];
  assert.match(
    html,
    new RegExp(`<meta name="osusume-shell" content="sw.js" data-version="${version}">`),
  );
  assert.doesNotMatch(html, / style="| onclick=|<script>|<style/);
  const shell = JSON.parse(/const FILES = (\{[^}]*\});/.exec(read('sw.js'))?.[1] ?? '');
  const scripts = Object.keys(shell)
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => name.replace(/-[0-9A-Z]{8}/, '').slice(app.length + 1));
  // Chunks that several of these share have names of no meaning.
  assert.deepEqual(
    [...new Set(scripts)],
    [
      'Details.js',
      'MapView.js',
      'Side.js',
      'ahead.js',
      'chunk.js',
      'client/chunk.js',
      'client/index.js',
      'client/main-thread.js',
      'client/server-backend.js',
      'client/signature.js',
      'client/wasm/osusume.js',
      'client/worker.js',
      'en.js',
      'ja.js',
      'main.js',
      'map.css',
      'open.js',
      'page.css',
    ],
  );
  // Files that load when they are wanted do not load before.
  const start = [...html.matchAll(/(?:modulepreload" href|module" src)="([^"]*)"/g)].map(
    ([, href]) => href,
  );
  assert.ok(start.some((name) => name.includes('/en-')));
  assert.ok(start.includes(`${app}/client/index.js`));
  for (const lazy of ['MapView', 'Side', 'Details', '/ja-', 'main-thread', 'server', 'wasm/'])
    assert.ok(!start.some((name) => name.includes(lazy)), lazy);
  const bytes = [...start, `${app}/client/worker.js`].map(
    (name) => brotliCompressSync(readFileSync(join(out, name))).length,
  );
  const sum = bytes.reduce((total, each) => total + each);
  console.log(`scripts at start: ${sum} bytes of brotli in ${bytes.length} files`);
  // 2.2 kB more than without the related lists, which spare 500 kB before the first picks.
  assert.ok(sum <= 56_100, `${sum} bytes`);
  for (const [name, hash] of Object.entries(shell)) {
    if (hash === '') continue;
    assert.equal(
      hash,
      `sha256-${createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('base64')}`,
      name,
    );
    assert.ok(name.startsWith(`${app}/`), name);
  }
  for (const [, href] of html.matchAll(/(?:href|src)="([^"#:]+)"/g))
    assert.ok(readFileSync(join(out, href)).length > 0, href);
  const headers = read('_headers');
  assert.match(
    headers,
    /^\/\*\n {2}Content-Security-Policy: default-src 'none';.*connect-src 'self'; .*require-trusted-types-for 'script'; trusted-types osusume; frame-ancestors 'self'$/m,
  );
  // A host that sends no headers: the page brings the same policy, without what only a header can say.
  const policy = /Content-Security-Policy: (.*); frame-ancestors 'self'/.exec(headers)?.[1];
  assert.ok(html.indexOf(`<meta http-equiv="Content-Security-Policy" content="${policy}">`) > 0);
  assert.ok(
    html.indexOf('http-equiv') < html.search(/<(script|link)/),
    'before anything is loaded',
  );
  assert.match(
    headers,
    new RegExp(`^/${app}/\\*\n  Cache-Control: public, max-age=31536000, immutable$`, 'm'),
  );
  assert.match(headers, /^\/sw\.js\n {2}Cache-Control: no-cache$/m);
});

test('the same files make the same version, other words another', () => {
  const version = () => /const VERSION = '(\w+)'/.exec(read('sw.js'))?.[1];
  build();
  const first = version();
  assert.match(String(first), /^[0-9a-f]{12}$/);
  build();
  assert.equal(version(), first);
  build('title = "Films"');
  assert.notEqual(version(), first);
});

test('another catalogue is a site.toml: title, words, links, models, examples, the release’s place', () => {
  build(`
title = "Films & more"
description = "Name a film you liked."
manifest = "https://cdn.example/films/manifest.json"
examples = [50, 181, "tt-1"]
models = { ncf = 100 }
own_list = ""
images = ["self", "https://pictures.example"]
[links]
IMDb = "https://www.imdb.com/find/?q={title}"
[words.en]
show = "film"
shows = "films"
searchPlaceholder = "Title of a film"
`);
  const html = read('index.html');
  assert.match(html, /<title>Films &amp; more<\/title>/);
  assert.match(html, /<span class="name">Films &amp; more<\/span>/);
  assert.match(html, /name="osusume-examples" content="50 181 tt-1"/);
  assert.match(html, /name="osusume-models" content="ncf 100"/);
  assert.match(html, /name="osusume-own-list" content=""/);
  assert.equal([...html.matchAll(/name="osusume-link"/g)].length, 1);
  assert.match(html, /data-name="IMDb" content="https:\/\/www\.imdb\.com\/find\/\?q=\{title\}"/);
  const words =
    /name="osusume-words" lang="en" content="([^"]*)"/.exec(html)?.[1].replaceAll('&quot;', '"') ??
    '';
  assert.deepEqual(JSON.parse(words), {
    show: 'film',
    shows: 'films',
    searchPlaceholder: 'Title of a film',
  });
  assert.match(read('_headers'), /connect-src 'self' https:\/\/cdn\.example;/);
  assert.match(read('_headers'), /img-src 'self' https:\/\/pictures\.example; /);
  assert.match(html, /name="osusume-images" content="self https:\/\/pictures\.example"/);
  const { name, icons } = JSON.parse(read('manifest.webmanifest'));
  assert.equal(name, 'Films & more');
  assert.ok(
    icons.every(
      (/** @type {{ src: string }} */ { src }) => readFileSync(join(out, src)).length > 0,
    ),
  );
});

test('a site.toml with a field that nobody reads is refused', () => {
  assert.throws(() => build('images = ["*; script-src *"]'), /images: \*; script-src \* is not/);
  assert.throws(() => build('tilte = "Films"'), /site\.toml: unknown tilte/);
});
