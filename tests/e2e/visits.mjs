// Visits to a page that its service worker may have kept, whatever its server answers.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { serveFolder, TYPES } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./harness.mjs').Reply} Reply */
/** @typedef {import('./versions.mjs').Version} Version */
/** @typedef {Reply | undefined} MaybeReply */
/** @typedef {(path: string, reply: Reply) => MaybeReply | Promise<MaybeReply>} Answer */

export const NOTICE = 'A new version of this page is here.';
const PREFIX = '/shows/';

/** A page that is not ours. @param {number} status @param {string} title @returns {Reply} */
export const foreign = (status, title) => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
  body: Buffer.from(`<!doctype html><title>${title}</title>`),
});

/** A device with a browser profile of its own, and the server that it visits. */
export class Device {
  /** The answer in place of the version that lies on the server. @type {Answer | undefined} */
  answer;
  /** Where the page has moved. */
  elsewhere = `${PREFIX}elsewhere/`;

  /**
   * @param {import('playwright-core').BrowserContext} context
   * @param {Awaited<ReturnType<typeof serveFolder>>} server
   * @param {Page} probe looks into the caches from outside of the worker's scope
   * @param {Version} deployed the version that lies on the server
   */
  constructor(context, server, probe, deployed) {
    this.context = context;
    this.server = server;
    this.probe = probe;
    this.deployed = deployed;
  }

  /** @param {import('playwright-core').Browser} browser @param {Version} deployed */
  static async create(browser, deployed) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(10_000);
    /** @type {Device | undefined} */
    let device;
    const server = await serveFolder({
      folder: deployed.folder,
      prefix: PREFIX,
      isPage: true,
      missing: /./, // old tabs ask for files that the site no longer has
      alter: (path, reply) => device?.reply(path, reply),
    });
    const probe = await context.newPage();
    await probe.route('**/probe', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
    );
    await probe.goto(`${server.origin}/probe`);
    device = new Device(context, server, probe, deployed);
    return device;
  }

  /** @param {string} path @param {Reply} reply @returns {Promise<Reply | undefined>} */
  async reply(path, reply) {
    if (path === this.elsewhere) return foreign(200, 'moved');
    const answer = await this.answer?.(path, reply);
    if (answer) return answer;
    const name = path.slice(PREFIX.length) || 'index.html';
    const body = await readFile(join(this.deployed.folder, name)).catch(() => undefined);
    if (!body) return foreign(404, '404');
    const type = TYPES.get(extname(name));
    const headers = type ? { ...reply.headers, 'Content-Type': type } : reply.headers;
    return { status: 200, headers, body };
  }

  get url() {
    return this.server.url;
  }

  /** Opens a tab. @param {string} [hash] */
  async open(hash = '') {
    const page = await this.context.newPage();
    await page.goto(this.url + hash);
    return page;
  }

  /**
   * The versions that the device has, by their titles.
   * @returns {Promise<string[]>}
   */
  kept() {
    return this.probe.evaluate(async (home) => {
      const names = (await caches.keys()).filter((name) => name.startsWith('osusume-shell '));
      const versions = names.map(async (name) => {
        const version = name.split(' ').at(-1) ?? '';
        const html = (await (await caches.match(home, { cacheName: name }))?.text()) ?? 'nothing';
        const title = /<title>(.*)<\/title>/.exec(html)?.[1] ?? html;
        return html.includes(version) ? title : `${title} as ${version}`;
      });
      return (await Promise.all(versions)).sort();
    }, `${this.url}index.html`);
  }

  /** How many service workers' registrations are left. */
  registrations() {
    return this.probe.evaluate(
      async () => (await navigator.serviceWorker.getRegistrations()).length,
    );
  }

  /** Waits until the device has these versions. @param {string[]} versions */
  async keeps(versions) {
    const until = Date.now() + 10_000;
    let kept = await this.kept();
    while (String(kept) !== String(versions) && Date.now() < until) {
      await this.probe.waitForTimeout(50);
      kept = await this.kept();
    }
    assert.deepEqual(kept, versions);
  }

  async close() {
    await this.context.close();
    await this.server.close();
  }
}

/** @param {Page} page */
export const ready = (page) => page.locator('#badge[data-state=ready]').waitFor();

/** Checks for a new worker, as the browser does by itself now and then. @param {Page} page */
export const checkUpdate = (page) =>
  page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update().catch(() => {});
  });

/** Waits for the worker of a page to be all that there is of it. @param {Page} page */
export const idle = (page) =>
  page.waitForFunction(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return registration?.active?.state === 'activated' && !registration.installing;
  });

/**
 * Whether the page tells that a newer one is here.
 * @param {Page} page @param {number} [ms] to wait for it
 */
export const tells = (page, ms = 300) =>
  page
    .getByText(NOTICE)
    .waitFor({ timeout: ms })
    .then(
      () => true,
      () => false,
    );

/** Visits until the page is kept. @param {Device} device */
export async function visitOnce(device) {
  const page = await device.open();
  await ready(page);
  await idle(page);
  return page;
}

/** The same, and the worker controls the page: it has seen it load. @param {Device} device */
export async function visitControlled(device) {
  const page = await visitOnce(device);
  await page.reload();
  await ready(page);
  return page;
}
