// Service worker: keeps the page's own files, so that the page opens without a connection. The
// release is the client's to keep. pkg-scripts/build-site.sh writes VERSION and FILES above it.

export type {}; // a module, so that these names are its own

declare const self: ServiceWorkerGlobalScope;
/** Version of the page, which index.html also has. */
declare const VERSION: string;
/** Files to keep, each with its integrity; it is empty for a file without a hash in its name. */
declare const FILES: Readonly<Record<string, string>>;

/** How long the server may take to begin its answer before the kept page is shown. */
const PATIENCE_MS = 3000;
/** Statuses below 500 that say "not now". */
const NOT_NOW = new Set([408, 425, 429]);
/** A captive portal that is honest about it: the visitor must log in there. */
const LOGIN_REQUIRED = 511;
/** The server says that there is no such page. */
const GONE = new Set([404, 410]);

const scope = new URL('./', self.location.href).href;
const prefix = `osusume-shell ${scope} `;
const cacheName = prefix + VERSION;
const home = new URL('index.html', scope).href;
const addresses = new Set(Object.keys(FILES).map((name) => new URL(name, scope).href));
/** Files below this are named by their content, in every version of the page. */
const hashed = `${scope}app-`;

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(tidy()));
self.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.data === 'version') port?.postMessage(VERSION);
  if (event.data === 'keep') {
    const isKept = keep().then(
      () => true,
      () => false,
    );
    event.waitUntil(isKept.then((answer) => port?.postMessage(answer)));
  }
  if (event.data === 'take over') event.waitUntil(self.skipWaiting());
  if (event.data === `tidy ${VERSION}`) {
    event.waitUntil(tidy(event.source instanceof Client ? event.source.id : ''));
  }
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = request.url.replace(/[?#].*/, '');
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') {
    if (url === scope || url === home) event.respondWith(answerPage(event));
  } else if (url.startsWith(hashed)) event.respondWith(answerFile(request, url));
  else if (addresses.has(url)) event.respondWith(answerFile(request, url, cacheName));
});

/**
 * Keeps all files or none: each must be the one that the build named. Nothing else writes to a
 * cache. It runs on installing, and again for a page that finds nothing kept: a browser may bring
 * back a worker that was unregistered while a page was open (Chromium does).
 */
async function keep(): Promise<void> {
  const isNew = !(await caches.has(cacheName));
  const files = await Promise.all(Object.entries(FILES).map(download));
  const cache = await caches.open(cacheName);
  try {
    await Promise.all(files.map(([url, response]) => cache.put(url, response)));
  } catch (error) {
    // A worker of the same version may be running on what an earlier one kept.
    if (isNew) await caches.delete(cacheName);
    throw error;
  }
}

/** Fetches a file to keep. Throws unless it is of this version. */
async function download([name, integrity]: [string, string]): Promise<[string, Response]> {
  const url = new URL(name, scope).href;
  const response = await fetch(url, integrity ? { integrity } : { cache: 'no-cache' });
  if (response.status !== 200) throw new Error(`${name} answered ${response.status}`);
  if (!integrity) check(url, await response.clone().text());
  // A response that followed a redirect may not open a page.
  const { body, headers, redirected } = response;
  return [url, redirected ? new Response(body, { headers }) : response];
}

/** The owner may edit these in place, so they have no hash; a portal's page must not pass. */
function check(url: string, text: string): void {
  if (url !== home) JSON.parse(text);
  else if (!text.includes(VERSION)) throw new Error(`${url} is not version ${VERSION}`);
}

/** Names of what this worker and others of its scope kept. */
async function cacheNames(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(prefix));
}

/**
 * Deletes what other versions kept, unless a page is open that may be one of them: it fetches its
 * map when that is first opened, and the server may have that file no more. `asking` is the id of
 * a page of this version.
 */
async function tidy(asking = ''): Promise<void> {
  const old = (await cacheNames()).filter((name) => name !== cacheName);
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (pages.some(({ id, url }) => id !== asking && url.startsWith(scope))) return;
  // An update keeps its files before it runs.
  if (self.registration.installing || self.registration.waiting) return;
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Leaves the device to the server, which no longer has this page. */
async function forget(): Promise<void> {
  await Promise.all((await cacheNames()).map((name) => caches.delete(name)));
  await self.registration.unregister();
}

/**
 * The server's answer, so that nobody is held on an old page: also a redirect, an error of the
 * visitor's, a captive portal. The kept page if the server cannot answer now.
 */
async function answerPage(event: FetchEvent): Promise<Response> {
  const kept = await caches.match(home, { cacheName });
  // With a signal it would be another request than the browser's, and no navigation (Fetch, "new
  // Request"): servers are told what a request is for, and may answer accordingly.
  const answer = fetch(event.request);
  if (!kept) return answer;
  const response = await withPatience(answer);
  if (!response || isOutage(response.status)) return kept;
  if (GONE.has(response.status)) event.waitUntil(forget());
  return response;
}

/** Resolves to `undefined` if no answer begins in time. The body may take as long as it takes. */
function withPatience(answer: Promise<Response>): Promise<Response | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS, undefined);
    answer
      .catch(() => undefined)
      .then(resolve)
      .finally(() => clearTimeout(timer));
  });
}

function isOutage(status: number): boolean {
  return (status >= 500 && status !== LOGIN_REQUIRED) || NOT_NOW.has(status);
}

/** Returns the kept file, which is the right one, or the server's. */
async function answerFile(request: Request, url: string, from?: string): Promise<Response> {
  return (await caches.match(url, from ? { cacheName: from } : {})) ?? fetch(request);
}
