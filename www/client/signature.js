// @ts-check
// A manifest's signature in minisign's format (`minisign -S -l -m manifest.json`): Ed25519 by the platform's own crypto.
// The manifest pins every other file by its SHA-256, so this one signature vouches for the whole release.

import { OsusumeError } from './errors.js';

/** The name of the header that says when a manifest was signed, in seconds since 1970, once that is proven. */
export const SIGNED = 'x-osusume-signed';

/** What lies behind the algorithm's two letters: a number of the key and the key, or the number and a signature. */
const [NUMBER_BYTES, KEY_BYTES, SIGNATURE_BYTES] = [8, 32, 64];

/**
 * Returns a `fetch` that gives the manifest only where the signature beside it is right, and marks it with {@link SIGNED}.
 *
 * @param {typeof globalThis.fetch} fetch @param {string} address the manifest's
 * @param {string} publicKey as minisign prints it, in Base64 @param {number} [notBefore] ms since 1970; older signatures are refused
 * @returns {typeof globalThis.fetch}
 */
export function signed(fetch, address, publicKey, notBefore = 0) {
  const url = new URL(address);
  url.pathname += '.minisig';
  return async (input, init) => {
    if (input !== address) return fetch(input, init);
    const [manifest, signature] = await Promise.all([fetch(address, init), fetch(url.href, init)]);
    if (manifest.status !== 200) return manifest;
    if (signature.status !== 200) throw new OsusumeError('signature_missing', `${url} answered ${signature.status}: the release is not signed, or its signature was not uploaded.`, { url: url.href, status: signature.status });
    const content = new Uint8Array(await manifest.arrayBuffer());
    const at = await verify(content, await signature.text(), publicKey);
    if (at * 1000 < notBefore) throw new OsusumeError('release_older', `${address} was signed on ${new Date(at * 1000).toISOString()}, before what this page takes.`, { url: address });
    return new Response(content, { headers: { 'Content-Type': 'application/json', [SIGNED]: String(at) } });
  };
}

/**
 * Resolves to when `content` was signed, in seconds since 1970; rejects where it was not, or not by this key.
 * @param {Uint8Array<ArrayBuffer>} content @param {string} signature @param {string} publicKey
 */
export async function verify(content, signature, publicKey) {
  const wrong = (/** @type {string} */ why) => new OsusumeError('signature_invalid', `The manifest's signature is not valid: ${why}. Do not use this release; tell its owner.`);
  const key = parts(publicKey, KEY_BYTES);
  if (key?.algorithm !== 'Ed') throw new OsusumeError('request_invalid', 'publicKey is not a key of minisign: 56 letters that begin with RW.');
  const [, made, commentLine = '', whole] = signature.split(/\r?\n/);
  const own = parts(made, SIGNATURE_BYTES);
  const comment = commentLine.match(/^trusted comment: (.*)$/)?.[1];
  const seal = bytes(whole);
  if (!own || comment === undefined || seal?.length !== SIGNATURE_BYTES) throw wrong('it is not of minisign’s format');
  if (own.algorithm !== 'Ed') throw wrong('it is of the hashed form, which browsers cannot check; sign with minisign -S -l');
  if (own.number !== key.number) throw wrong('it is by another key');
  /** @type {(mark: Uint8Array<ArrayBuffer>, of: Uint8Array<ArrayBuffer>) => Promise<boolean>} */
  let check;
  try {
    const { subtle } = globalThis.crypto;
    const read = await subtle.importKey('raw', key.rest, 'Ed25519', false, ['verify']);
    check = (mark, of) => subtle.verify('Ed25519', read, mark, of);
  } catch (error) {
    throw new OsusumeError('unsupported', `This browser cannot check Ed25519 signatures (${Object(error).message}); Chrome 137, Firefox 129 and Safari 17 can, over HTTPS.`);
  }
  if (!(await check(own.rest, content))) throw wrong('the manifest is not what was signed');
  // The comment, and with it the time, is signed together with the signature.
  if (!(await check(seal, joined(own.rest, new TextEncoder().encode(comment))))) throw wrong('its comment is not what was signed');
  const time = Number(comment.match(/(?:^|\t)timestamp:(\d{1,12})(?:\t|$)/)?.[1]);
  if (!time) throw wrong('it does not say when it was made');
  return time;
}

/** @param {string | undefined} text @param {number} length of what is behind the number */
function parts(text, length) {
  const all = bytes(text);
  if (all?.length !== 2 + NUMBER_BYTES + length) return undefined;
  return { algorithm: String.fromCharCode(all[0], all[1]), number: String(all.subarray(2, 2 + NUMBER_BYTES)), rest: all.slice(2 + NUMBER_BYTES) };
}

/** @param {string | undefined} base64 @returns {Uint8Array<ArrayBuffer> | undefined} */
function bytes(base64 = '') {
  try {
    return Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function joined(a, b) {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
