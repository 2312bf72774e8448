// What the browser tests share: a static server whose replies a test may alter, one browser, and a page that is watched.
// The server keeps a ledger of what it is told, whoever of the page asks: itself, its worker or its
// service worker. Every other host is one that listens here, and wants to hear nothing.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createHost } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The client's modules, as pkg-scripts/build-client.sh makes them. */
export const CLIENT = join(ROOT, 'target/client');
export const SITE = process.env.SITE ?? join(ROOT, 'target/site'); // a folder that build-site.sh made
export const EMBEDDINGS = join(SITE, 'embeddings');

export const TYPES = new Map(
  Object.entries({
    '.css': 'text/css; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.json': 'application/json',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm',
    '.webmanifest': 'application/manifest+json',
  }),
);

/** The strictest policy the page must live with. @param {string} [connect] another origin it may fetch from */
export const policy = (connect = '') =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ${connect}; manifest-src 'self'; base-uri 'none'; form-action 'none'`;

/** The same for the page itself, which names what vouches for the addresses of its scripts. */
export const sitePolicy = () =>
  `${policy()}; require-trusted-types-for 'script'; trusted-types osusume`;

/**
 * A reply; its body waits for `bodyAfter`.
 * @typedef {{ status: number, headers: Record<string, string>, body: Buffer, bodyAfter?: Promise<unknown> }} Reply
 */
/**
 * What a server was told in one request.
 *
 * @typedef {object} Told
 * @property {string} method
 * @property {string} path
 * @property {string} query with its question mark
 * @property {string} body
 * @property {string[]} headers names of those that Chromium does not send by itself
 * @property {string} from what it was for, in the words of `Sec-Fetch-Dest`
 * @property {boolean} isServed whether the folder has such a file, or the test a reply
 */

/** What Chromium sends by itself; a cookie is not among it. */
const USUAL = new RegExp(
  `^(${[
    'accept(-encoding|-language)?',
    'cache-control',
    'connection',
    'host',
    'if-(modified-since|none-match)',
    'origin',
    'pragma',
    'priority',
    'purpose',
    'range',
    'referer',
    'sec-.*',
    'service-worker',
    'upgrade-insecure-requests',
    'user-agent',
  ].join('|')})$`,
);

/**
 * What a request says beyond the name of a file that the folder has.
 * @param {Told} told @returns {string[]}
 */
function leaksOf({ method, path, query, body, headers, from, isServed }) {
  const leaks = [
    method !== 'GET' && 'not GET',
    !isServed && 'no file of the site',
    query && 'a query',
    body && `a body: ${body}`,
    headers.length && `headers: ${headers}`,
  ].filter(Boolean);
  return leaks.length ? [`${method} ${path}${query} (${from}): ${leaks.join('; ')}`] : [];
}

/**
 * Serves a folder on a free port of 127.0.0.1.
 *
 * @param {object} [options]
 * @param {string} [options.folder]
 * @param {string} [options.prefix] the path it lies under
 * @param {boolean} [options.cors]
 * @param {string} [options.csp] the pages' Content-Security-Policy
 * @param {(path: string, reply: Reply) => Reply | undefined | void | Promise<Reply | undefined | void>} [options.alter] changes a reply, or gives another
 * @param {boolean} [options.isPage] whether it is the page, which tells its server nothing; `close` sees to it
 * @param {RegExp} [options.missing] paths that the release names, though no file is there
 */
export async function serveFolder(options = {}) {
  const { folder = SITE, prefix = '/', cors = false, csp = sitePolicy(), alter } = options;
  const { isPage = folder === SITE, missing = /^$/ } = options;
  /** @type {string[]} */
  const asked = [];
  /** @type {Told[]} */
  const ledger = [];
  const leaks = () => ledger.flatMap(leaksOf);
  /** @param {import('node:http').IncomingMessage} request @returns {Told} */
  const write = ({ method = '', url = '/', headers }) => {
    const { pathname: path, search: query } = new URL(url, 'http://localhost');
    const from = String(headers['sec-fetch-dest'] ?? '?');
    const odd = Object.keys(headers).filter((name) => !USUAL.test(name));
    const told = { method, path, query, body: '', headers: odd, from, isServed: true };
    ledger.push(told);
    return told;
  };
  const server = createServer(async (request, response) => {
    const told = write(request);
    const { path } = told;
    asked.push(path);
    try {
      for await (const chunk of request) told.body += chunk;
    } catch {
      return; // the page has left
    }
    const inside = normalize(decodeURIComponent(path.slice(prefix.length))) || '.';
    const file = join(
      folder,
      inside === '.' || inside.endsWith('/') ? join(inside, 'index.html') : inside,
    );
    /** @type {Reply} */
    let reply;
    try {
      if (!path.startsWith(prefix) || inside.startsWith('..')) throw new Error('outside');
      reply = {
        status: 200,
        headers: { 'Content-Type': TYPES.get(extname(file)) ?? 'application/octet-stream' },
        body: await readFile(file),
      };
    } catch {
      reply = {
        status: 404,
        headers: { 'Content-Type': 'text/html; charset=utf-8' },
        body: Buffer.from('<!doctype html><title>Not found</title>'),
      };
    }
    reply.headers['Cache-Control'] =
      reply.status === 200 && /[-.][0-9a-f]{8,}[./]/.test(path)
        ? 'public, max-age=31536000, immutable'
        : 'no-cache';
    if (cors) reply.headers['Access-Control-Allow-Origin'] = '*';
    if (extname(file) === '.html') reply.headers['Content-Security-Policy'] = csp;
    const isFile = reply.status === 200;
    reply = (await alter?.(path, reply)) ?? reply;
    told.isServed = isFile || reply.status === 200 || missing.test(path);
    response.writeHead(reply.status, { ...reply.headers, 'Content-Length': reply.body.length });
    if (reply.bodyAfter) response.flushHeaders();
    await reply.bodyAfter;
    response.end(reply.body);
  });
  server.on('upgrade', (request, socket) => {
    // a web socket
    write(request).method = 'UPGRADE';
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  server.unref(); // a test that fails before it closes this ends all the same
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}${prefix}`,
    asked,
    ledger,
    /** What the ledger has that no page of ours may say. */
    leaks,
    close: async () => {
      await new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      });
      if (isPage) assert.deepEqual(leaks(), [], 'the page tells its server nothing');
    },
  };
}

// Whom Chromium itself calls: for its updates, its sign-in, the fields it would fill in. It does
// not reach them, and it is not the page that asks.
const CHROMIUMS = [
  'accounts.google.com',
  'clients2.google.com',
  'clients2.googleusercontent.com',
  'content-autofill.googleapis.com',
  'edgedl.me.gvt1.com',
  'optimizationguide-pa.googleapis.com',
  'redirector.gvt1.com',
  'safebrowsing.googleapis.com',
  'update.googleapis.com',
];

/** Stands in for every host but this machine; writes down who is called and how the call begins. */
async function listenAbroad() {
  /** @type {string[]} */
  const heard = [];
  const host = createHost((socket) => {
    const at = heard.push('a connection that says nothing') - 1;
    socket
      .on('error', () => {})
      .once('data', (data) => {
        const text = data.toString('latin1');
        const names = text.match(/[a-z0-9-]+(\.[a-z0-9-]+)+/g) ?? [];
        const isSecret = data[0] === 22; // a TLS handshake, whose longest name is the host's
        const longest = names.toSorted((a, b) => b.length - a.length)[0];
        heard[at] = isSecret ? `https://${longest}` : text.split('\r\n').slice(0, 2).join(' ');
        socket.destroy();
      });
  });
  await new Promise((resolve) => host.listen(0, '127.0.0.1', () => resolve(undefined)));
  host.unref();
  const { port } = /** @type {import('node:net').AddressInfo} */ (host.address());
  const unheard = CHROMIUMS.map((name) => `MAP ${name} ~NOTFOUND`);
  const rules = [...unheard, `MAP * 127.0.0.1:${port}`, 'EXCLUDE 127.*', 'EXCLUDE localhost'];
  return { heard, args: [`--host-resolver-rules=${rules}`], close: () => host.close() };
}

/** What other hosts heard of a browser. @type {WeakMap<object, string[]>} */
const abroad = new WeakMap();

/**
 * Starts a browser whose other hosts listen, and has its closing want that they heard nothing.
 * @template {{ close: (...args: any[]) => Promise<void> }} T
 * @param {(args: string[]) => Promise<T>} start
 * @returns {Promise<T>}
 */
async function alone(start) {
  const host = await listenAbroad();
  const browser = await start(host.args);
  const close = browser.close.bind(browser);
  abroad.set(browser, host.heard);
  browser.close = async (...args) => {
    await close(...args);
    host.close();
    assert.deepEqual(host.heard, [], 'nothing is asked of another host');
  };
  return browser;
}

// The pages of the browser's own window, its address bar's, take as long as those that are tested. The last such switch counts, so
// that what Playwright has in it and these pages would feel is named again.
const WITHOUT = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'PaintHolding',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'MediaRouter',
  'ThirdPartyStoragePartitioning',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];

const CHROMIUM = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    `--disable-features=${WITHOUT}`,
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** @param {string[]} [args] further switches */
export const launch = (args = []) =>
  alone((own) => chromium.launch({ ...CHROMIUM, args: [...CHROMIUM.args, ...own, ...args] }));

/** A browser whose profile stays in a folder. @param {string} folder @param {NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>} [options] */
export const launchProfile = (folder, { args = [], ...options } = {}) =>
  alone((own) =>
    chromium.launchPersistentContext(folder, {
      ...CHROMIUM,
      ...options,
      args: [...CHROMIUM.args, ...own, ...args],
    }),
  );

/**
 * Opens a page in a context of its own and watches it.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function watch(browser, url, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  /** @type {string[]} what the console said, and errors nobody caught */
  const said = [];
  /** @type {string[]} every address asked for, by the page or its worker */
  const requests = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`));
  context.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, context, said, requests };
}

/** A browser and the site, until the tests of the file have run. */
export async function site() {
  const [browser, server] = await Promise.all([launch(), serveFolder()]);
  after(async () => {
    await browser.close().finally(() => server.close());
  });
  return { browser, server };
}

/**
 * Returns a function that opens a page of the site and runs `visit`. It wants silence, no stranger,
 * and a server that is told nothing.
 * @param {Awaited<ReturnType<typeof site>>} site
 * @param {import('playwright-core').BrowserContextOptions} [defaults]
 * @param {string[]} [allowed] beginnings of addresses that are none of the site and no strangers
 */
export function visitor({ browser, server }, defaults, allowed = []) {
  /** @param {string} path @param {(page: import('playwright-core').Page, watched: Awaited<ReturnType<typeof watch>>) => Promise<void>} visit @param {import('playwright-core').BrowserContextOptions} [options] */
  return async (path, visit, options) => {
    const watched = await watch(browser, server.url + path, { ...defaults, ...options });
    try {
      await visit(watched.page, watched);
      // What is sent on leaving counts too.
      if (!watched.page.isClosed()) await watched.page.goto('about:blank');
      assert.deepEqual(watched.said, [], 'the console is empty');
      assert.deepEqual(server.leaks(), [], 'the page tells its server nothing');
      assert.deepEqual(abroad.get(browser), [], 'nothing is asked of another host');
      const known = ['about:blank', server.origin, ...allowed];
      const strangers = watched.requests.filter((url) => !known.some((own) => url.startsWith(own)));
      assert.deepEqual(strangers, [], 'nothing is asked of another origin');
    } finally {
      await watched.context.close();
    }
  };
}

/** What a trace says of threads and tasks. @typedef {{ name: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, cat: string, args: any }} TraceEvent */
/**
 * The tasks of threads of one page's process: the browser has other pages too, its toolbar and a spare one.
 *
 * @param {TraceEvent[]} events
 * @param {RegExp} names of threads
 * @param {TraceEvent | undefined} own any event of the page's
 */
export function tasksOf(events, names, own) {
  const threads = new Set(
    events
      .filter(
        ({ name, pid, args }) =>
          name === 'thread_name' && pid === own?.pid && names.test(args.name),
      )
      .map(({ tid }) => tid),
  );
  return events.filter(
    ({ ph, name, pid, tid }) =>
      ph === 'X' && /RunTask/.test(name) && pid === own?.pid && threads.has(tid),
  );
}

/** The lists, by the model that fills them. */
export const LISTS = /** @type {const} */ (['ncf', 'synopsis']);

/** Waits until a list has `count` shows with their exact scores and returns both. @param {import('playwright-core').Page} page @param {typeof LISTS[number]} model */
export async function readList(page, model, count = 10) {
  await page
    .locator(`#${model}-list > li[data-score]`)
    .nth(count - 1)
    .waitFor();
  return page.locator(`#${model}-list > li`).evaluateAll((rows) =>
    rows.map((row) => {
      const { dataset } = /** @type {HTMLElement} */ (row);
      return { id: Number(dataset.id), score: Number(dataset.score), text: row.textContent ?? '' };
    }),
  );
}

/** Waits until the one list answers what is set, and returns its ids. @param {import('playwright-core').Page} page */
export async function settled(page) {
  await page.locator('#status:not([aria-busy])', { hasText: /ranked|順位付け/ }).waitFor();
  await page.locator('#ranked-list:not([aria-busy])').waitFor();
  return page
    .locator('#ranked-list > li')
    .evaluateAll((rows) => rows.map((row) => Number(/** @type {HTMLElement} */ (row).dataset.id)));
}

/** Does something and waits for the list that follows. @param {import('playwright-core').Page} page @param {() => Promise<unknown>} change */
export async function changed(page, change) {
  const before = JSON.stringify(await settled(page));
  await change();
  await page.waitForFunction((old) => {
    const list = document.querySelector('#ranked-list');
    return (
      !list?.hasAttribute('aria-busy') &&
      JSON.stringify(
        [...(list?.children ?? [])].map((row) =>
          Number(/** @type {HTMLElement} */ (row).dataset.id),
        ),
      ) !== old
    );
  }, before);
  return settled(page);
}
