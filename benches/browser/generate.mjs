// Generated releases: rows around random centres, as a manifest, a catalogue and one model each.
//   node benches/browser/generate.mjs FOLDER ROWS DIMS [CENTRES] [NOISE]
// Every row is its centre plus noise, each value normal, brought to length 1 and rounded to f16. The same arguments give
// the same bytes.

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Normally distributed numbers, the same for the same seed (mulberry32, Box and Muller). @param {number} seed */
export function normals(seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { random, normal: () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) };
}

/** Rows of length 1 around centres. @param {number} rows @param {number} dims @param {number} centres @param {number} noise */
export function clustered(rows, dims, centres, noise) {
  const { random, normal } = normals(rows + dims);
  const middle = Float32Array.from({ length: centres * dims }, normal);
  const values = new Float32Array(rows * dims);
  for (let row = 0; row < rows; row += 1) {
    const centre = Math.floor(random() * centres) * dims;
    let square = 0;
    for (let dim = 0; dim < dims; dim += 1) {
      const value = middle[centre + dim] + noise * normal();
      values[row * dims + dim] = value;
      square += value * value;
    }
    for (let dim = 0; dim < dims; dim += 1) values[row * dims + dim] /= Math.sqrt(square);
  }
  return values;
}

/** The nearest f16, ties to even, of values below 65520. @param {Float32Array} values */
export function halves(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let at = 0; at < out.length; at += 1) out[at] = half(bits[at], values[at]); // `from` would first make an array of them
  return out;
}

/** @param {number} word the bits of an f32 @param {number} value the same as a number */
function half(word, value) {
  const sign = (word >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (size < 2 ** -14) {
    const steps = size * 2 ** 24; // subnormal: a multiple of 2^-24
    const low = Math.floor(steps);
    const rest = steps - low;
    return sign | (low + Number(rest > 0.5 || (rest === 0.5 && low % 2 === 1)));
  }
  const rounded = word + 0xfff + ((word >>> 13) & 1);
  return sign | (((rounded & 0x7fffffff) >>> 13) - (112 << 10));
}

/** @param {number} kind @param {number} items @param {number} rows @param {number} dims @param {number} extent */
function header(kind, items, rows, dims, extent) {
  const bytes = Buffer.alloc(32);
  bytes.write('OSUSUME\0', 0, 'latin1');
  [1, kind, items, rows, dims, extent].forEach((word, at) => bytes.writeUInt32LE(word, 8 + at * 4));
  return bytes;
}

/** The columns of docs/FORMAT.md, section 7: ids from 1, titles, and nothing else known. @param {number} items */
function catalogue(items) {
  const size = (/** @type {number} */ length) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(length));
    return bytes;
  };
  const text = (/** @type {string} */ value) => [size(Buffer.byteLength(value)), Buffer.from(value)];
  const list = (/** @type {number} */ width, /** @type {(row: number) => number} */ value) => {
    const bytes = Buffer.alloc(items * width);
    for (let row = 0; row < items; row += 1) bytes.writeUIntLE(value(row), row * width, width);
    return [size(items), bytes];
  };
  const titles = Array.from({ length: items }, (_, row) => `Item ${row + 1}`).join('\n');
  const columns = Buffer.concat([
    ...list(4, (row) => row + 1), ...text(''), size(1), ...text('main'), size(1), ...text(titles),
    size(0), ...list(1, () => 0), size(0), size(0), ...list(1, () => 0), ...list(2, () => 0), ...list(2, () => 65535),
    ...list(4, (row) => items - row), ...list(4, () => 0),
  ]);
  return Buffer.concat([header(2, items, items, 0, columns.length), gzipSync(columns)]);
}

/** Writes a release of one model, compared by `q·v / (|q||v|)^exponent`. @param {string} folder @param {Uint16Array} values @param {number} dims */
export async function writeRelease(folder, values, dims, exponent = 1) {
  const rows = values.length / dims;
  const runs = Buffer.alloc(16);
  runs.writeUInt32LE(rows, 4);
  const model = Buffer.concat([header(1, rows, rows, dims, 1), runs, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
  await mkdir(folder, { recursive: true });
  /** @type {{ name: string, kind: string, bytes: number, sha256: string }[]} */
  const files = [];
  for (const [kind, content] of /** @type {const} */ ([['catalogue', catalogue(rows)], ['model', model]])) {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const name = `${kind}.${sha256.slice(0, 16)}.bin`;
    files.push({ name, kind, bytes: content.length, sha256 });
    await writeFile(join(folder, name), content);
  }
  const manifest = {
    format: 1, release: files[1].sha256.slice(0, 16), items: rows, defaultModel: 'generated', files,
    models: [{ name: 'generated', file: files[1].name, metric: exponent === 1 ? 'cosine' : 'dot', exponent, dims, rows, provenance: {}, quality: {} }],
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, ...numbers] = process.argv.slice(2);
  const [rows, dims, centres = 200, noise = 0.5] = numbers.map(Number);
  await writeRelease(folder, halves(clustered(rows, dims, centres, noise)), dims);
}
