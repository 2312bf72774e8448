// How the wasm module is found, and what is said where it is not.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, test } from 'node:test';
import { compileBytes, fetchModule } from '#client/compile.js';
import { loadRecommender } from '#client/module.js';

const URL_ = new URL('https://host.invalid/client/wasm/osusume_bg.wasm');
const real = {
  fetch: globalThis.fetch,
  validate: WebAssembly.validate,
  compile: WebAssembly.compile,
  Module: WebAssembly.Module,
};
afterEach(() => {
  globalThis.fetch = real.fetch;
  Object.assign(WebAssembly, {
    validate: real.validate,
    compile: real.compile,
    Module: real.Module,
  });
});

/** @param {Response | Error} outcome */
const answering = (outcome) => {
  globalThis.fetch = async () => {
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
};
const glue = () => import('#client/wasm/osusume.js');
const module_ = () => readFile('www/client/wasm/osusume_bg.wasm');
/** @param {Promise<unknown>} promise @param {string} code @param {RegExp} message */
const rejectsWith = (promise, code, message) =>
  assert.rejects(promise, { name: 'OsusumeError', code, message });

test('any MIME type will do', async () => {
  for (const type of ['application/wasm', 'application/octet-stream', 'text/plain', '']) {
    answering(new Response(await module_(), { headers: { 'Content-Type': type } }));
    assert.ok((await fetchModule(URL_)) instanceof WebAssembly.Module, type);
  }
});

test('not there, or something else there', async () => {
  answering(new Response('', { status: 404 }));
  await rejectsWith(fetchModule(URL_), 'wasm_missing', /404.*Upload the whole client folder/);
  answering(new TypeError('fetch failed'));
  await rejectsWith(fetchModule(URL_), 'network', /fetch failed/);
  for (const [type, body] of /** @type {const} */ ([
    ['text/html', '\n <!doctype html>'],
    ['application/wasm', '<html>'],
    ['application/wasm', ''],
  ])) {
    answering(new Response(body, { headers: { 'Content-Type': type } }));
    await rejectsWith(
      fetchModule(URL_),
      'wasm_invalid',
      /web page|does not compile|something else/,
    );
  }
  answering(
    new Response((await module_()).subarray(0, 5000), {
      headers: { 'Content-Type': 'application/octet-stream' },
    }),
  );
  await rejectsWith(fetchModule(URL_), 'wasm_invalid', /cut short/);
});

test('a policy against WebAssembly is named, with the word to add', async () => {
  const refuse = () => new WebAssembly.CompileError('in words of the browser');
  WebAssembly.compile = () => Promise.reject(refuse());
  await rejectsWith(
    compileBytes(Uint8Array.of(0, 97, 115, 109), URL_),
    'wasm_invalid',
    /does not compile/,
  );
  // A policy forbids every module, and so it is told from one that is damaged.
  WebAssembly.Module = /** @type {any} */ (
    class {
      constructor() {
        throw refuse();
      }
    }
  );
  await rejectsWith(
    compileBytes(Uint8Array.of(0, 97, 115, 109), URL_),
    'wasm_blocked',
    /wasm-unsafe-eval/,
  );
});

test('no SIMD: told before anything is fetched; a later try may succeed', async () => {
  WebAssembly.validate = () => false;
  await assert.rejects(
    loadRecommender(glue, () => assert.fail('nothing may be fetched')),
    { code: 'wasm_unsupported', missing: 'simd128' },
  );
  WebAssembly.validate = real.validate;
  const load = () =>
    loadRecommender(glue, async (url) => compileBytes(new Uint8Array(await readFile(url)), url));
  assert.equal(await load(), await load());
});
