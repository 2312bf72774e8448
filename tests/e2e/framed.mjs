// Writes and reads binary files of a release as docs/FORMAT.md, section 3, has them: header, hashes of the chunks, payload.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const CHUNK_BYTES = 262_144;
/** The kinds of header that are written here. */
export const MODEL = 1,
  CATALOGUE = 2,
  MAP = 4;

/** @param {Uint8Array} bytes */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** Where the payload of a file of this length begins. @param {number} bytes */
export const headBytes = (bytes) => 32 + 32 * Math.ceil((bytes - 32) / (CHUNK_BYTES + 32));

/**
 * Returns a whole file.
 * @param {number} kind @param {{ items: number, rows: number, dims: number, extent: number }} shape @param {Buffer} payload
 */
export function framed(kind, { items, rows, dims, extent }, payload) {
  const header = Buffer.alloc(32);
  header.write('OSUSUME\0', 'latin1');
  for (const [at, word] of [2, kind, items, rows, dims, extent].entries()) {
    header.writeUInt32LE(word, 8 + 4 * at);
  }
  return Buffer.concat([header, ...hashes(payload), payload]);
}

/** Returns a file with its payload changed, and its hashes with it. @param {Buffer} file @param {(payload: Buffer) => void} change */
export function withPayload(file, change) {
  const payload = Buffer.from(file.subarray(headBytes(file.length)));
  change(payload);
  return Buffer.concat([file.subarray(0, 32), ...hashes(payload), payload]);
}

/** @param {Buffer} payload */
function hashes(payload) {
  const count = Math.ceil(payload.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, at) =>
    sha256(payload.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES)),
  );
}

/** Returns what a manifest says about a file. @param {string} kind @param {string} stem what its name begins with @param {Buffer} file */
export function entryOf(kind, stem, file) {
  const hash = sha256(file.subarray(0, headBytes(file.length))).toString('hex');
  return { name: `${stem}.${hash.slice(0, 16)}.bin`, kind, bytes: file.length, sha256: hash };
}

/**
 * Returns the files that a file of the manifest lies in, and where their bytes begin and end.
 * @param {{ name: string, kind: string, bytes: number }} entry
 */
export function partsOf({ name, kind, bytes }) {
  const head = headBytes(bytes);
  const chunks = kind === 'about' ? 0 : (head - 32) / 32;
  if (chunks < 2) return [{ name, from: 0, to: bytes }];
  const chunk = (/** @type {unknown} */ _, /** @type {number} */ at) => {
    const from = head + at * CHUNK_BYTES;
    const to = Math.min(bytes, from + CHUNK_BYTES);
    return { name: name.replace(/(\.[^.]*)$/, `.${at}$1`), from, to };
  };
  return [{ name, from: 0, to: head }, ...Array.from({ length: chunks }, chunk)];
}

/**
 * Returns the files that a content lies in, by name: where it is shorter than the entry says parts are
 * shorter, and what it has more is in the last one.
 * @param {{ name: string, kind: string, bytes: number }} entry @param {Buffer} content @returns {[name: string, part: Buffer][]}
 */
export const spread = (entry, content) =>
  partsOf(entry).map(({ name, from, to }, at, all) => [
    name,
    content.subarray(from, at === all.length - 1 ? content.length : to),
  ]);

/** Reads a whole file from the files that it lies in. @param {string} folder @param {{ name: string, kind: string, bytes: number }} entry */
export const readWhole = async (folder, entry) =>
  Buffer.concat(await Promise.all(partsOf(entry).map(({ name }) => readFile(join(folder, name)))));
