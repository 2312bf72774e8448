// How time and memory grow with the rows, and writes docs/BENCHMARKS.md's part of it and docs/growth.svg.
//   pkg-scripts/build-wasm.sh && node benches/browser/growth.mjs [--most VALUES]
// In Node, whose engine for WebAssembly is Chromium's: what is asked is the module itself.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../tests/e2e/harness.mjs';
import { readWhole } from '../../tests/e2e/framed.mjs';
import { clustered, halves, writeRelease } from './generate.mjs';
import { lines } from './plot.mjs';
import { put, table } from './report.mjs';

const QUERIES = 100;
/** More values than these take minutes to generate, and 4 GiB to hold with their codes. */
const most = Number(process.argv[process.argv.indexOf('--most') + 1]) || 120_000_000;

if (process.argv[2] === '--one') {
  // A process of its own, since WebAssembly memory never shrinks.
  const folder = process.argv[3];
  const wasm = await import('../../www/client/wasm/osusume.js');
  const { memory } = await wasm.default({ module_or_path: await readFile(join(ROOT, 'www/client/wasm/osusume_bg.wasm')) });
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  for (const entry of manifest.files) files.set(entry.kind, await readWhole(folder, entry));
  const started = performance.now();
  const engine = new wasm.Recommender(manifest, undefined);
  await engine.addCatalogue(files.get('catalogue'), undefined);
  engine.addModel('generated', files.get('model'), files.get('residual'));
  const ask = (/** @type {number} */ at) => {
    const from = performance.now();
    const id = 1 + Math.floor((at * 0.6180339887498949 % 1) * manifest.items);
    const answer = engine.recommend({ liked: [id], limit: 10 });
    if (answer.items.length !== 10) throw new Error('not ten');
    return performance.now() - from;
  };
  const first = ask(0);
  const ready = performance.now() - started;
  const second = ask(1);
  for (let at = 2; at < 20; at += 1) ask(at);
  const times = Array.from({ length: QUERIES }, (_, at) => ask(at + 20)).sort((a, b) => a - b);
  console.log(JSON.stringify({ ready, first, second, median: times[QUERIES >> 1], p95: times[Math.floor(QUERIES * 0.95)], bytes: memory.buffer.byteLength, download: manifest.files.reduce((/** @type {number} */ sum, /** @type {{ bytes: number }} */ file) => sum + file.bytes, 0) }));
} else {
  const work = await mkdtemp(join(os.tmpdir(), 'growth-'));
  /** @type {string[][]} */
  const rows = [];
  /** @type {Record<string, [number, number][]>} */
  const points = {};
  for (const dims of [32, 384]) {
    for (const count of [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]) {
      if (count * dims > most) continue;
      const folder = join(work, `${count}-${dims}`);
      await writeRelease(folder, halves(clustered(count, dims, 200, 0.5)), dims);
      const { ready, second, median, p95, bytes, download } = JSON.parse(execFileSync(process.execPath, [import.meta.filename, '--one', folder], { encoding: 'utf8' }));
      await rm(folder, { recursive: true });
      const mb = (/** @type {number} */ value) => `${(value / 1e6).toFixed(value < 1e8 ? 1 : 0)} MB`;
      rows.push([count.toLocaleString('en'), String(dims), mb(download), mb(bytes), `${ready.toFixed(0)} ms`, `${second.toFixed(1)} ms`, `${median.toFixed(3)} ms`, `${p95.toFixed(3)} ms`]);
      (points[`${dims} dims`] ??= []).push([count, median]);
      console.error(rows[rows.length - 1].join('  '));
    }
  }
  await rm(work, { recursive: true });
  const load = os.loadavg().map((value) => value.toFixed(1)).join(', ');
  await put('growth', `\`node benches/browser/growth.mjs\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${os.cpus()[0].model.trim()}, load average ${load} at the end.
Generated data of 200 clusters; medians of ${QUERIES} top-10 queries. Memory is the module's whole memory with catalogue and title columns. "Ready" is the time
from bytes in memory to the first answer. Each query from the second on makes a part of the codes.

${table(['rows', 'dims', 'download', 'memory', 'ready', 'second answer', 'median', 'p95'], rows)}
![Times of one query by rows](growth.svg)

**When to shard.** The download sets the limit, and the query time does not: a query stays under a frame (16 ms) as long as the vectors
fit. At 9 Mbit/s, 20 MB take 18 seconds; that is about 25,000 rows of 384 dims or 300,000 of 32. A larger site should split its
catalogue into releases that visitors open one at a time (by language, kind or section). Or it names an HTTP face as
\`fallback\` and opens that alone. A module's memory ends at 4 GiB and a file at 1 GiB, which is 1.3 million rows of 384 dims.
`);
  await writeFile(join(ROOT, 'docs/growth.svg'), lines('Milliseconds of one top-10 query by rows', 'ms', Object.entries(points).map(([name, at]) => ({ name, kind: name, points: at }))));
}
