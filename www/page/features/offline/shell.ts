// The page's own files on the device, by its service worker. The release is the client's to keep.
import { signal } from '@preact/signals-core';
import { forget } from 'osusume';
import { whole } from '../../queries/answers.js';
import { scriptUrl } from '../../queries/trusted.js';
import { site } from '../../state/site.js';
import { askToPersist } from './persist.js';
import { after, ask, watchUpdates } from './updates.js';

/** How long to wait for the browser's word on storage. */
const PATIENCE_MS = 3000;
/** How long a worker may take to keep the page anew. */
const KEEP_MS = 30_000;

/** Whether the page's own files are kept. */
export const isKept = signal(false);

/** Resolves when the page's own files are kept, or cannot be. */
export const keeping: Promise<void> = whole.then(keepShell);
keeping.catch(() => {}); // a release that is not whole is not kept

/** Starts the service worker, and tells of another version of the page. */
async function keepShell() {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const registration = container && site.serviceWorker ? await register(container) : undefined;
  if (!container || !registration) return;
  watchUpdates(container, registration, site.version);
  const isHere = await isInPlace(registration);
  if (isHere) await Promise.race([askToPersist(navigator), after(PATIENCE_MS)]);
  isKept.value = isHere;
}

async function register(container: ServiceWorkerContainer) {
  const script = new URL(site.serviceWorker, document.baseURI);
  try {
    const known = await container.getRegistration();
    // To register again would wait for an update check, which a slow server may hold up.
    if (known?.active?.scriptURL === script.href) return known;
    return await container.register(scriptUrl(script));
  } catch {
    return undefined; // no HTTPS, private mode, or a policy against it
  }
}

/** Returns whether the page's files are kept, once that is known. */
async function isInPlace(registration: ServiceWorkerRegistration): Promise<boolean> {
  const { active, installing, waiting, scope } = registration;
  if (!active) return isInstalled(installing ?? waiting);
  if ((await shellCaches(scope)).length > 0) return true;
  return (await ask(active, 'keep', KEEP_MS)) === true;
}

function isInstalled(worker: ServiceWorker | null): Promise<boolean> {
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

/** Removes the page's own files and the release from the device. */
export async function forgetDevice() {
  await Promise.all([forgetShell(site.base.href), forget(site.manifest)]);
  isKept.value = false;
}

async function forgetShell(scope: string) {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const workers = (await container?.getRegistrations().catch(() => [])) ?? [];
  const own = workers.filter((worker) => worker.scope === scope);
  await Promise.all(own.map((worker) => worker.unregister()));
  for (const name of await shellCaches(scope)) await caches.delete(name);
}

/** Returns the names of the caches that have the page's own files. */
async function shellCaches(scope: string): Promise<string[]> {
  const storage = globalThis.caches as CacheStorage | undefined;
  const names = (await storage?.keys().catch(() => [])) ?? [];
  return names.filter((name) => name.startsWith(`osusume-shell ${scope} `));
}
