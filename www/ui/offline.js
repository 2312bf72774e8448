// @ts-check
// Whether the page works without a connection: its own files by the service worker, the release by the client.

/** How long an update may take to be put in place before the page is loaded anew regardless. */
const PATIENCE_MS = 3000;

/**
 * Starts the service worker and watches it.
 *
 * @param {Navigator} navigator
 * @param {string} script where the service worker lies; empty where this copy of the page has none
 * @param {(apply: () => void) => void} onUpdate called when another version of the page is here, with what changes to it
 * @returns {Promise<boolean>} whether the page's own files are kept
 */
export async function keepShell(navigator, script, onUpdate) {
  const container = navigator.serviceWorker;
  if (!container || !script) return false;
  /** @type {ServiceWorkerRegistration} */
  let registration;
  try {
    registration = await container.register(script);
  } catch {
    return false; // no HTTPS, private mode, or a policy against it
  }
  const hadOne = container.controller !== null;
  /** @param {ServiceWorker} worker */
  const offer = (worker) => onUpdate(() => {
    const leave = () => location.reload();
    // The old worker may be busy for another page: the server has the new page, too. Chromium can lose a navigation that is
    // under way while workers change, so their change loads the page anew even then.
    setTimeout(leave, PATIENCE_MS);
    container.addEventListener('controllerchange', leave);
    worker.postMessage('take over');
  });
  if (registration.waiting && hadOne) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing;
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && hadOne) offer(worker);
    });
  });
  return registration.active ? true : installed(registration.installing ?? registration.waiting);
}

/** Resolves to whether this worker came to keep the page. @param {ServiceWorker | null} worker @returns {Promise<boolean>} */
function installed(worker) {
  return new Promise((resolve) => {
    if (!worker) return resolve(false);
    const look = () => {
      if (worker.state === 'activated') resolve(true);
      if (worker.state === 'redundant') resolve(false);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

/** Takes the page's own files off the device; the release is the client's to forget. @param {string} scope the page's own address */
export async function forgetShell(scope) {
  const workers = (await navigator.serviceWorker?.getRegistrations?.().catch(() => [])) ?? [];
  await Promise.all(workers.filter((worker) => worker.scope === scope).map((worker) => worker.unregister()));
  for (const name of (await globalThis.caches?.keys().catch(() => [])) ?? []) {
    if (name.startsWith(`osusume-shell ${scope} `)) await caches.delete(name);
  }
}
