// Where the links and pictures of `<osusume-related>` go. No DOM.
import type { Recommended } from './types/answer.js';

/** A path with a segment that leads out of its folder. */
const LEADS_OUT = /(^|\/)\.\.?(\/|$)/;

/** Returns the whole address if it is one of the web: a release may also say `javascript:`. */
export function toWebAddress(address: string | undefined, base: string): string | undefined {
  if (!address) return undefined;
  try {
    const { protocol, href } = new URL(address, base);
    return /^https?:$/.test(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the address of an item: its own or, with a template, that of the template. */
export function linkOf(
  item: Recommended,
  template: string | undefined,
  base: string,
): string | undefined {
  try {
    return toWebAddress(template ? fill(template, item) : item.url, base);
  } catch {
    return undefined; // half a character in a title
  }
}

/** Fills a template in, unless the item lacks what it names. */
function fill(template: string, item: Recommended): string | undefined {
  const { id, key = String(id), title, url = '' } = item;
  const isAddress = template.startsWith('{key}') && /^https?:\/\//i.test(key);
  if (template.includes('{url}') && !url) return undefined;
  if (template.includes('{key}') && !isAddress && LEADS_OUT.test(key)) return undefined;
  return template.replace(/\{(id|key|title|url)\}/g, (_, name: string, at: number) => {
    if (name === 'key') {
      if (isAddress && at === 0) return key; // the parser of addresses encodes the rest
      return key.split('/').map(encodeURIComponent).join('/');
    }
    // A path or an address as it is, or the value of a parameter.
    if (name === 'url' && !/[?#]/.test(template.slice(0, at))) return url;
    return encodeURIComponent(name === 'url' ? url : name === 'id' ? id : title);
  });
}
