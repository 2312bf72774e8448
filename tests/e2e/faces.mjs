// The four faces of the engine: each answers the same requests over a release in a folder.
// OSUSUME_BIN names the command; target/release/osusume unless told.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { open } from '#client/node.js';
import { CLIENT, launch, ROOT, serveFolder, watch } from './harness.mjs';
import { canonical } from './requests.mjs';

/** @typedef {import('#client/index.js').Osusume} Osusume */
/** @typedef {import('#client/index.js').Request} Request */

export const COMMAND = process.env.OSUSUME_BIN ?? join(ROOT, 'target/release/osusume');

/** One process answers all of them. @param {string} folder @param {Request[]} all @param {string} [line] the command, and what stands before it @returns {Promise<string[]>} */
export async function askCommand(folder, all, line = COMMAND) {
  const [program, ...before] = line.split(' ');
  const command = spawn(program, [...before, 'recommend', '--requests', '-', '--release', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  command.stdin.end(all.map((request) => `${JSON.stringify(request)}\n`).join(''));
  const lines = [];
  for await (const line of createInterface({ input: command.stdout })) lines.push(line);
  return lines;
}

/** Returns the answers as they come: this face prints the canonical form itself. @param {string} folder @param {Request[]} all @returns {Promise<string[]>} */
export async function askHttp(folder, all) {
  const face = spawn(
    COMMAND,
    ['serve', '--port', '0', '--release', folder, '--quiet', '--deadline', '60'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  try {
    let base = '';
    for await (const line of createInterface({ input: face.stdout })) {
      base = line.trim().replace(/\/$/, '');
      break;
    }
    const answers = [];
    for (const request of all) {
      const headers = { 'Content-Type': 'application/json', 'Accept-Language': '*' };
      const response = await fetch(`${base}/v1/recommend`, {
        method: 'POST',
        headers,
        body: JSON.stringify(request),
      });
      answers.push(await response.text());
    }
    return answers;
  } finally {
    face.kill();
  }
}

/** @template D @typedef {(opened: Osusume, data: D) => Promise<unknown[]>} Ask asks for everything in `data`; in Chromium it sees nothing else */

/** @template D @param {string} folder @param {D} data @param {Ask<D>} ask @returns {Promise<string[]>} */
export async function askNode(folder, data, ask) {
  const opened = await open(join(folder, 'manifest.json'));
  try {
    return (await ask(opened, data)).map((answer) => canonical(answer));
  } finally {
    opened.close();
  }
}

/** @template D @param {string} folder @param {D} data @param {Ask<D>} ask @returns {Promise<string[]>} */
export async function askChromium(folder, data, ask) {
  const [browser, client, release] = await Promise.all([
    launch(),
    serveFolder({ folder: CLIENT }),
    serveFolder({ folder, cors: true }),
  ]);
  try {
    const { page } = await watch(browser, `${client.url}index.js`);
    return await page.evaluate(`(async () => {
      const { open } = await import('/index.js');
      const opened = await open(${JSON.stringify(`${release.url}manifest.json`)});
      if (opened.thread !== 'worker') throw new Error('not in a worker');
      const canonical = ${canonical};
      return (await (${ask})(opened, ${JSON.stringify(data)})).map((answer) => canonical(answer));
    })()`);
  } finally {
    await browser.close();
    await Promise.all([client.close(), release.close()]);
  }
}

/** Asks for each request. @type {Ask<Request[]>} */
export const recommendAll = async (opened, requests) =>
  Promise.all(requests.map((request) => opened.recommend(request)));
