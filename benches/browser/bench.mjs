// Times exact and approximate search in one Chromium run and writes docs/BENCHMARKS.md's parts of it and
// docs/benchmarks-*.svg.
//   pkg-scripts/bench-browser.sh [--quick] [--only=generated,synopsis,ncf,large,questions]      (installs the peers and builds the module first)
// Every peer gets the same rows and the same 200 queries, asked in turn, ten by ten, so that whatever else the machine does
// hits all alike. Every answer is held to the exact one; --quick leaves out 100,000 rows and the peers that take long to build.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import binaryen from 'binaryen';
import { headBytes, partsOf } from '../../tests/e2e/framed.mjs';
import { ROOT, launch, serveFolder } from '../../tests/e2e/harness.mjs';
import { clustered, halves, writeRelease } from './generate.mjs';
import { put, table } from './report.mjs';
import { plot } from './plot.mjs';

const QUICK = process.argv.includes('--quick');
/** 2,000 rows, every peer, nothing written: says in a minute whether all of them run. */
const SMOKE = process.argv.includes('--smoke');
const QUERIES = 200;
const PEERS = join(ROOT, 'benches/browser/node_modules');
/** Peers that build an index are left out above so many rows: they take tens of minutes. */
const MOST_INDEXED = 30_000;
/** Peers that take over 20 ms a query are left out above so many. */
const MOST_SLOW = 30_000;

/** The vectors of a model of the committed release as f32, with what a score divides by taken out. @param {string} name @param {number} exponent */
function shipped(name, exponent) {
  const folder = join(ROOT, 'embeddings');
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const { file, dims } = manifest.models.find((/** @type {{ name: string }} */ model) => model.name === name);
  const entry = manifest.files.find((/** @type {{ name: string }} */ each) => each.name === file);
  const bytes = Buffer.concat(partsOf(entry).map((part) => readFileSync(join(folder, part.name))));
  const rows = bytes.readUInt32LE(headBytes(bytes.length)); // those with a vector
  const values = new Float32Array(rows * dims);
  for (let at = 0, from = bytes.length - rows * dims * 2; at < values.length; at += 1, from += 2) {
    const bits = bytes.readUInt16LE(from);
    const size = (bits & 0x7c00) === 0 ? (bits & 0x3ff) * 2 ** -24 : (1 + (bits & 0x3ff) / 1024) * 2 ** (((bits >> 10) & 31) - 15);
    values[at] = bits & 0x8000 ? -size : size;
  }
  for (let row = 0; row < rows; row += 1) {
    const vector = values.subarray(row * dims, (row + 1) * dims);
    const norm = Math.hypot(...vector);
    vector.forEach((value, at) => { vector[at] = norm === 0 ? 0 : value / norm ** exponent; });
  }
  return { rows, dims, values };
}

/** Runs in the page. @param {{ folder: string, parts: string[][], names: string[], queries: number, unit: boolean }} work */
async function measure({ folder, parts, names, queries: count, unit }) {
  // @ts-expect-error addresses of the page's server
  const [{ peers }, { default: init, Recommender }] = await Promise.all([import('/benches/browser/peers.js'), import('/www/client/wasm/osusume.js')]);
  const manifest = await (await fetch(`${folder}manifest.json`)).json();
  const [{ file, dims, rows }] = manifest.models;
  /** @type {Map<string, ArrayBuffer>} */
  const kept = new Map();
  for (const of of parts) {
    const coming = of.map(async (part) => (await fetch(folder + part)).blob());
    kept.set(of[0], await new Blob(await Promise.all(coming)).arrayBuffer());
  }
  const whole = /** @type {ArrayBuffer} */ (kept.get(file));
  const bits = new Uint16Array(whole, whole.byteLength - 2 * rows * dims);
  const values = Float32Array.from(bits, (word) => {
    const size = (word & 0x7c00) === 0 ? (word & 0x3ff) * 2 ** -24 : (1 + (word & 0x3ff) / 1024) * 2 ** ((word >> 10 & 31) - 15);
    return word & 0x8000 ? -size : size;
  });
  const row = (/** @type {number} */ at) => values.subarray(at * dims, (at + 1) * dims);
  if (unit) {
    for (let at = 0; at < rows; at += 1) {
      const vector = row(at);
      const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
      vector.forEach((value, dim) => { vector[dim] = value / norm; });
    }
  }
  const exact = (/** @type {number} */ a, /** @type {number} */ b) => {
    let sum = 0;
    for (let dim = 0, i = a * dims, j = b * dims; dim < dims; dim += 1) sum += values[i + dim] * values[j + dim];
    return sum;
  };
  const asked = Array.from({ length: count + 50 }, (_, at) => Math.floor((at * 0.6180339887498949 % 1) * rows));
  /** For each query the tenth best score among the others. */
  const tenth = asked.map((query) => {
    /** @type {number[]} */
    const top = [];
    for (let at = 0; at < rows; at += 1) {
      if (at === query) continue;
      const score = exact(query, at);
      if (top.length < 10 || score > top[9]) {
        top.push(score);
        top.sort((a, b) => b - a);
        top.length = Math.min(top.length, 10);
      }
    }
    return top[9];
  });
  // What f32 cannot tell apart counts as found.
  const recall = (/** @type {number} */ at, /** @type {number[]} */ found) => {
    const others = new Set(found.filter((other) => other !== asked[at] && other >= 0).slice(0, 10));
    return [...others].filter((other) => exact(asked[at], other) >= tenth[at] - 1e-5 * Math.abs(tenth[at])).length / 10;
  };

  await init({ module_or_path: fetch('/www/client/wasm/osusume_bg.wasm') });
  /** A file of the release, once as many bytes are hashed as the client hashes. @param {string} kind */
  const checked = async (kind) => {
    const entry = manifest.files.find((/** @type {{ kind: string }} */ each) => each.kind === kind);
    if (!entry) return undefined;
    const bytes = new Uint8Array(/** @type {ArrayBuffer} */ (kept.get(entry.name)));
    await crypto.subtle.digest('SHA-256', bytes);
    return bytes;
  };
  const ours = (/** @type {boolean} */ lowMemory) => ({
    make: async () => {
      const recommender = new Recommender(manifest, { lowMemory });
      await recommender.addCatalogue(await checked('catalogue'), await checked('images'));
      recommender.addModel(manifest.default.model, await checked('model'), await checked('residual'));
      return {
        search: (/** @type {Float32Array} */ _, /** @type {number} */ k, /** @type {number} */ at) =>
          recommender.recommend({ liked: [at + 1], limit: k - 1 }).items.map((/** @type {{ id: number }} */ item) => item.id - 1),
        free: () => recommender.free(),
      };
    },
  });
  const all = { osusume: ours(false), 'osusume, lowMemory': ours(true), ...peers };
  /** @type {Record<string, any>} */
  const results = {};
  for (const name of names) {
    const started = performance.now();
    try {
      const peer = await all[name].make({ rows, dims, values, row, unit });
      await peer.search(row(asked[0]), 11, asked[0]);
      results[name] = { ready: performance.now() - started, times: [], cold: [], recalls: [], peer };
      const { grid } = all[name];
      if (grid) {
        const [[setting, steps]] = Object.entries(grid);
        for (const step of /** @type {number[]} */ (steps)) {
          peer.tune({ [setting]: step });
          let sum = 0;
          for (let at = 0; at < count; at += 1) sum += recall(at, await peer.search(row(asked[at]), 11, asked[at]));
          results[name].chosen = `${setting} ${step}`;
          if (sum / count >= 0.99) break;
        }
      }
    } catch (error) {
      results[name] = { failed: String(Object(error).message ?? JSON.stringify(error)).slice(0, 120) };
    }
  }
  const running = names.filter((name) => !results[name].failed);
  // Not timed: until the browser has compiled what runs often.
  for (let at = count; at < count + 50; at += 1) {
    for (const name of running.filter((name) => !all[name].slow)) await results[name].peer.search(row(asked[at]).slice(), 11, asked[at]);
  }
  for (let first = 0; first < count; first += 10) {
    for (const name of running) {
      // A fifth of the queries tell enough of what takes longer than a frame.
      for (let at = first; at < first + (all[name].slow ? 2 : 10); at += 1) {
        const query = row(asked[at]).slice();
        const from = performance.now();
        const found = await results[name].peer.search(query, 11, asked[at]);
        const took = performance.now() - from;
        results[name].times.push(took);
        if (at === first) results[name].cold.push(took);
        results[name].recalls.push(recall(at, [...found].map(Number)));
      }
    }
  }
  for (const name of running) {
    results[name].peer.free?.();
    delete results[name].peer;
  }
  return results;
}

/** Runs in the page. @param {{ folder: string }} work */
async function questions({ folder }) {
  // @ts-expect-error an address of the page's server
  const [{ default: init, Recommender }, { fetchManifest, openRelease }] = await Promise.all([import('/www/client/wasm/osusume.js'), import('/target/client/release.js')]);
  await init({ module_or_path: fetch('/www/client/wasm/osusume_bg.wasm') });
  const url = `${location.origin}${folder}manifest.json`;
  const get = fetch.bind(globalThis);
  const { recommender: engine, load } = await openRelease(url, await fetchManifest(url, get), Recommender, { fetch: get });
  for (const { name } of engine.info().models) await load('model', name);
  /** @type {number[]} */
  const ids = engine.recommend({ limit: 1000 }).items.map((/** @type {{ id: number }} */ item) => item.id).filter((/** @type {number} */ id) => engine.item(id).models.length === 2);
  const hundred = (/** @type {number} */ at) => Array.from({ length: 100 }, (_, place) => ids[(at * 7 + place) % ids.length]);
  const both = { ncf: 1, synopsis: 1 };
  const filter = { type: { any: ['TV'] }, score: { min: 7 } };
  /** @type {Record<string, (at: number) => object>} */
  const kinds = {
    'one show, by synopsis': (at) => ({ liked: [ids[at]], model: 'synopsis' }),
    'one show, by viewers (32 dims, residual)': (at) => ({ liked: [ids[at]], model: 'ncf' }),
    'by synopsis, types and least score': (at) => ({ liked: [ids[at]], model: 'synopsis', filter }),
    'by synopsis, one of a series': (at) => ({ liked: [ids[at]], model: 'synopsis', collapse: true }),
    'by synopsis, niche 0.8': (at) => ({ liked: [ids[at]], model: 'synopsis', niche: 0.8 }),
    'both blended': (at) => ({ liked: [ids[at]], model: both }),
    'both blended, filters, niche': (at) => ({ liked: [ids[at]], model: both, filter, niche: 0.3 }),
    '100 likes, by viewers': (at) => ({ liked: hundred(at), model: 'ncf' }),
    '100 likes, by synopsis': (at) => ({ liked: hundred(at), model: 'synopsis' }),
    '100 likes, both blended': (at) => ({ liked: hundred(at), model: both }),
    'by synopsis, 100 results': (at) => ({ liked: [ids[at]], model: 'synopsis', limit: 100 }),
    'by synopsis, diversity 0.3': (at) => ({ liked: [ids[at]], model: 'synopsis', diversity: 0.3 }),
  };
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let at = -20; at < 200; at += 1) {
    for (const [kind, request] of Object.entries(kinds)) {
      const from = performance.now();
      engine.recommend(request(at + 20));
      if (at >= 0) times[kind].push(performance.now() - from);
    }
  }
  return times;
}

const median = (/** @type {number[]} */ times) => times.toSorted((a, b) => a - b)[times.length >> 1];
const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const version = (/** @type {string} */ name) => JSON.parse(readFileSync(join(PEERS, name, 'package.json'), 'utf8')).version;

const { peers } = await import('./peers.js');
const work = await mkdtemp(join(os.tmpdir(), 'bench-'));
const stick = binaryen.parseText(readFileSync(join(ROOT, 'benches/browser/stick.wat'), 'utf8'));
stick.setFeatures(binaryen.Features.All);
const stickBytes = Buffer.from(stick.emitBinary());

/** What client-vector-search and Orama import by name. */
const imports = Object.fromEntries(readdirSync(PEERS).includes('lru-cache') ? [
  ['lru-cache', '/benches/browser/node_modules/lru-cache/dist/esm/index.js'],
  ['@msgpack/msgpack', '/benches/browser/node_modules/@msgpack/msgpack/dist.esm/index.mjs'],
] : []);
const page = `<!doctype html><title>bench</title><script type="importmap">${JSON.stringify({ imports })}</script>`;

const server = await serveFolder({
  folder: ROOT,
  csp: "default-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data:",
  alter: async (path, reply) => {
    // Isolated pages have a clock of 5 µs.
    Object.assign(reply.headers, { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' });
    if (path.endsWith('.mjs')) reply.headers['Content-Type'] = 'text/javascript';
    if (path === '/bench/') return { ...reply, status: 200, headers: { ...reply.headers, 'Content-Type': 'text/html' }, body: Buffer.from(page) };
    if (path === '/bench/stick.wasm') return { ...reply, status: 200, headers: { ...reply.headers, 'Content-Type': 'application/wasm' }, body: stickBytes };
    if (path.startsWith('/bench/')) return { ...reply, status: 200, body: await readFile(join(work, path.slice(7))) };
    return undefined;
  },
});
const browser = await launch(['--js-flags=--max-old-space-size=8192']);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
const shownLoad = (/** @type {number[]} */ load) => load.map((value) => value.toFixed(1)).join(', ');

const sets = SMOKE ? [{ name: 'smoke', title: 'smoke', make: () => ({ rows: 2000, dims: 384, values: clustered(2000, 384, 20, 0.5) }), unit: true }] : [
  { name: 'generated', title: '24,905 × 384, generated: 200 clusters', make: () => ({ rows: 24_905, dims: 384, values: clustered(24_905, 384, 200, 0.5) }), unit: true },
  { name: 'synopsis', title: 'the release\'s synopses', make: () => shipped('synopsis', 1), unit: true },
  { name: 'ncf', title: 'the release\'s NCF vectors, without its residual', make: () => shipped('ncf', 0.5), unit: false },
  ...(QUICK ? [] : [{ name: 'large', title: '100,000 × 384, generated: 200 clusters', make: () => ({ rows: 100_000, dims: 384, values: clustered(100_000, 384, 200, 0.5) }), unit: true }]),
];
const ONLY = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7).split(',');
/** @type {{ title: string, bars: { name: string, ms: number, exact: boolean, note: string }[] }[]} */
const plots = [];
for (const { name, title, make, unit } of sets) {
  if (ONLY && !ONLY.includes(name)) continue;
  console.error(`${title} ...`);
  const before = os.loadavg();
  /** @type {string[]} */
  const parts = [];
  const { rows, dims, values } = make();
  await writeRelease(join(work, name), halves(values), dims, unit ? 1 : 0);
  /** @type {Record<string, string>} */
  const left = {};
  const names = ['osusume', 'osusume, lowMemory', ...Object.keys(peers)].filter((peer) => {
    const of = /** @type {Record<string, any>} */ (peers)[peer] ?? {};
    if (of.unitOnly && !unit) left[peer] = 'left out: compares unit vectors only';
    else if (of.index && (rows > MOST_INDEXED || QUICK)) left[peer] = 'left out: its index takes tens of minutes to build';
    else if (of.slow && (rows > MOST_SLOW || QUICK)) left[peer] = 'left out: slow, and needs gigabytes';
    else return true;
    return false;
  });
  const opened = await browser.newPage();
  opened.setDefaultTimeout(0);
  await opened.goto(`${server.url}bench/`);
  const { files } = JSON.parse(readFileSync(join(work, name, 'manifest.json'), 'utf8'));
  const inParts = files.map((/** @type {Parameters<typeof partsOf>[0]} */ entry) => partsOf(entry).map((part) => part.name));
  const results = await opened.evaluate(measure, { folder: `/bench/${name}/`, parts: inParts, names, queries: QUERIES, unit });
  await opened.close();
  const per = median(results['f32 SIMD kernel (measuring stick)'].times);
  const lines = [...names, ...Object.keys(left)].map((peer) => {
    const of = /** @type {Record<string, any>} */ (peers)[peer] ?? { version: 'this build', exact: true };
    const result = results[peer];
    const told = [of.package ? `${of.package} ${version(of.package)}` : of.version, of.settings, result?.chosen].filter(Boolean).join('; ');
    if (!result || result.failed) return { peer, told, why: left[peer] ?? `did not run: ${result.failed}`, exact: of.exact, ms: Infinity, cold: Infinity, ready: Infinity, recall: 0 };
    return { peer, told, why: '', exact: of.exact, stick: of.stick, ms: median(result.times), cold: median(result.cold), ready: result.ready, recall: mean(result.recalls) };
  }).sort((a, b) => a.ms - b.ms);
  for (const line of lines) {
    if (line.peer.startsWith('osusume') && line.recall !== 1) throw new Error(`${line.peer} is not exact on ${title}: ${line.recall}`);
  }
  const least = (/** @type {'ms' | 'ready'} */ column) => Math.min(...lines.filter((line) => !line.stick && line.recall >= 0.99).map((line) => line[column]));
  const shown = (/** @type {number} */ value, /** @type {number} */ best, /** @type {string} */ text) => (value === best ? `**${text}**` : text);
  parts.push(`### ${title}: ${rows.toLocaleString('en')} × ${dims}\n\n![Times of one query](benchmarks-${name}.svg)\n`, table(
    ['who', 'what', 'ready after', 'top 10', 'recall@10', '× f32 kernel', 'first of ten'],
    lines.map((line) => (line.why ? [line.peer, line.told, line.why, '', '', '', ''] : [
      line.peer, line.told, shown(line.ready, least('ready'), `${(line.ready / 1000).toFixed(2)} s`), shown(line.ms, least('ms'), `${line.ms.toFixed(3)} ms`),
      line.recall.toFixed(3), (line.ms / per).toFixed(2), `${line.cold.toFixed(3)} ms`,
    ]))));
  const us = lines.find((line) => line.peer === 'osusume');
  const fastest = lines.find((line) => line.exact && !line.stick && !line.why && line.recall >= 0.99 && !line.peer.startsWith('osusume'));
  if (us && fastest) parts.push(`The fastest exact peer is ${fastest.peer}: ${(fastest.ms / us.ms).toFixed(1)} times osusume's time.\n`);
  const second = lines.find((line) => !line.stick && !line.why && line.recall >= 0.99 && !line.peer.startsWith('osusume'));
  const wins = lines.filter((line) => !line.why && !line.stick && us && line.ms < us.ms && line.peer !== 'osusume');
  parts.push(wins.length > 0 ? `Faster than osusume here: ${wins.map((line) => `${line.peer} (recall ${line.recall.toFixed(3)}, ready after ${(line.ready / 1000).toFixed(1)} s)`).join(', ')}.\n`
    : us && second ? `The runner-up is ${second.peer}: ${(second.ms / us.ms).toFixed(1)} times osusume's time.\n` : '');
  plots.push({ title: `${title}: ${rows.toLocaleString('en')} × ${dims}`, bars: lines.filter((line) => !line.why).map((line) => ({ name: line.peer, ms: line.ms, exact: line.exact, note: line.exact ? '' : ` (recall ${line.recall.toFixed(3)})` })) });
  parts.push(`${new Date().toISOString().slice(0, 10)}, commit ${commit}, load average ${shownLoad(before)} before and ${shownLoad(os.loadavg())} after.\n`);
  console.error(parts.join('\n'));
  if (SMOKE) process.exit();
  await put(`browser ${name}`, parts.join('\n'));
  await writeFile(join(ROOT, `docs/benchmarks-${name}.svg`), plot(plots.splice(0)));
}

if (!ONLY || ONLY.includes('questions')) {
  console.error('kinds of question ...');
  const opened = await browser.newPage();
  opened.setDefaultTimeout(0);
  await opened.goto(`${server.url}bench/`);
  const times = await opened.evaluate(questions, { folder: '/embeddings/' });
  const plain = median(times['one show, by synopsis']);
  await put('browser questions', [
    table(['question', 'median', '× the first'], Object.entries(times).map(([kind, all]) => [kind, `${median(all).toFixed(3)} ms`, (median(all) / plain).toFixed(2)])),
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, load average ${shownLoad(os.loadavg())}.\n`,
  ].join('\n'));
}
await put('browser', `Chromium ${await browser.version()}, ${os.cpus().length} cores of ${os.cpus()[0].model.trim()}. Other programs ran beside it, so compare the ratios within a table and not the times.

- A time is the median of ${QUERIES} queries after 50 others, on one thread; of ${QUERIES / 5} if one takes longer than a frame. All peers run in one page and
  take turns of ten queries.
- "First of ten" is the median of the first queries of each turn, when the other peers have just emptied the caches.
- osusume's times are whole calls, from a request as an object to an answer with titles.
- "Ready" is the time from bytes in memory to the first answer. For osusume it includes the SHA-256 of the files.
- Recall is measured against exact scores in f64. The command fails if osusume's is not 1.
- **Bold** is the best of a column at a recall of at least 0.99. The measuring stick, a bare dot product, does not compete.
`);
await browser.close();
await server.close();
await rm(work, { recursive: true });
