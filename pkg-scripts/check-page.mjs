// Opens the page in headless Chromium, types, chooses Cowboy Bebop and prints the first show of each list.
// Speaks to the browser over its DevTools pipe with nothing but Node, so that a check installs no package.
//   CHROMIUM=/usr/bin/chromium node pkg-scripts/check-page.mjs http://127.0.0.1:8000/

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WAIT_MS = 30_000;
const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node pkg-scripts/check-page.mjs URL');
  process.exit(2);
}

const profile = mkdtempSync(join(tmpdir(), 'osusume-check-'));
const browser = spawn(
  process.env.CHROMIUM ?? 'chromium',
  [
    '--headless',
    '--remote-debugging-pipe',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--user-data-dir=${profile}`,
    'about:blank',
  ],
  { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
);
const [, , stderr, to, from] = /** @type {any[]} */ (browser.stdio);

/** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
const waiting = new Map();
let lastId = 0;
let rest = '';
let browserSaid = '';
stderr.on('data', (/** @type {Buffer} */ data) => {
  browserSaid = (browserSaid + data).slice(-2000);
});
from.on('data', (/** @type {Buffer} */ data) => {
  const parts = (rest + data).split('\0');
  rest = parts.pop() ?? '';
  for (const part of parts) {
    const { id, result, error } = JSON.parse(part);
    const call = waiting.get(id);
    waiting.delete(id);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
  }
});
to.on('error', () => {}); // the browser's end is reported below
browser.on('error', (error) => end(1, `the browser did not start: ${error.message}`));
browser.on('exit', (code) => end(1, `the browser ended by itself (${code}): ${browserSaid}`));
setTimeout(() => end(1, `nothing came within ${WAIT_MS / 1000} s`), WAIT_MS).unref();

/** @param {string} method @param {object} [params] @param {string} [sessionId] @returns {Promise<any>} */
function send(method, params = {}, sessionId) {
  const id = ++lastId;
  to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

/** @param {number} code @param {string} [message] */
function end(code, message) {
  if (message) console.error(`check-page: ${message}`);
  process.exitCode = code;
  browser.removeAllListeners();
  const clean = () => {
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch {
      // One of the browser's processes still writes: the folder is the system's to clear.
    }
    process.exit();
  };
  if (browser.exitCode !== null || browser.pid === undefined) return clean();
  browser.once('exit', () => setTimeout(clean, 100));
  send('Browser.close').catch(() => {});
  setTimeout(() => browser.kill('SIGKILL'), 3000).unref();
}

/** Runs in the page: types, chooses, waits for both lists. */
const VISIT = async () => {
  /** @template T @param {() => T} look @returns {Promise<NonNullable<T>>} */
  const until = async (look) => {
    for (;;) {
      const seen = look();
      if (seen) return seen;
      const problem = document.querySelector('.problem-box');
      if (problem) throw new Error(problem.textContent ?? '');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const input = await until(
    () => /** @type {HTMLInputElement | null} */ (document.querySelector('[role=combobox]')),
  );
  input.focus();
  input.value = 'Cowboy Beb';
  input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  const option = await until(() =>
    [...document.querySelectorAll('[role=option]')].find(
      (each) => each.querySelector('.title')?.textContent === 'Cowboy Bebop',
    ),
  );
  /** @type {HTMLElement} */ (option).click();
  const status = await until(
    () => /^.*like Cowboy Bebop.*$/.exec(document.querySelector('#status')?.textContent ?? '')?.[0],
  ); // not the start list's
  // The rows in sight come first, the others after a frame.
  await until(() => !document.querySelector('#lists [aria-busy]'));
  const lists = ['ncf', 'synopsis'].map((model) => {
    const heading = document.querySelector(`#${model}-heading`)?.textContent;
    const rows = document.querySelectorAll(`#${model}-list > li`);
    return {
      heading,
      count: rows.length,
      first: rows[0]?.querySelector('h3')?.textContent,
      facts: rows[0]?.querySelector('.facts')?.textContent,
      score: rows[0]?.querySelector('.number')?.textContent,
    };
  });
  return { status, lists };
};

try {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  await send('Page.enable', {}, sessionId);
  const { errorText } = await send('Page.navigate', { url }, sessionId);
  if (errorText) throw new Error(`${url}: ${errorText}`);
  const { result, exceptionDetails } = await send(
    'Runtime.evaluate',
    {
      expression: `new Promise((resolve) => document.readyState === 'complete' ? resolve() : addEventListener('load', resolve)).then(${VISIT})`,
      awaitPromise: true,
      returnByValue: true,
    },
    sessionId,
  );
  if (exceptionDetails)
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  const { status, lists } = result.value;
  for (const { heading, first, facts, score } of lists)
    console.log(`${heading}: ${first} (${facts}), similarity ${score}`);
  console.log(status);
  const short = lists.find((/** @type {{ count: number }} */ { count }) => count !== 10);
  end(short ? 1 : 0, short && `“${short.heading}” has ${short.count} shows, not 10`);
} catch (error) {
  end(1, error instanceof Error ? error.message : String(error));
}
