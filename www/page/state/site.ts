// The settings that the owner of the site has put into the head of its HTML.
import type { Id } from 'osusume';

/** Another site that has the same items. */
export interface Elsewhere {
  name: string;
  /** `{id}`, `{title}` and `{name of a text field}` are filled in. */
  template: string;
}

const meta = (name: string) =>
  document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

const toId = (text: string): Id => (/^\d+$/.test(text) ? Number(text) : text);

function readLinks(): Elsewhere[] {
  const links = [...document.querySelectorAll('meta[name="osusume-link"]')].map((link) => ({
    name: link.getAttribute('data-name') ?? '',
    template: link.getAttribute('content') ?? '',
  }));
  return links.filter(({ name }) => name !== '');
}

export const site = {
  /** The page's own folder. */
  base: new URL('.', document.baseURI),
  title: document.title,
  manifest: meta('osusume-manifest'),
  /** The shows offered before anything is typed. */
  examples: meta('osusume-examples').split(/\s+/).filter(Boolean).map(toId),
  /** The models at the ends of the slider, each with its part while nobody has moved it. */
  slider: [...meta('osusume-models').matchAll(/([\w-]+)\s+(\d+)/g)].map(
    ([, model, part]): [model: string, part: number] => [model, Number(part)],
  ),
  links: readLinks(),
  publicKey: meta('osusume-public-key'),
  /** Whether exported lists have the ids of this catalogue. */
  takesLists: meta('osusume-own-list') !== '',
  /** Origins that pictures may come from, or `self`. */
  images: meta('osusume-images'),
  /** The address of the service worker; empty if this copy of the page has none. */
  serviceWorker: meta('osusume-shell'),
  /** The version of this copy of the page. */
  version: document.querySelector('meta[name="osusume-shell"]')?.getAttribute('data-version') ?? '',
};
