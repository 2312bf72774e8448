// Prints the size of what a visitor downloads before the data. Ends with 3 where that is above
// pkg-scripts/size-budget.json, which has a budget for each way to build the module.
//   pkg-scripts/build-wasm.sh && pkg-scripts/build-npm.sh && node pkg-scripts/check-size.mjs
//   node pkg-scripts/check-size.mjs www/client/wasm target/npm     the same, by name

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const [module = 'www/client/wasm', npm = 'target/npm'] = process.argv.slice(2);
/** @type {Record<string, { files: string[], but?: string[], brotli_bytes: Record<string, number> }>} */
const budget = JSON.parse(readFileSync(new URL('size-budget.json', import.meta.url), 'utf8'));
if (!existsSync(join(module, 'way')))
  throw new Error(`${module}/way is missing; pkg-scripts/build-wasm.sh makes it`);
const way = readFileSync(join(module, 'way'), 'utf8').trim();

/**
 * Returns the files that an entry of the budget names; `*.js` is every script of a folder.
 * @param {string} listed @returns {string[]}
 */
function filesOf(listed) {
  const file = listed.replace(/^module(?=\/)/, module).replace(/^npm(?=\/)/, npm);
  if (!file.endsWith('/*.js')) return [file];
  const folder = dirname(file);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => join(folder, name));
}

let over = false;
for (const [name, { files, but = [], brotli_bytes }] of Object.entries(budget)) {
  let total = 0;
  const left = new Set(but.flatMap(filesOf));
  for (const file of files.flatMap(filesOf).filter((each) => !left.has(each))) {
    const bytes = readFileSync(file);
    const brotli = brotliCompressSync(bytes).length;
    total += brotli;
    console.log(
      `${file}: ${bytes.length} bytes, gzip ${gzipSync(bytes, { level: 9 }).length}, brotli ${brotli}`,
    );
  }
  const allowed = brotli_bytes[way];
  if (!allowed) throw new Error(`size-budget.json has no budget for the way "${way}"`);
  const fits = total <= allowed;
  over ||= !fits;
  console.log(
    `${name}, built by ${way}: ${total} bytes brotli, ${fits ? 'within' : 'OVER'} the budget of ${allowed}`,
  );
}
process.exit(over ? 3 : 0);
