// A manifest's signature in minisign's format (`minisign -S -l -m manifest.json`): Ed25519 by the
// platform's own crypto. The manifest pins every other file by its SHA-256, so this one signature
// covers the whole release.
import { messageOf, OsusumeError } from './errors.js';
import type { Fetch } from './protocol.js';

/** The header that says when a manifest was signed, in seconds since 1970, once that is proven. */
export const SIGNED = 'x-osusume-signed';

/**
 * Lengths of what follows the algorithm's two letters: the key's number, then the key or a
 * signature.
 */
const [NUMBER_BYTES, KEY_BYTES, SIGNATURE_BYTES] = [8, 32, 64];

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Returns a `fetch` that gives the manifest only if the signature beside it is valid, and marks it
 * with {@link SIGNED}. Signatures made before `notBefore`, in ms since 1970, are refused.
 */
export function withSignature(
  fetch: Fetch,
  manifestUrl: string,
  publicKey: string,
  notBefore = 0,
): Fetch {
  const url = new URL(manifestUrl);
  url.pathname += '.minisig';
  return async (input, init) => {
    if (input !== manifestUrl) return fetch(input, init);
    const [manifest, signature] = await Promise.all([
      fetch(manifestUrl, init),
      fetch(url.href, init),
    ]);
    if (manifest.status !== 200) return manifest;
    if (signature.status !== 200) {
      throw new OsusumeError(
        'signature_missing',
        `${url} answered ${signature.status}: the release is not signed, or its signature was ` +
          'not uploaded.',
        { url: url.href, status: signature.status },
      );
    }
    const content = new Uint8Array(await manifest.arrayBuffer());
    const seconds = await verify(content, await signature.text(), publicKey);
    if (seconds * 1000 < notBefore) {
      const date = new Date(seconds * 1000).toISOString();
      throw new OsusumeError(
        'release_older',
        `${manifestUrl} was signed on ${date}, before what this page accepts.`,
        {
          url: manifestUrl,
        },
      );
    }
    return new Response(content, {
      headers: { 'Content-Type': 'application/json', [SIGNED]: String(seconds) },
    });
  };
}

/**
 * Resolves to when `content` was signed, in seconds since 1970; rejects unless this key signed
 * it.
 */
export async function verify(
  content: Bytes,
  signature: string,
  publicKey: string,
): Promise<number> {
  const key = parts(publicKey, KEY_BYTES);
  if (key?.algorithm !== 'Ed') {
    throw new OsusumeError(
      'request_invalid',
      'publicKey is not a key of minisign: 56 letters that begin with RW.',
    );
  }
  const [, made, commentLine = '', whole] = signature.split(/\r?\n/);
  const own = parts(made, SIGNATURE_BYTES);
  const comment = commentLine.match(/^trusted comment: (.*)$/)?.[1];
  const seal = bytesOf(whole);
  if (!own || comment === undefined || seal?.length !== SIGNATURE_BYTES)
    throw invalid('it is not of minisign’s format');
  if (own.algorithm !== 'Ed') {
    throw invalid(
      'it is of the hashed form, which browsers cannot check; sign with minisign -S -l',
    );
  }
  if (own.number !== key.number) throw invalid('it is by another key');
  const check = await checker(key.rest);
  if (!(await check(own.rest, content))) throw invalid('the manifest is not what was signed');
  // The comment, and with it the time, is signed together with the signature.
  const sealed = new Uint8Array([...own.rest, ...new TextEncoder().encode(comment)]);
  if (!(await check(seal, sealed))) throw invalid('its comment is not what was signed');
  const seconds = Number(comment.match(/(?:^|\t)timestamp:(\d{1,12})(?:\t|$)/)?.[1]);
  if (!seconds) throw invalid('it does not say when it was made');
  return seconds;
}

/** Returns the platform's check of a signature by this key. */
async function checker(
  key: Bytes,
): Promise<(signature: Bytes, content: Bytes) => Promise<boolean>> {
  try {
    const { subtle } = globalThis.crypto;
    const imported = await subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    return (signature, content) => subtle.verify('Ed25519', imported, signature, content);
  } catch (error) {
    throw new OsusumeError(
      'unsupported',
      `This browser cannot check Ed25519 signatures (${messageOf(error)}); Chrome 137, ` +
        'Firefox 129 and Safari 17 can, over HTTPS.',
    );
  }
}

function invalid(why: string): OsusumeError {
  return new OsusumeError(
    'signature_invalid',
    `The manifest's signature is not valid: ${why}. Do not use this release; tell its owner.`,
  );
}

/** Splits a key or a signature; `length` is that of what follows the key's number. */
function parts(text: string | undefined, length: number) {
  const all = bytesOf(text);
  if (all?.length !== 2 + NUMBER_BYTES + length) return undefined;
  return {
    algorithm: String.fromCharCode(...all.subarray(0, 2)),
    number: String(all.subarray(2, 2 + NUMBER_BYTES)),
    rest: all.slice(2 + NUMBER_BYTES),
  };
}

function bytesOf(base64 = ''): Bytes | undefined {
  try {
    return Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
