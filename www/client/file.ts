// One file of a release: requests it, streams it into the module's memory and checks its SHA-256 by
// WebCrypto. docs/FORMAT.md, section 3, has the layout of a file. No DOM.
import { fieldOf, messageOf, OsusumeError } from './errors.js';
import type { Fetch } from './protocol.js';
import type { FileEntry, ReceivedFile, RecommenderClass } from './recommender.js';

/** Longest chunk. */
const CHUNK_BYTES = 262_144;

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
  const { Class, fetch, init, onLoaded, keep } = receiver;
  const response = await requestFile(url, fetch, init);
  const received = await Class.receive(response, entry.bytes, onLoaded).catch(asFileError(url));
  const subtle = globalThis.crypto?.subtle;
  // Plain HTTP: the length is right, and the module checks the structure.
  if (!subtle) return received;
  if (!(await isIntact(received.view(), entry.sha256, subtle))) {
    received.free();
    throw new OsusumeError(
      'integrity',
      `${entry.name}: its content is not what the manifest says; fetch it again`,
    );
  }
  keep?.(url, received.view());
  return received;
}

/** Requests a file; rejects unless it is there. */
export async function requestFile(
  url: string,
  fetch: Fetch,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(url, init).catch(asFileError(url));
  const { status } = response;
  if (status === 404 || status === 410) {
    throw new OsusumeError(
      'file_missing',
      `${url} does not exist on the server; upload the whole release folder`,
      { url },
    );
  }
  if (status !== 200) {
    throw new OsusumeError(
      'http_status',
      `the server answered ${status} for ${url}; try again later`,
      { url, status },
    );
  }
  return response;
}

/** Turns an error of the platform into `network`, and adds the address to one of ours. */
export function asFileError(url: string): (error: unknown) => never {
  return (error) => {
    if (fieldOf(error, 'name') === 'OsusumeError') throw Object.assign(Object(error), { url });
    throw new OsusumeError(
      'network',
      `${url} cannot be fetched: offline, a wrong address, or a server without CORS headers ` +
        `for this page (${messageOf(error)})`,
      { url },
    );
  };
}

/**
 * Says whether the head of a file has the hash in the manifest, and each chunk the one in the head.
 * Reads all of the view in this task, since `digest` copies what it is given. A chunk without bytes
 * is left to the module.
 */
async function isIntact(
  file: Uint8Array<ArrayBuffer>,
  sha256: string,
  subtle: SubtleCrypto,
): Promise<boolean> {
  const head = 32 + 32 * Math.ceil((file.length - 32) / (CHUNK_BYTES + 32));
  const pinned = sha256 + hex(file.subarray(32, head));
  const hash = async (from: number, to: number) =>
    hex(await subtle.digest('SHA-256', file.subarray(from, to)));
  const found = [hash(0, head)];
  for (let at = head; at < file.length; at += CHUNK_BYTES) found.push(hash(at, at + CHUNK_BYTES));
  return pinned.startsWith((await Promise.all(found)).join(''));
}

function hex(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
