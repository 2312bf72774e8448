// Completes the npm package that build-npm.sh makes: its package.json, its README with the sizes of this very package, and
// the declarations that its entries reach.
//   node pkg-scripts/pack-npm.mjs target/npm FOLDER-OF-DECLARATIONS

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const [out = 'target/npm', types = 'target/types'] = process.argv.slice(2);

const [, version] = /^version = "(.+)"$/m.exec(readFileSync('Cargo.toml', 'utf8')) ?? [];
const manifest = { ...JSON.parse(readFileSync('www/client/package.json', 'utf8')), version };
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);

/** Copies a declaration and those that it names. @param {string} file @param {Set<string>} [copied] */
function copyTypes(file, copied = new Set()) {
  if (copied.has(file)) return;
  copied.add(file);
  mkdirSync(dirname(join(out, file)), { recursive: true });
  copyFileSync(join(types, file), join(out, file));
  const text = readFileSync(join(types, file), 'utf8');
  for (const [, name] of text.matchAll(/from ['"](\.[^'"]+)\.js['"]/g)) {
    copyTypes(join(dirname(file), `${name}.d.ts`), copied);
  }
}
const copied = new Set();
for (const entry of ['index', 'element', 'bundle', 'worker']) copyTypes(`${entry}.d.ts`, copied);

/**
 * Returns the files that a visitor loads, without the bundle, which replaces several.
 * @param {RegExp} pattern
 */
const files = (pattern) => readdirSync(out).filter((file) => pattern.test(file));
/** @param {string} what @param {string[]} names */
const rowOf = (what, names) => {
  const contents = names.map((name) => readFileSync(join(out, name)));
  const sum = (/** @type {number[]} */ sizes) => sizes.reduce((all, size) => all + size, 0);
  return {
    what,
    bytes: sum(contents.map(({ length }) => length)),
    brotli: sum(contents.map((content) => brotliCompressSync(content).length)),
  };
};
const client = files(/^(index|worker|chunk-\w+)\.js$/);
const rows = [
  rowOf('`<osusume-related>`, which needs nothing else', ['element.js']),
  rowOf('the wasm module', ['wasm/osusume_bg.wasm']),
  rowOf('its JavaScript', ['wasm/osusume.js']),
  rowOf('the client, worker included', client),
  rowOf('the last three together', ['wasm/osusume_bg.wasm', 'wasm/osusume.js', ...client]),
  rowOf('`bundle.js`: the client and the element without their worker', ['bundle.js']),
];
const number = (/** @type {number} */ size) => size.toLocaleString('en');
const lines = rows.map(
  ({ what, bytes, brotli }) => `| ${what} | ${number(bytes)} | ${number(brotli)} |`,
);
const table = ['| what | bytes | brotli |', '| --- | --: | --: |', ...lines].join('\n');
const readme = readFileSync('www/client/README.md', 'utf8').replace(
  /(## Sizes\n\n)(\|.*\n)+/,
  `$1${table}\n`,
);
writeFileSync(join(out, 'README.md'), readme);
