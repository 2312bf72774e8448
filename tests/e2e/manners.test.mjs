// The manners of the page's service worker: for each answer of the server, what the visitor sees,
// what the device then has, and whether the page tells of a new version.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { browserAndVersions } from './versions.mjs';
import { checkUpdate, Device, foreign, tells, visitControlled, visitOnce } from './visits.mjs';

const { browser, built } = await browserAndVersions(['old', 'new', 'newer']);

/**
 * The state of the device before the visit.
 * @type {Record<string, (device: Device) => Promise<unknown>>}
 */
const STATES = {
  'first visit': async () => {},
  kept: async (device) => (await visitOnce(device)).close(),
  'update waiting': async (device) => {
    const page = await visitControlled(device);
    device.deployed = built.versions[1];
    await checkUpdate(page);
    assert.ok(await tells(page, 5000), 'the open page is older than the waiting worker');
  },
};

const isPage = (/** @type {string} */ path) => /\/shows\/(index\.html|sw\.js)?$/.test(path);
const redirect = (/** @type {number} */ status) => (/** @type {Device} */ device) => {
  const reply = foreign(status, 'moved');
  reply.headers.Location = device.elsewhere;
  device.answer = () => reply;
};
const error = (/** @type {number} */ status) => (/** @type {Device} */ device) => {
  device.answer = () => foreign(status, String(status));
};

/** @type {Record<string, (device: Device) => unknown>} */
const ANSWERS = {
  'our page': () => {},
  'a portal’s page': (device) => {
    device.answer = () => foreign(200, 'portal');
  },
  'redirect 301': redirect(301),
  'redirect 302': redirect(302),
  'redirect 307': redirect(307),
  'redirect 308': redirect(308),
  'error 403': error(403),
  'error 404': error(404),
  'error 410': error(410),
  'error 429': error(429),
  'error 503': error(503),
  'a portal’s 511': error(511),
  'nothing for long': (device) => {
    device.answer = (path) => (isPage(path) ? new Promise(() => {}) : undefined);
  },
  'no connection': (device) => device.server.close(),
};

// The page in sight | the versions that the device then has | whether the notice shows.
const MATRIX = `
                   first visit          kept                 update waiting
our page           old | old | -        old | old | -        new | new old | -
a portal’s page    portal | | -         portal | old | -     portal | new old | -
redirect 301       moved | | -          moved | old | -      moved | new old | -
redirect 302       moved | | -          moved | old | -      moved | new old | -
redirect 307       moved | | -          moved | old | -      moved | new old | -
redirect 308       moved | | -          moved | old | -      moved | new old | -
error 403          403 | | -            403 | old | -        403 | new old | -
error 404          404 | | -            404 | | -            404 | | -
error 410          410 | | -            410 | | -            410 | | -
error 429          429 | | -            old | old | -        old | new old | notice
error 503          503 | | -            old | old | -        old | new old | notice
a portal’s 511     511 | | -            511 | old | -        511 | new old | -
nothing for long   nothing | | -        old | old | -        old | new old | notice
no connection      nothing | | -        old | old | -        old | new old | notice
`;

/** @param {string} line */
const cells = (line) => line.split(/ {2,}/).map((cell) => cell.trim());
const [states, ...rows] = MATRIX.trim().split('\n').map(cells);

/** Returns what a visit shows. @param {Device} device @param {import('playwright-core').Page} page */
async function see(device, page) {
  try {
    await page.goto(device.url, { timeout: 4500 }); // a worker waits for the server for 3000
    return page.title();
  } catch {
    return 'nothing';
  }
}

/**
 * Visits in a new tab, and compares what comes of it.
 * @param {Device} device @param {string} answer
 * @param {{ seen: string, kept: string[], isTold: boolean }} expected
 */
async function visit(device, answer, { seen, kept, isTold }) {
  const { asked } = device.server;
  const before = asked.length;
  await ANSWERS[answer](device);
  const page = await device.context.newPage();
  assert.equal(await see(device, page), seen);
  if (answer !== 'no connection')
    assert.ok(asked.slice(before).includes('/shows/'), 'the server is asked');
  await device.keeps(kept);
  assert.equal(await tells(page, isTold ? 9000 : 300), isTold);
  await device.keeps(kept); // and it stays so
  assert.equal(await device.registrations(), kept.length > 0 ? 1 : 0);
  await page.close();
  device.answer = undefined;
}

describe('the matrix', { concurrency: true }, () => {
  for (const [at, state] of states.entries())
    describe(state, { concurrency: 1 }, () => {
      // One device for all answers that leave it as it was.
      /** @type {Device | undefined} */
      let device;
      const discard = async () => {
        await device?.close();
        device = undefined;
      };
      after(discard);
      for (const [answer, ...expected] of rows)
        test(answer, async () => {
          const [seen, list, notice] = expected[at].split('|').map((part) => part.trim());
          const kept = list ? list.split(' ') : [];
          if (!device) {
            device = await Device.create(browser, built.versions[0]);
            await STATES[state](device);
          }
          try {
            await visit(device, answer, { seen, kept, isTold: notice === 'notice' });
          } catch (error) {
            await discard();
            throw error;
          }
          if (/^(our page|no connection|error 4(04|10))$/.test(answer)) await discard();
        });
    });
});
