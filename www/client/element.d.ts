import type { Answer, OsusumeError, Recommended } from './index.js';

/**
 * `<osusume-similar manifest="/embeddings/manifest.json" item="1" limit="6">`: a list of what is like one item.
 * Importing `osusume/element` defines it.
 *
 * - Attributes, which may change at any time, and properties of the same names: see below.
 * - Parts for `::part()`: `list`, `item`, `link`, `status` (what it is doing, or an error).
 * - CSS variables: `--osusume-gap`, `--osusume-direction` (`column`, `row`), `--osusume-link-color`, `--osusume-status-color`.
 *   Fonts and colours are the page's own.
 * - Events (they bubble): `osusume-results` (detail: {@link Answer}), `osusume-error` (detail: {@link OsusumeError}) and
 *   `osusume-select` (detail: {@link Recommended}; `preventDefault()` stops the link).
 */
export class OsusumeSimilar extends HTMLElement {
  /** Address of the release's manifest, relative to the page. */
  manifest: string | null;
  /** Id of the item, or its text id. */
  item: string | number | null;
  /** The number of results, 1 to 1000; 6 by default. */
  limit: string | number | null;
  /** A model's name; the manifest's default unless told. */
  model: string | null;
  /** Where each entry leads: `https://shop.example/{id}`, with `{id}`, `{key}` and `{title}`. No links unless told. */
  href: string | null;
  /** What a screen reader calls the list; `Similar` unless told. */
  label: string | null;
  /** Address of the server that answers where WebAssembly cannot run. */
  fallback: string | null;
}

declare global {
  interface HTMLElementTagNameMap {
    'osusume-similar': OsusumeSimilar;
  }
  interface HTMLElementEventMap {
    'osusume-results': CustomEvent<Answer>;
    'osusume-error': CustomEvent<OsusumeError>;
    'osusume-select': CustomEvent<Recommended>;
  }
}
