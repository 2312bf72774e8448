// The browser is asked not to evict what is kept, and no visitor is asked anything.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserAndVersions } from './versions.mjs';
import { Device, ready } from './visits.mjs';

const { browser, built } = await browserAndVersions(['page']);

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
/**
 * @typedef {object} Browser
 * @property {boolean} [has] whether storage lasts already
 * @property {string} [permission] for storage that lasts
 * @property {string} [answer] to the request
 * @property {string} [userAgent]
 */
/** Kinds of browsers, and whether each is asked. @type {Record<string, [Browser, boolean]>} */
const BROWSERS = {
  'Chromium, which decides by itself': [{ permission: 'prompt', answer: 'true' }, true],
  'one that says no': [{ permission: 'prompt', answer: 'false' }, true],
  'one that refuses': [{ permission: 'prompt', answer: 'error' }, true],
  'one that never answers': [{ permission: 'prompt', answer: 'never' }, true],
  'Safari, which has no such permission': [{ permission: 'error', answer: 'true' }, true],
  'one that persists already': [{ has: true, permission: 'granted' }, false],
  'one whose visitor said no': [{ permission: 'denied' }, false],
  'Firefox, which would ask the visitor': [{ permission: 'prompt', userAgent: FIREFOX }, false],
  'Firefox, whose visitor said yes': [
    { permission: 'granted', answer: 'true', userAgent: FIREFOX },
    true,
  ],
};

/** Makes this browser another, and notes when it is asked. @param {Browser} browser */
function pretend({ has = false, permission, answer, userAgent }) {
  const page = /** @type {typeof globalThis & { asked: boolean[] }} */ (globalThis);
  page.asked = [];
  const isReady = () => document.querySelector('#badge[data-state=ready]') !== null;
  navigator.storage.persisted = async () => has;
  navigator.storage.persist = async () => {
    page.asked.push(isReady());
    if (answer === 'error') throw new TypeError('no');
    return answer === 'never' ? new Promise(() => {}) : answer === 'true';
  };
  navigator.permissions.query = async ({ name }) => {
    if (permission === 'error') throw new TypeError(`no permission ${name}`);
    return /** @type {PermissionStatus} */ ({ name: String(name), state: permission });
  };
  if (userAgent) Object.defineProperty(navigator, 'userAgent', { value: userAgent });
}

describe('storage that lasts', { concurrency: 3 }, () => {
  for (const [name, [like, isAsked]] of Object.entries(BROWSERS))
    test(`${name}: ${isAsked ? 'asked once, before the badge' : 'not asked'}`, async () => {
      const device = await Device.create(browser, built.versions[0]);
      try {
        await device.context.addInitScript(pretend, like);
        const page = await device.open();
        await ready(page);
        const asked = await page.evaluate(() => /** @type {any} */ (globalThis).asked);
        assert.deepEqual(asked, isAsked ? [false] : []);
      } finally {
        await device.close();
      }
    });

  test('a browser without it: the page is kept all the same', async () => {
    const device = await Device.create(browser, built.versions[0]);
    try {
      await device.context.addInitScript(() => {
        Object.defineProperty(navigator, 'storage', { value: undefined });
        Object.defineProperty(navigator, 'permissions', { value: undefined });
      });
      await ready(await device.open());
    } finally {
      await device.close();
    }
  });

  test('nothing is kept: nothing is asked', async () => {
    const device = await Device.create(browser, built.versions[0]);
    try {
      await device.context.addInitScript(pretend, { permission: 'prompt', answer: 'true' });
      device.answer = (path) =>
        path.endsWith('.webmanifest')
          ? { status: 503, headers: {}, body: Buffer.from('') }
          : undefined;
      const page = await device.open();
      while (!device.server.asked.some((path) => path.endsWith('sw.js')))
        await page.waitForTimeout(50);
      await page.waitForTimeout(500);
      assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).asked), []);
    } finally {
      await device.close();
    }
  });
});
