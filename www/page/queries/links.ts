// Addresses that a catalogue or a site names: web addresses and nothing else.
import type { Show } from './show.js';

const PLACE = /\{([^{}]+)\}/g;

/** Returns the places of a template: id, title or the names of text fields. */
export const placesOf = (template: string) => [...template.matchAll(PLACE)].map(([, name]) => name);

/**
 * Returns the address of a show elsewhere, or nothing if the template makes no web address or
 * names a field that the show lacks.
 */
export function elsewhere(
  template: string,
  { id, key, title, texts = {} }: Pick<Show, 'id' | 'key' | 'title' | 'texts'>,
): string | undefined {
  const values = new Map([
    ...Object.entries(texts),
    ['id', String(key ?? id)] as const,
    ['title', title] as const,
  ]);
  if (placesOf(template).some((name) => !values.has(name))) return undefined;
  const filled = template.replace(PLACE, (_, name) => encodeURIComponent(values.get(name) ?? ''));
  return /^https?:\/\//.test(filled) && URL.canParse(filled) ? filled : undefined;
}

/** Returns the address of a show's own page, if it is a web address. */
export function pageOf(url: string | undefined, base: string): string | undefined {
  if (!url || !URL.canParse(url, base)) return undefined;
  const { href, protocol } = new URL(url, base);
  return /^https?:$/.test(protocol) ? href : undefined;
}
