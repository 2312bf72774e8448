// One file of a release: requests it, checks its SHA-256 by WebCrypto and has the module take it. A
// long file lies in many, which are checked and kept one by one. docs/FORMAT.md, section 3, has the
// layout. No DOM.
import { codeOf, OsusumeError } from './errors.js';
import { altered, hex, hexSha256 } from './hash.js';
import type { Fetch } from './protocol.js';
import type { FileEntry, ReceivedFile, RecommenderClass } from './recommender.js';
import { asFileError, requestFile } from './request-file.js';

/** Longest chunk. */
const CHUNK_BYTES = 262_144;
/**
 * The next chunk is asked for when this part of the one before is missing: the line stays busy, and an
 * interruption costs hardly more than one chunk.
 */
const EARLY = 8;

/** Codes of a part that a cache may have damaged. */
const DAMAGED = new Set(['integrity', 'blob_truncated', 'blob_length', 'blob_magic']);

/** Where a file goes, and how to fetch it. */
export interface Receiver {
  Class: RecommenderClass;
  fetch: Fetch;
  init: RequestInit;
  onLoaded: (bytes: number) => void;
  /** Keeps a file whose hash is right. */
  keep: ((url: string, bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
}

/** Fetches and checks one file. */
export async function receiveFile(
  url: string,
  entry: FileEntry,
  receiver: Receiver,
): Promise<ReceivedFile> {
  if (chunksOf(entry.bytes) > 1) return receiveLongFile(url, entry, receiver);
  const { Class, fetch, init, onLoaded, keep } = receiver;
  const response = await requestFile(url, fetch, init);
  const received = await Class.receive(response, entry.bytes, onLoaded).catch(asFileError(url));
  const subtle = globalThis.crypto?.subtle;
  // Plain HTTP: the length is right, and the module checks the structure.
  if (!subtle) return received;
  if (!(await isIntact(received.view(), entry.sha256, subtle))) {
    received.free();
    throw altered(entry.name);
  }
  keep?.(url, received.view());
  return received;
}

/** Returns the addresses of the files that a file of this length lies in. */
export function addressesOf(url: string, bytes: number): string[] {
  const chunks = chunksOf(bytes);
  if (chunks < 2) return [url];
  const [, stem, extension] = /^(.*?)(\.[^./]*)?$/.exec(url) ?? [];
  const chunk = (_: unknown, at: number) => `${stem}.${at}${extension ?? ''}`;
  return [url, ...Array.from({ length: chunks }, chunk)];
}

/** Fetches the head of a long file and then its chunks, each checked, and kept by itself. */
async function receiveLongFile(
  url: string,
  { bytes, sha256 }: FileEntry,
  receiver: Receiver,
): Promise<ReceivedFile> {
  let loaded = 0;
  const onBytes = (more: number) => {
    loaded += more;
    receiver.onLoaded(loaded);
  };
  const [headUrl = url, ...chunkUrls] = addressesOf(url, bytes);
  const headBytes = 32 + 32 * chunkUrls.length;
  if (bytes <= headBytes + (chunkUrls.length - 1) * CHUNK_BYTES)
    throw new OsusumeError('blob_truncated', `${url} ends before its last chunk; pack it again`);
  const head = await receivePart(headUrl, headBytes, sha256, receiver, onBytes);
  const chunks: (Promise<Uint8Array<ArrayBuffer>> | undefined)[] = [];
  const start = (at: number) => {
    const chunkUrl = chunkUrls[at];
    if (chunkUrl === undefined || chunks[at]) return;
    const length = Math.min(bytes - headBytes - at * CHUNK_BYTES, CHUNK_BYTES);
    let missing = length;
    const chunk = receivePart(chunkUrl, length, hashIn(head, at), receiver, (more) => {
      missing -= more;
      onBytes(more);
      if (missing < length / EARLY) start(at + 1);
    });
    chunk.catch(() => {}); // told when its turn comes
    chunks[at] = chunk;
  };
  let [next, failure] = [0, undefined as unknown];
  const body = new ReadableStream<Uint8Array>({
    start: (to) => to.enqueue(head),
    pull: async (to) => {
      const at = next++;
      start(at);
      const chunk = chunks[at];
      if (!chunk) return to.close();
      try {
        to.enqueue(await chunk);
        delete chunks[at];
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  });
  const received = receiver.Class.receive(new Response(body), bytes, () => {});
  return received.catch((error) => asFileError(url)(failure ?? error));
}

/** Fetches one part of a long file, and once more past every cache if it is not what it should be. */
async function receivePart(
  url: string,
  bytes: number,
  sha256: string,
  receiver: Receiver,
  onBytes: (more: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const attempt = async (cache?: RequestCache) => {
    const { cache: _, ...init } = receiver.init;
    const response = await requestFile(url, receiver.fetch, { ...init, ...(cache && { cache }) });
    const part = await readExactly(response, bytes, onBytes).catch(asFileError(url));
    const subtle = globalThis.crypto?.subtle;
    if (!subtle) return part;
    if ((await hexSha256(part, subtle)) !== sha256) {
      onBytes(-bytes);
      throw altered(url.replace(/.*\//, ''));
    }
    receiver.keep?.(url, part);
    return part;
  };
  // A kept part is checked here, so the retry of a whole file need not fetch all of it again.
  return attempt().catch((error) => {
    if (!DAMAGED.has(codeOf(error) ?? '')) throw error;
    return attempt('reload');
  });
}

/** Reads a body that must have so many bytes, and no more than that. */
async function readExactly(
  response: Response,
  bytes: number,
  onBytes: (more: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(bytes);
  let found = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    const fits = part.value.subarray(0, bytes - found);
    all.set(fits, found);
    found += part.value.length;
    onBytes(fits.length);
    if (found > bytes) break;
  }
  if (found === bytes) return all;
  reader?.cancel().catch(() => {});
  onBytes(-Math.min(found, bytes));
  const isPage = all[0] === 0x3c; // <
  if (isPage) throw new OsusumeError('blob_magic', NO_FILE);
  const code = found < bytes ? 'blob_truncated' : 'blob_length';
  throw new OsusumeError(
    code,
    `the file has ${found} bytes, ${bytes} were promised; fetch it again`,
  );
}

const NO_FILE = 'not an osusume file: a wrong file or an error page; check the address';

/**
 * Says whether the head of a file of one chunk has the hash in the manifest, and the chunk the one in
 * the head. Reads all of the view in this task, since `digest` copies what it is given. A chunk
 * without bytes is left to the module.
 */
async function isIntact(
  file: Uint8Array<ArrayBuffer>,
  sha256: string,
  subtle: SubtleCrypto,
): Promise<boolean> {
  const head = 32 + 32 * chunksOf(file.length);
  const pinned = sha256 + hex(file.subarray(32, head));
  const hash = (from: number, to: number) => hexSha256(file.subarray(from, to), subtle);
  const found = [hash(0, head)];
  if (file.length > head) found.push(hash(head, file.length));
  return pinned.startsWith((await Promise.all(found)).join(''));
}

/** The hash of a chunk in the head of its file. */
const hashIn = (head: Uint8Array, at: number) => hex(head.subarray(32 + 32 * at, 64 + 32 * at));

const chunksOf = (bytes: number) => Math.ceil((bytes - 32) / (CHUNK_BYTES + 32));
