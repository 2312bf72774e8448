// Starts Debian's Firefox and WebKitGTK by their WebDriver programs, and records their consoles.
// smoke.test.mjs has what the page is asked to do, and what it must answer.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Browser, Builder } from 'selenium-webdriver';
import firefox from 'selenium-webdriver/firefox.js';
import { findFreePort } from 'selenium-webdriver/net/portprober.js';
import { DriverService } from 'selenium-webdriver/remote/index.js';
import { serveFolder, sitePolicy } from '../e2e/harness.mjs';

/**
 * A browser that shows no page yet, and a server of the site.
 *
 * @typedef {object} Started
 * @property {import('selenium-webdriver').WebDriver} driver
 * @property {Awaited<ReturnType<typeof serveFolder>>} server
 * @property {() => Promise<string[]>} messages what the console has said since the last call
 */
/**
 * Registers what must be stopped in the end, even where a later part does not start.
 * @typedef {(stop: () => unknown) => void} AtEnd
 */

/** Returns the path of a program. @param {string} name @param {string} source what to install */
function find(name, source) {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = paths.find((path) => existsSync(path));
  if (!found) throw new Error(`${name} is missing: ${source}`);
  return found;
}

/** Its closing compares headers with those of Chromium. */
const SERVER = { isPage: false };

/** @param {AtEnd} atEnd @returns {Promise<Started>} */
export async function startFirefox(atEnd) {
  const binary = find('firefox-esr', 'apt-get install firefox-esr');
  const program = find('geckodriver', 'cargo install geckodriver');
  const options = new firefox.Options().setBinary(binary).addArguments('-headless');
  options.enableBidi();
  const driver = await new Builder()
    .forBrowser(Browser.FIREFOX)
    .setFirefoxOptions(options)
    .setFirefoxService(new firefox.ServiceBuilder(program))
    .build();
  atEnd(() => driver.quit());
  const server = await serveFolder(SERVER);
  atEnd(server.close);
  /** @type {string[]} */
  const said = [];
  const bidi = await driver.getBidi();
  await bidi.subscribe('log.entryAdded');
  bidi.socket.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data));
    if (method === 'log.entryAdded') said.push(`${params.level}: ${params.text}`);
  });
  return { driver, server, messages: async () => said.splice(0) };
}

/** Starts a display, because WebKitGTK draws in a window. @param {AtEnd} atEnd */
async function startDisplay(atEnd) {
  const program = find('Xvfb', 'apt-get install xvfb');
  const args = ['-displayfd', '1', '-screen', '0', '1400x1100x24', '-nolisten', 'tcp'];
  const display = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  atEnd(() => display.kill());
  for await (const number of createInterface({ input: display.stdout })) return `:${number}`;
  throw new Error('Xvfb has not started');
}

// WebKitWebDriver has neither WebDriver BiDi nor a log. WebKitGTK can print the console, but not
// in a private session, and an automated one is private. So the page itself records what it says.
// The recorder does not hear what a worker says, nor what the browser adds about the network.
const RECORDER = `(() => {
  const said = (globalThis.consoleMessages = []);
  for (const level of ['debug', 'log', 'info', 'warn', 'error'])
    console[level] = (...words) => said.push(level + ': ' + words.join(' '));
  const record = (type, detail) =>
    addEventListener(type, (event) => said.push(type + ': ' + detail(event)), true);
  record('error', ({ message, target }) => message ?? target.src ?? target.href);
  record('unhandledrejection', ({ reason }) => reason);
  record('securitypolicyviolation', ({ violatedDirective }) => violatedDirective);
})();`;

/** A server whose page has the recorder, and a policy that allows just this script. */
function serveRecorded() {
  const hash = createHash('sha256').update(RECORDER).digest('base64');
  return serveFolder({
    ...SERVER,
    csp: sitePolicy().replace("script-src 'self'", `script-src 'self' 'sha256-${hash}'`),
    alter: (_path, reply) => {
      if (!String(reply.headers['Content-Type']).startsWith('text/html')) return;
      const html = String(reply.body).replace('<head>', `<head><script>${RECORDER}</script>`);
      return { ...reply, body: Buffer.from(html) };
    },
  });
}

/** @param {AtEnd} atEnd @returns {Promise<Started>} */
export async function startWebKit(atEnd) {
  const program = find('WebKitWebDriver', 'apt-get install webkit2gtk-driver');
  const display = await startDisplay(atEnd);
  const port = await findFreePort();
  const service = new DriverService(program, {
    loopback: true,
    port,
    args: [`--port=${port}`],
    env: { ...process.env, DISPLAY: display, GDK_BACKEND: 'x11', LANGUAGE: 'en' },
  });
  atEnd(() => service.kill());
  const driver = await new Builder()
    .usingServer(await service.start())
    .withCapabilities({ browserName: 'MiniBrowser' })
    .build();
  atEnd(() => driver.quit());
  const server = await serveRecorded();
  atEnd(server.close);
  const take = 'return consoleMessages.splice(0)';
  return { driver, server, messages: () => driver.executeScript(take) };
}
