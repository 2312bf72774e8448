// Measures the built page in headless Chromium and prints what the documentation quotes; it fails above the limits.
//   pkg-scripts/build-site.sh && node pkg-scripts/measure-page.mjs [map] [rank]
// map:  frames while panning over all points, with the page's thread slowed down four times (CDP), phone and desktop.
// rank: from a control's event to the redrawn list, not slowed down, by the viewers' model alone and blended.

import { launch, serveFolder, settled, watch } from '../tests/e2e/harness.mjs';

const SLOWER = 4;
const [FRAMES_A_SECOND, RANK_MS] = [30, 16];
const wanted = process.argv.slice(2);
let missed = false;

/** @param {number[]} values @param {number} part */
const quantile = (values, part) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
/** @param {boolean} fine @param {string} line */
function say(fine, line) {
  missed ||= !fine;
  console.log(`${line}${fine ? '' : '  MISSED'}`);
}

const browser = await launch();
const server = await serveFolder();

/** @param {import('playwright-core').BrowserContextOptions} options @param {string} name */
async function measureMap(options, name) {
  const { page, context } = await watch(browser, `${server.url}#id=1,6&map=1`, options);
  await page.locator('#map .map-list button').first().waitFor();
  await page.locator('#badge[data-state=ready]').waitFor({ state: 'attached' });
  const { x, y, width, height } = /** @type {{ x: number, y: number, width: number, height: number }} */ (await page.locator('#map canvas').boundingBox());
  const session = await context.newCDPSession(page);
  for (const zoom of ['all of it', 'zoomed in']) {
    if (zoom !== 'all of it') for (let times = 0; times < 3; times += 1) await page.locator('.zoom-in').click();
    await page.waitForTimeout(600);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    /** Drags by a pointer event a frame, as a mouse or finger does; returns the time from each frame to the next. */
    const frames = await page.evaluate(({ left, top, seconds }) => new Promise((/** @type {(times: number[]) => void} */ resolve) => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#map canvas'));
      const send = (/** @type {string} */ type, /** @type {number} */ dx, /** @type {number} */ dy) => canvas.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 9, pointerType: 'touch', button: 0, clientX: left + dx, clientY: top + dy }));
      canvas.setPointerCapture = () => {}; // there is no such pointer
      send('pointerdown', 0, 0);
      /** @type {number[]} */
      const times = [];
      let [first, last] = [0, 0];
      const step = (/** @type {number} */ now) => {
        if (last) times.push(now - last);
        first ||= now;
        last = now;
        const angle = (now - first) / 300;
        send('pointermove', 120 * Math.sin(angle), 90 * Math.cos(angle));
        if (now - first < 1000 * seconds) requestAnimationFrame(step);
        else {
          send('pointerup', 0, 0);
          resolve(times);
        }
      };
      requestAnimationFrame(step);
    }), { left: x + width / 2, top: y + height / 2, seconds: 5 });
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    const rate = 1000 * frames.length / frames.reduce((sum, ms) => sum + ms, 0);
    say(rate >= FRAMES_A_SECOND, `map, ${name}, ${zoom}, panning, CPU ${SLOWER} times slower: ${rate.toFixed(0)} frames a second; p95 ${quantile(frames, 0.95).toFixed(1)} ms, longest ${Math.max(...frames).toFixed(1)} ms of ${frames.length}`);
  }
  await context.close();
}

/** @param {string} name @param {string} hash */
async function measureRank(name, hash) {
  const { page, context } = await watch(browser, `${server.url}${hash}`, { viewport: { width: 1280, height: 900 } });
  await settled(page);
  await page.locator('#badge[data-state=ready]').waitFor();
  /** Each control: what is set in turn. @type {[string, string, (string | boolean)[]][]} */
  const controls = [
    ['variety', '#diversity', ['20', '0', '35', '10']], ['how well known', 'input[name=gems]', ['65', '', '0', '']],
    ['one of each series', 'input[name=collapse]', [true, false]], ['score', '#min-score', ['7', '0', '8', '6']], ['years', 'input[name=from]', ['1990', '', '2000', '']],
    ['a genre', '#genres button', ['0', '0', '0', '1', '1', '1']], ['a type', '#types button', ['0', '0', '1', '1']],
  ];
  if (!hash.includes('mix=0')) controls.unshift(['the slider of viewers and story', '#mix', ['35', '40', '45', '50']]);
  /** @type {number[]} */
  const all = [];
  for (const [control, selector, values] of controls) {
    const { times, engine } = await page.evaluate(async ({ selector, values, rounds }) => {
      const list = /** @type {HTMLElement} */ (document.querySelector('#ranked-list'));
      const [times, engine] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
      for (let at = 0; at < values.length * rounds; at += 1) {
        const value = values[at % values.length];
        const fields = [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(selector))];
        const drawn = new Promise((resolve) => {
          const watcher = new MutationObserver((changes) => {
            if (!changes.some(({ target, type }) => type === 'childList' && target === list)) return;
            watcher.disconnect();
            resolve(undefined);
          });
          watcher.observe(list, { childList: true });
        });
        const from = performance.now();
        if (fields[0].tagName === 'BUTTON') fields[Number(value)].click();
        else if (fields[0].type === 'radio') fields.find((each) => each.value === value)?.click();
        else if (fields[0].type === 'checkbox') fields[0].click();
        else {
          fields[0].value = String(value);
          fields[0].dispatchEvent(new Event(fields[0].type === 'number' ? 'change' : 'input', { bubbles: true }));
        }
        await drawn;
        times.push(performance.now() - from);
        await new Promise((resolve) => setTimeout(resolve, 40)); // a hand is slower
        engine.push(Number(/ ([\d.]+) ms/.exec(document.querySelector('#status')?.textContent ?? '')?.[1] ?? NaN));
      }
      return { times, engine };
    }, { selector, values, rounds: 10 });
    all.push(...times);
    console.log(`  ${control}: median ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms, of it the engine ${quantile(engine, 0.5).toFixed(1)} ms (${times.length} times)`);
  }
  const p95 = quantile(all, 0.95);
  say(p95 <= RANK_MS, `rank, ${name}: median ${quantile(all, 0.5).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms from the event to the redrawn list, ${all.length} times`);
  await context.close();
}

try {
  if (!wanted.length || wanted.includes('map')) {
    await measureMap({ viewport: { width: 412, height: 823 }, deviceScaleFactor: 2.625, hasTouch: true, isMobile: true }, 'phone');
    await measureMap({ viewport: { width: 1280, height: 800 } }, 'desktop');
  }
  if (!wanted.length || wanted.includes('rank')) {
    await measureRank('by viewers alone', '#id=1,6&mix=0');
    await measureRank('blended', '#id=1,6&mix=30');
  }
} finally {
  await browser.close();
  await server.close();
}
process.exitCode = missed ? 1 : 0;
