// A small release that is kept on the device, who signs it, and a visit to it.

import { generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entryOf, sha256, withPayload } from './framed.mjs';
import { ROOT } from './harness.mjs';

const FIXTURE = join(ROOT, 'tests/fixtures/format-2');

/**
 * The fixture's files; with a word, those of another release of the same shape.
 * @param {string} [word] @returns {Promise<Map<string, Buffer>>}
 */
export async function release(word) {
  const manifest = JSON.parse(await readFile(join(FIXTURE, 'manifest.json'), 'utf8'));
  /** @type {Map<string, Buffer>} */
  const made = new Map();
  for (const file of manifest.files) {
    let bytes = await readFile(join(FIXTURE, file.name));
    if (word && file.kind === 'model') {
      bytes = withPayload(bytes, (payload) => {
        payload[payload.length - 1] ^= 0x80;
      }); // the sign of the last value
      const entry = entryOf(file.kind, file.name.split('.')[0], bytes);
      for (const model of manifest.models) if (model.file === file.name) model.file = entry.name;
      Object.assign(file, entry);
    }
    made.set(file.name, bytes);
  }
  if (word) manifest.release = sha256(Buffer.from(word)).toString('hex').slice(0, 16);
  return made.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
}

/**
 * Makes a key, and signs with it as `minisign -S -l` does.
 * @param {Buffer} [number] eight bytes that say which key it is
 */
export function minisign(number = randomBytes(8)) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const head = Buffer.concat([Buffer.from('Ed'), number]);
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    publicKey: Buffer.concat([head, raw]).toString('base64'),
    /**
     * Puts a signature beside the manifest of these files, as of this time.
     * @param {Map<string, any>} files @param {number} seconds
     */
    sign(files, seconds) {
      const manifest = files.get('manifest.json');
      const signature = signBytes(null, manifest, privateKey);
      const comment = `timestamp:${seconds}\tfile:manifest.json`;
      const seal = signBytes(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey);
      const lines = [
        'untrusted comment: x',
        Buffer.concat([head, signature]).toString('base64'),
        `trusted comment: ${comment}`,
        seal.toString('base64'),
        '',
      ];
      files.set('manifest.json.minisig', Buffer.from(lines.join('\n')));
    },
  };
}

/** @typedef {{ release?: string, scores?: number[], code?: string, warnings: string[] }} Visit */

/**
 * Returns what a page runs to open the release anew and to ask both models; it gives a {@link Visit}.
 * @param {string} clientUrl @param {string} dataUrl @param {import('#client/index.js').OpenOptions} [options]
 */
export function visitScript(clientUrl, dataUrl, options = {}) {
  return `(async () => {
    const { open } = await import(${JSON.stringify(`${clientUrl}index.js`)});
    const warnings = [];
    try {
      const opened = await open(${JSON.stringify(`${dataUrl}manifest.json`)}, { load: 'all', ...${JSON.stringify(options)}, onWarning: ({ code }) => warnings.push(code) });
      try {
        await opened.ready();
        const { models, release } = await opened.info();
        const scores = [];
        for (const { name, loaded } of models) if (loaded) scores.push(...(await opened.related(30, { limit: 2, model: name })).items.map(({ score }) => score));
        return { release, scores, warnings };
      } finally {
        opened.close();
      }
    } catch (error) {
      return { code: error.code ?? String(error), warnings };
    }
  })()`;
}
