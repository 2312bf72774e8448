// Signatures that minisign itself made.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { verify } from '#client/signature.js';

const file = (/** @type {string} */ name) =>
  readFileSync(new URL(`../fixtures/signed/${name}`, import.meta.url));
const manifest = new Uint8Array(file('manifest.json'));
const key = String(file('owner.pub')).trim();
const signature = String(file('manifest.json.minisig'));

test('the owner’s signature is right and says when it was made', async () => {
  const time = Number(signature.match(/timestamp:(\d+)/)?.[1]);
  assert.equal(await verify(manifest, signature, key), time);
  assert.equal(await verify(manifest, signature.replaceAll('\n', '\r\n'), `${key}\n`), time);
});

describe('what is refused', () => {
  const lines = signature.split('\n');
  /** @param {number} line @param {(text: string) => string} change */
  const changed = (line, change) => lines.with(line, change(lines[line])).join('\n');
  const flip = (/** @type {string} */ text) =>
    text.slice(0, 30) + (text[30] === 'A' ? 'B' : 'A') + text.slice(31);
  /** @type {[string, Uint8Array, string, RegExp][]} */
  const cases = [
    ['another manifest', manifest.with(40, manifest[40] ^ 1), signature, /not what was signed/],
    ['one byte more', Uint8Array.of(...manifest, 10), signature, /not what was signed/],
    ['nothing', new Uint8Array(), signature, /not what was signed/],
    ['another key', manifest, String(file('other.minisig')), /another key/],
    ['the hashed form', manifest, String(file('hashed.minisig')), /minisign -S -l/],
    ['a signature without a time', manifest, String(file('untimed.minisig')), /when it was made/],
    ['a bit of the signature', manifest, changed(1, flip), /not what was signed/],
    ['a bit of the comment’s signature', manifest, changed(3, flip), /comment/],
    [
      'another time',
      manifest,
      changed(2, (text) => text.replace(/timestamp:\d/, 'timestamp:9')),
      /comment/,
    ],
    ['no comment', manifest, changed(2, () => ''), /format/],
    ['no seal', manifest, lines.slice(0, 3).join('\n'), /format/],
    ['half a signature', manifest, changed(1, (text) => text.slice(0, 40)), /format/],
    ['no Base64', manifest, changed(1, () => '{}'), /format/],
    ['an empty file', manifest, '', /format/],
    ['a web page', manifest, '<!doctype html><title>Welcome</title>', /format/],
  ];
  for (const [what, content, text, why] of cases) {
    test(what, () =>
      assert.rejects(
        verify(/** @type {Uint8Array<ArrayBuffer>} */ (content), text, key),
        (/** @type {any} */ error) => {
          assert.equal(error.code, 'signature_invalid');
          assert.match(error.message, why);
          return true;
        },
      ),
    );
  }

  for (const bad of ['', 'RW', '{}', key.slice(2), `${key}A`, `AA${key.slice(2)}`]) {
    test(`the key ${JSON.stringify(bad)}`, () =>
      assert.rejects(verify(manifest, signature, bad), { code: 'request_invalid' }));
  }
});
