// The engine on the page's own thread, if no worker starts. Fetched only then.
import { openLocal } from './local-backend.js';
import { loadRecommender } from './module.js';
import type { Backend, Fetch, Listener, Opening } from './protocol.js';

export function openOnMainThread(
  opening: Opening,
  wasm: string | undefined,
  listener: Listener,
  signal: AbortSignal,
  fetch?: Fetch,
): Promise<Backend> {
  const importGlue = () => import('./wasm/osusume.js');
  const loadClass = () => loadRecommender(importGlue, undefined, wasm ? new URL(wasm) : undefined);
  return openLocal(opening, loadClass, listener, signal, fetch);
}
