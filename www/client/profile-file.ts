// The bytes of a list that a visitor exported from another site, unzipped by the platform.
import { OsusumeError } from './errors.js';

/** Longest list. The engine refuses longer ones, so they are not even read. */
const MAX_BYTES = 32 << 20;

/** Returns the bytes of a file that a visitor chose. */
export async function bytesOf(file: Blob | Uint8Array | string): Promise<Uint8Array> {
  const size = file instanceof Blob ? file.size : file?.length;
  if (size > MAX_BYTES) throw tooLarge();
  if (typeof file === 'string') return new TextEncoder().encode(file);
  if (file instanceof Blob) return unzip(new Uint8Array(await file.arrayBuffer()));
  if (file instanceof Uint8Array) return unzip(file);
  throw new OsusumeError(
    'request_invalid',
    'A list is a Blob (a File, say), a Uint8Array or a string.',
  );
}

/** Returns the content of gzip, and any other bytes as they are. */
async function unzip(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  if (!globalThis.DecompressionStream) {
    throw new OsusumeError(
      'unsupported',
      'This platform has no DecompressionStream; use a browser of 2023 or later.',
    );
  }
  const stream = new Blob([new Uint8Array(bytes)])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new OsusumeError(
        'profile_invalid',
        "the list cannot be read: its gzip is broken; expected MyAnimeList's XML export or " +
          "AniList's JSON, plain or gzip",
      );
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

function tooLarge(): OsusumeError {
  return new OsusumeError('profile_too_large', 'The list has more than 32 MiB.');
}
