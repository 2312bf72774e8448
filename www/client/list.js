// @ts-check
// The bytes of a list that a visitor exported from another site, unzipped by the platform.

import { OsusumeError } from './errors.js';

/** Most bytes of a list; the engine refuses longer ones, and so they are not read at all. */
const MAX_BYTES = 32 << 20;
const tooLarge = () => new OsusumeError('profile_too_large', 'The list has more than 32 MiB.');

/** Returns the bytes of a file that a visitor chose. @param {Blob | Uint8Array | string} file @returns {Promise<Uint8Array>} */
export async function bytesOf(file) {
  const size = file instanceof Blob ? file.size : file?.length;
  if (size > MAX_BYTES) throw tooLarge();
  if (typeof file === 'string') return new TextEncoder().encode(file);
  if (file instanceof Blob) return unzipped(new Uint8Array(await file.arrayBuffer()));
  if (file instanceof Uint8Array) return unzipped(file);
  throw new OsusumeError('request_invalid', 'A list is a Blob (a File, say), a Uint8Array or a string.');
}

/** Returns the content of gzip, and any other bytes as they are. @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
async function unzipped(bytes) {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  if (!globalThis.DecompressionStream) throw new OsusumeError('unsupported', 'This platform has no DecompressionStream; use a browser of 2023 or later.');
  const content = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]).stream().pipeThrough(new DecompressionStream('gzip'));
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let size = 0;
  const reader = content.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new OsusumeError('profile_invalid', "the list cannot be read: its gzip is broken; expected MyAnimeList's XML export or AniList's JSON, plain or gzip");
    });
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    chunks.push(value);
    size += value.length;
    if (size > MAX_BYTES) {
      reader.cancel().catch(() => {});
      throw tooLarge();
    }
  }
}
