// Generated releases: rows around random centres, as a manifest, a catalogue and one model each.
//   node benches/browser/generate.mjs FOLDER ROWS DIMS [CENTRES] [NOISE]
// Every row is its centre plus noise, each value normal, brought to length 1 and rounded to f16. The same arguments give
// the same bytes.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { CATALOGUE, entryOf, framed, MODEL, spread } from '../../tests/e2e/framed.mjs';

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

/** The columns of docs/FORMAT.md, section 7: ids from 1, titles, and how many people know an item. @param {number} items */
function catalogue(items) {
  const size = (/** @type {number} */ length) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(length));
    return bytes;
  };
  const text = (/** @type {string} */ value) => [size(Buffer.byteLength(value)), Buffer.from(value)];
  const list = (/** @type {(row: number) => number} */ value) => {
    const bytes = Buffer.alloc(items * 4);
    for (let row = 0; row < items; row += 1) bytes.writeUInt32LE(value(row), row * 4);
    return [size(items), bytes];
  };
  const titles = Array.from({ length: items }, (_, row) => `Item ${row + 1}`).join('\n');
  const columns = Buffer.concat([
    Buffer.from([4]), ...list((row) => row + 1), ...text(''), Buffer.from([2, 0, 0, 0]),
    ...text('main'), Buffer.from([4, 1]), ...text(titles), // a text, the title
    ...text('members'), Buffer.from([2, 4, 3, 0]), ...list((row) => items - row), // a number, the popularity, in i32
  ]);
  return framed(CATALOGUE, { items, rows: items, dims: 0, extent: columns.length }, gzipSync(columns));
}

/** A model of one layer that covers every item. @param {Uint16Array} values @param {number} dims */
function model(values, dims) {
  const rows = values.length / dims;
  const front = Buffer.alloc(32);
  [rows, 1, 1, 0, dims, 0, rows].forEach((word, at) => front.writeUInt32LE(word, 4 * at));
  const payload = Buffer.concat([front, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
  return framed(MODEL, { items: rows, rows, dims, extent: 1 }, payload);
}

/**
 * Returns the files of a release of one model, compared by `q·v / (|q||v|)^exponent`.
 * @param {Uint16Array} values @param {number} dims
 */
export function releaseOf(values, dims, exponent = 1) {
  const rows = values.length / dims;
  /** @type {Map<string, Buffer>} */
  const made = new Map();
  const files = /** @type {const} */ ([['catalogue', catalogue(rows)], ['model', model(values, dims)]]).map(([kind, content]) => {
    const entry = entryOf(kind, kind, content);
    made.set(entry.name, content);
    return entry;
  });
  const manifest = {
    format: 2, release: files[1].sha256.slice(0, 16), items: rows, default: { model: 'generated' },
    fields: [{ name: 'members', type: 'number', role: 'popularity' }, { name: 'main', type: 'text', role: 'title' }], files,
    models: [{ name: 'generated', file: files[1].name, metric: exponent === 1 ? 'cosine' : 'dot', exponent, dims, rows }],
  };
  return made.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
}

/** Writes such a release. @param {string} folder @param {Uint16Array} values @param {number} dims */
export async function writeRelease(folder, values, dims, exponent = 1) {
  await mkdir(folder, { recursive: true });
  const made = releaseOf(values, dims, exponent);
  const { files } = JSON.parse(String(made.get('manifest.json')));
  for (const entry of files) {
    const content = /** @type {Buffer} */ (made.get(entry.name));
    for (const [name, part] of spread(entry, content)) await writeFile(join(folder, name), part);
  }
  await writeFile(join(folder, 'manifest.json'), made.get('manifest.json') ?? '');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, ...numbers] = process.argv.slice(2);
  const [rows, dims, centres = 200, noise = 0.5] = numbers.map(Number);
  await writeRelease(folder, halves(clustered(rows, dims, centres, noise)), dims);
}
