// Prints how many bytes of the browser module each part of the code takes, after wasm-opt.
//   pkg-scripts/build-wasm.sh && node pkg-scripts/size-parts.mjs [--functions]
// Reads the compiler's output, which has the names of functions, and lets wasm-opt keep them.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** As pkg-scripts/build-wasm.sh does. */
const AGAIN = ['--flatten', '--rereloop', '-Os'];
const way = readFileSync('www/client/wasm/way', 'utf8').trim();
const dir = process.env.CARGO_TARGET_DIR ?? 'target';
const work = mkdtempSync(join(tmpdir(), 'size-parts-'));
const run = (/** @type {string} */ program, /** @type {string[]} */ ...args) =>
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
try {
  const glue = process.env.GLUE ?? join(dir, 'debug/osusume-glue');
  run(glue, join(dir, `wasm-${way}/wasm32-unknown-unknown/wasm/osusume.wasm`), join(work, 'out'));
  run(
    'node_modules/.bin/wasm-opt',
    '-g',
    '-Os',
    ...AGAIN,
    ...AGAIN,
    '--precompute-propagate',
    '-Os',
    '--dealign',
    '--always-inline-max-function-size=4',
    '--one-caller-inline-max-function-size=100',
    '--low-memory-unused',
    join(work, 'out/osusume_bg.wasm'),
    '-o',
    join(work, 'small.wasm'),
  );
  print(readFileSync(join(work, 'small.wasm')));
} finally {
  rmSync(work, { recursive: true });
}

/** @param {Buffer} wasm */
function print(wasm) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  /** Passes over bytes that begin with their number. */
  const skip = () => {
    const size = number();
    at += size;
  };
  /** @type {number[]} */
  const sizes = [];
  /** @type {Map<number, string>} */
  const names = new Map();
  /** @type {Record<string, number>} */
  const parts = {};
  let imports = 0;
  while (at < wasm.length) {
    const id = wasm[at++];
    const length = number();
    const end = at + length;
    if (id === 2) {
      for (let left = number(); left > 0; left -= 1) {
        skip();
        skip();
        const kind = wasm[at++];
        if (kind === 0) imports += 1;
        number();
      }
    } else if (id === 10) {
      for (let left = number(); left > 0; left -= 1) {
        const size = number();
        sizes.push(size);
        at += size;
      }
    } else if (id === 0) {
      const size = number();
      const section = wasm.toString('utf8', at, at + size);
      at += size;
      while (section === 'name' && at < end) {
        const kind = wasm[at++];
        const inside = number();
        const stop = at + inside;
        if (kind === 1) {
          for (let left = number(); left > 0; left -= 1) {
            const index = number();
            const size = number();
            names.set(index, wasm.toString('utf8', at, at + size));
            at += size;
          }
        }
        at = stop;
      }
    } else if (id === 11) parts['data (texts, tables)'] = length;
    at = end;
  }
  /** @type {[string, number][]} */
  const functions = sizes.map((size, index) => [names.get(imports + index) ?? '?', size]);
  for (const [name, size] of functions) parts[partOf(name)] = (parts[partOf(name)] ?? 0) + size;
  const table = Object.entries(
    process.argv.includes('--functions') ? Object.fromEntries(functions) : parts,
  ).sort((a, b) => b[1] - a[1]);
  for (const [name, size] of table) console.log(`${String(size).padStart(7)}  ${name}`);
}

/**
 * The module of the crate, or the crate, that a function belongs to. What the compiler put into its caller counts there:
 * a method of the interface has what it alone calls, and `adding` the decoders of files.
 * @param {string} name
 */
function partOf(name) {
  const plain = name.replaceAll(/\[[0-9a-f]+\]/g, '');
  const method =
    /^(?:__wbg_)?(recommender|receivedfile)_(\w+)/.exec(name) ??
    /(Recommender)>::(\w+)/.exec(plain);
  if (method) return `osusume::wasm, ${method[2]}`;
  const own = /osusume::(wasm::)?(\w+)/.exec(plain);
  if (own) return `osusume::${own[1] ? 'wasm, ' : ''}${own[2]}`;
  const crate =
    /(core|alloc|std|dlmalloc|serde_wasm_bindgen|serde_core|serde|wasm_bindgen_futures|wasm_bindgen|js_sys|bincode|libm|half)\b/.exec(
      plain,
    );
  return crate ? crate[1] : 'other';
}
