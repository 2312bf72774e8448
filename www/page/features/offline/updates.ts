// Tells of another version of the page, if it is newer than the one that runs.
import { t } from '../../i18n/index.js';
import { notices } from '../../state/notices.js';

/** How long to wait for a worker's change, or for an update check. */
const PATIENCE_MS = 3000;
/** How long a worker may take to say its version; it may have to start first. */
const ANSWER_MS = 2000;

export const after = (ms: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, ms, undefined));

/**
 * Offers the workers whose version is another than this page's. One of the same version takes over
 * at once: the page came from the server before its worker did, and nothing need load anew. Open
 * pages of an older version still find their files (`tidy` in sw.ts).
 */
export async function watchUpdates(
  container: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
  version: string,
) {
  const watched = new WeakSet<ServiceWorker>();
  const compare = async (worker: ServiceWorker) => {
    const its = await ask(worker, 'version', ANSWER_MS);
    if (its === version) worker.postMessage('take over');
    else if (its && version) offer(container, worker);
  };
  const watch = (worker: ServiceWorker | null) => {
    if (!worker || watched.has(worker)) return;
    watched.add(worker);
    worker.addEventListener('statechange', () => {
      if (worker.state === 'installed') compare(worker);
      if (worker.state === 'activated') worker.postMessage(`tidy ${version}`);
    });
    if (worker.state === 'installed') compare(worker);
  };
  registration.addEventListener('updatefound', () => watch(registration.installing));
  watch(registration.installing);
  registration.active?.postMessage(`tidy ${version}`);
  if (!registration.waiting) return;
  // It waits since an earlier visit: the server's may be newer, and this page the server's.
  await Promise.race([registration.update().catch(() => {}), after(PATIENCE_MS)]);
  watch(registration.installing ?? registration.waiting);
}

/** Asks a worker; resolves to `undefined` if it does not answer in time. */
export async function ask(worker: ServiceWorker, question: string, ms: number): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  worker.postMessage(question, [port2]);
  const data = await Promise.race([answer, after(ms)]);
  port1.close();
  return data;
}

const offer = (container: ServiceWorkerContainer, worker: ServiceWorker) =>
  notices.set('update', () => t('update'), {
    text: () => t('updateNow'),
    onPress: () => applyUpdate(container, worker),
  });

/** Changes to a newer version of the page. */
function applyUpdate(container: ServiceWorkerContainer, worker: ServiceWorker) {
  const leave = () => location.reload();
  if (worker.state !== 'installed') return leave(); // another page has let it take over
  // The old worker may be busy for another page: the server has the new page, too. Chromium can
  // lose a navigation while workers change, so their change loads the page anew even then.
  setTimeout(leave, PATIENCE_MS);
  container.addEventListener('controllerchange', leave);
  worker.postMessage('take over');
}
