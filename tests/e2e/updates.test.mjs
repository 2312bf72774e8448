// Updates of the page while its tabs are open, and what may pass for an update but is none.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserAndVersions } from './versions.mjs';
import { checkUpdate, Device, foreign, idle, ready, tells, visitControlled } from './visits.mjs';

/** @typedef {import('playwright-core').Page} Page */
const { browser, built } = await browserAndVersions(['old', 'new', 'newer']);

/** Runs a test on a device of its own. @param {(device: Device) => Promise<void>} run */
const onDevice = (run) => async () => {
  const device = await Device.create(browser, built.versions[0]);
  try {
    await run(device);
  } finally {
    await device.close();
  }
};

/**
 * Whether a tab gets a file of its version that it fetches late, as it does the map's. The
 * browser's own cache does not count.
 * @param {Page} page @param {number} version
 */
const hasMap = (page, version) =>
  page.evaluate(
    async (app) => (await fetch(`${app}/map.css`, { cache: 'no-store' })).ok,
    built.versions[version].app,
  );

/** @param {Page} page */
const pressUpdate = (page) =>
  Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Update' }).click()]);

describe('updates', { concurrency: 3 }, () => {
  test(
    'a visit after a deploy shows the new page, tells nothing and leaves one version',
    onDevice(async (device) => {
      await (await visitControlled(device)).close();
      device.deployed = built.versions[1];
      const page = await device.open();
      assert.equal(await page.title(), 'new');
      await device.keeps(['new']);
      assert.equal(await tells(page), false);
      await device.server.close();
      await page.reload();
      assert.equal(await page.title(), 'new');
    }),
  );

  test(
    'tabs of two versions: the new one takes over silently, the old one goes on until it updates',
    onDevice(async (device) => {
      const old = await visitControlled(device);
      device.deployed = built.versions[1];
      const fresh = await device.open();
      assert.equal(await fresh.title(), 'new');
      assert.equal(await tells(old, 5000), true, 'the old tab is told');
      await idle(fresh);
      await fresh.waitForFunction(
        async () => !(await navigator.serviceWorker.getRegistration())?.waiting,
      );
      assert.equal(await tells(fresh), false);
      assert.equal(await old.title(), 'old', 'nothing changes under it');
      assert.equal(await hasMap(old, 0), true, 'its files are still there');
      await device.keeps(['new', 'old']);
      await pressUpdate(old);
      assert.equal(await old.title(), 'new');
      await fresh.close();
      await old.reload();
      await device.keeps(['new']);
    }),
  );

  test(
    'one of two old tabs updates: the other one goes on',
    onDevice(async (device) => {
      const one = await visitControlled(device);
      const other = await device.open();
      await ready(other);
      device.deployed = built.versions[1];
      await checkUpdate(one);
      assert.equal(await tells(one, 5000), true);
      await pressUpdate(one);
      assert.equal(await one.title(), 'new');
      await ready(one);
      await device.keeps(['new', 'old']);
      assert.equal(await other.title(), 'old');
      assert.equal(await hasMap(other, 0), true);
      device.answer = () => foreign(503, '503');
      await other.reload();
      assert.equal(await other.title(), 'new', 'the kept page is the one that was updated to');
    }),
  );

  test(
    'an old page alone without its server: the update that waits is told, stays, and can be had',
    onDevice(async (device) => {
      const page = await visitControlled(device);
      device.deployed = built.versions[1];
      await checkUpdate(page);
      assert.equal(await tells(page, 5000), true);
      device.answer = () => foreign(503, '503');
      await page.reload();
      assert.equal(await page.title(), 'old');
      assert.equal(await tells(page, 9000), true);
      await device.keeps(['new', 'old']);
      await pressUpdate(page);
      assert.equal(await page.title(), 'new');
    }),
  );

  test(
    'a worker that waits since before is older than the page: no news, and the newest takes over',
    onDevice(async (device) => {
      const holder = await visitControlled(device);
      device.deployed = built.versions[1];
      await checkUpdate(holder);
      assert.equal(await tells(holder, 5000), true);
      device.deployed = built.versions[2];
      const page = await device.open();
      assert.equal(await page.title(), 'newer');
      await device.keeps(['new', 'newer', 'old']);
      await idle(page);
      assert.equal(await tells(page, 600), false);
      await holder.close();
      await page.reload();
      await device.keeps(['newer']);
    }),
  );

  test(
    'a portal that answers for the page alone is never kept, neither first nor as an update',
    onDevice(async (device) => {
      const portal = (/** @type {string} */ path) =>
        path.endsWith('index.html') ? foreign(200, 'portal') : undefined;
      device.answer = portal;
      const first = await device.open();
      await first.waitForFunction(
        async () => (await navigator.serviceWorker.getRegistrations()).length === 0,
      );
      while (!device.server.asked.includes('/shows/index.html')) await first.waitForTimeout(50);
      await first.waitForTimeout(300);
      assert.deepEqual(await device.kept(), []);
      assert.equal(await first.locator('#badge').isVisible(), false);
      device.answer = undefined;
      await first.reload();
      await ready(first);
      await first.reload();
      await ready(first);

      device.answer = portal;
      device.deployed = built.versions[1];
      await checkUpdate(first);
      await first.waitForFunction(
        async () => !(await navigator.serviceWorker.getRegistration())?.installing,
      );
      assert.equal(await tells(first), false);
      assert.deepEqual(await device.kept(), ['old']);
      device.answer = undefined;
      await checkUpdate(first);
      assert.equal(await tells(first, 5000), true);
    }),
  );

  test(
    'a page that is gone and comes back is kept anew, though a tab stayed open',
    onDevice(async (device) => {
      const holder = await visitControlled(device);
      device.answer = () => foreign(404, '404');
      const page = await device.open();
      assert.equal(await page.title(), '404');
      await device.keeps([]);
      assert.equal(await holder.title(), 'old');
      device.answer = undefined;
      await page.goto(device.url);
      await ready(page);
      await device.keeps(['old']);
      await device.server.close();
      await page.reload();
      assert.equal(await page.title(), 'old');
    }),
  );

  test(
    'a page whose body is slow to come is the server’s, and whole',
    onDevice(async (device) => {
      const page = await visitControlled(device);
      device.deployed = built.versions[1];
      device.answer = async (path, reply) => {
        if (path !== '/shows/') return undefined;
        const own = { ...reply, body: Buffer.from('<!doctype html><title>slow</title><p>whole') };
        return { ...own, bodyAfter: new Promise((resolve) => setTimeout(resolve, 4000)) };
      };
      await page.goto(device.url);
      assert.equal(await page.title(), 'slow');
      assert.equal(await page.getByText('whole').count(), 1);
    }),
  );
});
