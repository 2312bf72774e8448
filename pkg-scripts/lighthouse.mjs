// What pkg-scripts/lighthouse.sh runs: serves target/site as a host would, audits it, prints the figures.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { launch, ROOT, serveFolder } from '../tests/e2e/harness.mjs';

const PORT = 9333;
const RUNS = 3;
const LIMITS = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };

const { default: lighthouse } = await import(
  pathToFileURL(join(process.env.LIGHTHOUSE ?? '', 'core/index.js')).href
);
const server = await serveFolder({
  isPage: false, // Lighthouse asks for more than the page does: robots.txt, source maps
  alter: (path, reply) =>
    /\.(js|css|html|json|svg|wasm|webmanifest)$|\/$/.test(path) && reply.status === 200
      ? {
          ...reply,
          headers: { ...reply.headers, 'Content-Encoding': 'br', Vary: 'Accept-Encoding' },
          body: brotliCompressSync(reply.body),
        }
      : undefined,
});
const out = join(ROOT, 'target/lighthouse');
await mkdir(out, { recursive: true });
let missed = false;
/** @type {Record<string, number>[]} */
const runs = [];
for (let run = 1; run <= RUNS; run += 1) {
  // A browser of its own each time: nothing is kept from the visit before.
  const browser = await launch([`--remote-debugging-port=${PORT}`]);
  try {
    const { lhr, report } = await lighthouse(server.url + (process.argv[2] ?? ''), {
      port: PORT,
      output: 'html',
      logLevel: 'error',
    });
    await writeFile(join(out, `run-${run}.html`), report);
    await writeFile(join(out, `run-${run}.json`), JSON.stringify(lhr));
    const { audits, categories } = lhr;
    const loaded = audits.metrics.details.items[0].observedLoad;
    /** @type {{ duration: number, startTime: number }[]} in simulated time; behind the load only */
    const long = audits['long-tasks'].details?.items ?? [];
    runs.push({
      ...Object.fromEntries(
        Object.keys(LIMITS).map((name) => [name, Math.round(categories[name].score * 100)]),
      ),
      'layout shift': audits['cumulative-layout-shift'].numericValue,
      'first paint, ms': audits['first-contentful-paint'].numericValue,
      'largest paint, ms': audits['largest-contentful-paint'].numericValue,
      'blocking time, ms': audits['total-blocking-time'].numericValue,
      bytes: audits['total-byte-weight'].numericValue,
    });
    for (const [name, { auditRefs }] of Object.entries(
      /** @type {Record<string, { auditRefs: { id: string, weight: number }[] }>} */ (categories),
    )) {
      for (const { id, weight } of auditRefs) {
        const { score, title, displayValue = '' } = audits[id];
        if (weight > 0 && score !== null && score < 0.9)
          console.log(`run ${run}, ${name}: ${id} ${score}: ${title} ${displayValue}`);
      }
    }
    for (const { duration, startTime } of long)
      console.log(
        `run ${run}: a task of ${Math.round(duration)} ms at ${Math.round(startTime)} ms (Lighthouse's slowed-down phone; loaded at ${loaded} ms)`,
      );
  } finally {
    await browser.close();
  }
}
await server.close();

const median = (/** @type {number[]} */ values) =>
  values.toSorted((a, b) => a - b)[values.length >> 1];
for (const name of Object.keys(runs[0])) {
  const value = median(runs.map((each) => each[name]));
  const fine =
    name in LIMITS
      ? value >= LIMITS[/** @type {keyof typeof LIMITS} */ (name)]
      : name !== 'layout shift' || value < 0.02;
  missed ||= !fine;
  console.log(
    `${name}: ${name === 'layout shift' ? value.toFixed(4) : Math.round(value)}${fine ? '' : '  MISSED'}  (median of ${RUNS}: ${runs.map((each) => (name === 'layout shift' ? each[name].toFixed(4) : Math.round(each[name]))).join(', ')})`,
  );
}
process.exitCode = missed ? 1 : 0;
