// @ts-check
// Keeps the page's own files, so that it opens without a connection. The release is the client's to keep: its files are
// not touched here. pkg-scripts/build-site.sh writes the version and the files, each with its hash, into the copy it makes.

const VERSION = '';
/** @type {Record<string, string>} */
const FILES = {};

/** How long a slow server may take before the kept page is shown. */
const PATIENCE_MS = 3000;

const worker = /** @type {any} */ (globalThis);
const scope = new URL('./', worker.location.href).href;
const prefix = `osusume-shell ${scope} `;
const addresses = new Set(Object.keys(FILES).map((name) => new URL(name, scope).href));
const home = new URL('index.html', scope).href;

worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(keep()));
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(tidy()));
worker.addEventListener('message', (/** @type {any} */ event) => event.data === 'take over' && event.waitUntil(worker.skipWaiting()));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const url = request.url.replace(/[?#].*/, '');
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate' && (url === scope || url === home)) event.respondWith(page(request));
  else if (addresses.has(url)) event.respondWith(file(request, url));
});

/** All files or none: each must be the one that the build named. */
async function keep() {
  const cache = await caches.open(prefix + VERSION);
  await Promise.all(Object.entries(FILES).map(async ([name, hash]) => {
    const url = new URL(name, scope).href;
    // The page itself may be edited where it lies; nothing else may.
    const response = await fetch(url, hash ? { integrity: hash } : { cache: 'no-cache' });
    if (response.status !== 200) throw new Error(`${name} answered ${response.status}`);
    await cache.put(url, response.redirected ? new Response(await response.blob(), { headers: response.headers }) : response);
  }));
}

/** Removes what older versions kept. */
async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith(prefix) && name !== prefix + VERSION) await caches.delete(name);
}

/** The server's page where it answers, so that nobody is held on an old one; else the kept one. @param {Request} request */
async function page(request) {
  const kept = await caches.match(home, { cacheName: prefix + VERSION });
  try {
    const response = await (kept ? fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }) : fetch(request));
    if (response.ok || !kept) return response;
  } catch (error) {
    if (!kept) throw error;
  }
  return kept;
}

/** Named by its content, so the kept one is the right one. @param {Request} request @param {string} url */
async function file(request, url) {
  return (await caches.match(url, { cacheName: prefix + VERSION })) ?? fetch(request);
}
