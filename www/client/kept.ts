// Releases in Cache Storage: how their caches are named, and which of them are whole.
import { SIGNED } from './signature.js';

/** A release in Cache Storage. */
export interface Kept {
  name: string;
  cache: Cache;
  manifest: string;
  signed: string | undefined;
}

/** Headers of a kept manifest: when it was kept, and the key that its signature was checked with. */
export const STORED = 'x-osusume-stored';
export const KEY = 'x-osusume-key';

export const withoutHash = (url: string): string => url.replace(/#.*/, '');

/** The beginning of the names of this manifest's caches. */
export const prefixOf = (manifestUrl: string): string => `osusume ${withoutHash(manifestUrl)} `;

/** Returns the names of this manifest's caches. */
export async function namesOf(storage: CacheStorage, manifestUrl: string): Promise<string[]> {
  return (await storage.keys()).filter((name) => name.startsWith(prefixOf(manifestUrl)));
}

/** Removes every release that is kept for this manifest. */
export async function forgetReleases(manifestUrl: string): Promise<void> {
  const storage = globalThis.caches;
  if (!storage) return;
  const names = await namesOf(storage, manifestUrl).catch(() => []); // refused: nothing is kept
  await Promise.all(names.map((name) => storage.delete(name)));
}

/** Returns the newest release of this manifest and key that is wholly here. */
export async function newestWhole(
  storage: CacheStorage,
  manifestUrl: string,
  publicKey = '',
): Promise<Kept | undefined> {
  const found: (Kept & { stored: number })[] = [];
  for (const name of await namesOf(storage, manifestUrl).catch(() => [])) {
    const cache = await storage.open(name);
    const response = await cache.match(manifestUrl);
    if (!response || (response.headers.get(KEY) ?? '') !== publicKey) continue;
    const stored = Number(response.headers.get(STORED));
    const signed = response.headers.get(SIGNED) ?? undefined;
    found.push({ name, cache, stored, signed, manifest: await response.text() });
  }
  return found.sort((a, b) => b.stored - a.stored)[0];
}

export function json(text: string, headers?: Record<string, string>): Response {
  return new Response(text, { headers: { 'Content-Type': 'application/json', ...headers } });
}
