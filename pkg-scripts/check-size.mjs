// Prints the size of what a visitor downloads before the data, and fails above pkg-scripts/size-budget.json.
//   pkg-scripts/build-wasm.sh && pkg-scripts/build-npm.sh && node pkg-scripts/check-size.mjs

import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = new URL('../', import.meta.url);
/** @type {Record<string, { files: string[], brotli_bytes: number }>} */
const budget = JSON.parse(readFileSync(new URL('pkg-scripts/size-budget.json', root), 'utf8'));

let over = false;
for (const [name, { files, brotli_bytes }] of Object.entries(budget)) {
  let total = 0;
  for (const file of files) {
    const bytes = readFileSync(new URL(file, root));
    const brotli = brotliCompressSync(bytes).length;
    total += brotli;
    console.log(`${file}: ${bytes.length} bytes, gzip ${gzipSync(bytes, { level: 9 }).length}, brotli ${brotli}`);
  }
  const fits = total <= brotli_bytes;
  over ||= !fits;
  console.log(`${name}: ${total} bytes brotli, ${fits ? 'within' : 'OVER'} the budget of ${brotli_bytes}`);
}
process.exit(over ? 1 : 0);
