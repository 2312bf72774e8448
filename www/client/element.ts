// `<osusume-related>`: a list of what is related to one item, for pages that are only HTML. It
// reads two small JSON files, and needs no worker and no wasm module. Importing this defines the
// element; without a DOM, as when a server renders the page, importing it does nothing.
import { answerTo } from './element-answer.js';
import {
  ATTRIBUTES,
  type Attribute,
  defineProperties,
  takeEarlyValues,
} from './element-attributes.js';
import { type Look, rowOf } from './element-row.js';
import { type OsusumeError, toOsusumeError } from './errors.js';
import type { Answer, Recommended } from './types/answer.js';

const STYLE = `
:host { display: block; position: relative; color: inherit; font: inherit; }
:host([hidden]), [hidden] { display: none !important; }
:host > ol { display: flex; flex-wrap: wrap; gap: var(--osusume-gap, 0.25em 1em); }
:host > ol { flex-direction: var(--osusume-direction, column); }
:host > ol { margin: 0; padding: 0; list-style: none; }
a { color: var(--osusume-link-color, LinkText); }
a:not([href]) { color: inherit; }
[part=image] { display: block; width: var(--osusume-image-width, 8em); object-fit: cover; }
[part=image] { aspect-ratio: var(--osusume-image-ratio, 1); }
:host > p { position: absolute; margin: 0; width: 1px; height: 1px; overflow: hidden; }
:host > p { clip-path: inset(50%); white-space: nowrap; }
`;

/** How far below or above the window a list is fetched. */
const MARGIN = '300px';

let sheet: CSSStyleSheet | undefined;

// Where a server renders the page there is no such class.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<osusume-related manifest="/embeddings/manifest.json" item="1">`: a list of what is related to
 * one item. Importing `osusume/element` defines it. It fetches the manifest, which the elements of
 * a page share, and one small file; both when it comes into view. If there is nothing to show, or
 * if anything fails, it takes no room.
 *
 * - Attributes, which may change at any time, and properties of the same names: see below.
 * - A child `<template>` is the content of each row: in its elements with `data-field="title"`,
 *   `score`, `id` or `key` comes that text, `data-field="url"` gets its `href`, and an `<img>` with
 *   `data-field="image"` its `src`. One element may name several, with spaces.
 * - Slots: `heading`, shown above results, and `empty`, shown if there are none.
 * - Parts for `::part()`: `list`, `item`, `link`, `image`, `status` (the count for screen readers).
 * - CSS variables: `--osusume-gap`, `--osusume-direction` (`column`, `row`),
 *   `--osusume-link-color`, `--osusume-image-width`, `--osusume-image-ratio`. Fonts and colours are
 *   the page's own.
 * - Events (they bubble): `osusume-results` (detail: {@link Answer}), `osusume-error` (detail:
 *   {@link OsusumeError}; `unknown_id` if the lists do not have the item) and `osusume-select`
 *   (detail: {@link Recommended}; `preventDefault()` stops the link).
 */
export class OsusumeRelated extends Base {
  static observedAttributes: readonly string[] = ATTRIBUTES;

  /** Address of the release's manifest, relative to the page. */
  declare manifest: string | null;
  /** Id of the item, or its text id. */
  declare item: string | number | null;
  /** The number of results, 1 to 10; 6 by default. */
  declare limit: string | number | null;
  /** A model's name; the manifest's default by default. */
  declare model: string | null;
  /**
   * The address of each link: `/shop/{key}`, with `{id}`, `{key}`, `{title}` and `{url}`. The
   * results' own addresses by default.
   */
  declare href: string | null;
  /** What a screen reader calls the list; `Related` by default. */
  declare label: string | null;
  /** Whether the rows show the results' pictures, wherever these lie. */
  declare images: boolean;
  /** Show only what the owner of this minisign key has signed. */
  declare publicKey: string | null;

  readonly #status: HTMLElement;
  readonly #heading: HTMLSlotElement;
  readonly #list: HTMLElement;
  readonly #empty: HTMLSlotElement;
  #observer: IntersectionObserver | undefined;
  #isWaiting = false;
  /** Grows with whatever makes an answer under way worthless. */
  #turn = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const add = <T extends 'p' | 'ol' | 'slot'>(tag: T, names: Record<string, string>) => {
      const element = this.ownerDocument.createElement(tag);
      for (const [name, value] of Object.entries(names)) element.setAttribute(name, value);
      root.append(element);
      return element;
    };
    this.#status = add('p', { role: 'status', part: 'status' }); // polite; tells no titles
    this.#heading = add('slot', { name: 'heading', hidden: '' });
    this.#list = add('ol', { role: 'list', part: 'list', hidden: '' }); // Safari wants the role
    this.#empty = add('slot', { name: 'empty', hidden: '' });
    // A template that the parser or a framework adds later.
    add('slot', { hidden: '' }).addEventListener('slotchange', () => this.#refresh());
    try {
      if (!sheet) {
        sheet = new CSSStyleSheet(); // not an inline style, so no policy forbids it
        sheet.replaceSync(STYLE);
      }
      root.adoptedStyleSheets = [sheet];
    } catch {
      // A browser before 2023: plain, and it works.
    }
  }

  connectedCallback(): void {
    takeEarlyValues(this);
    this.#refresh();
  }

  disconnectedCallback(): void {
    this.#turn += 1;
    this.#observer?.disconnect();
  }

  attributeChangedCallback(): void {
    this.#refresh();
  }

  /** Draws anew when in view; once, however much changes together. */
  #refresh(): void {
    this.#turn += 1;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    queueMicrotask(() => {
      this.#isWaiting = false;
      if (this.isConnected) this.#watch();
    });
  }

  #watch(): void {
    if (!globalThis.IntersectionObserver) {
      this.#draw();
      return;
    }
    const onMove = (entries: IntersectionObserverEntry[]) => {
      if (!this.isConnected || !entries.at(-1)?.isIntersecting) return;
      this.#observer?.disconnect();
      this.#draw();
    };
    this.#observer ??= new IntersectionObserver(onMove, { rootMargin: MARGIN });
    this.#observer.disconnect(); // what is observed anew is reported anew
    this.#observer.observe(this);
  }

  async #draw(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const [manifest, item, limit] = [
      this.#read('manifest'),
      this.#read('item'),
      this.#read('limit'),
    ];
    const [model, publicKey, base] = [this.#read('model'), this.#read('public-key'), this.baseURI];
    try {
      const answer = await answerTo({ manifest, item, limit, model, publicKey, base });
      if (turn !== this.#turn) return;
      this.#show(answer.items);
      this.#tell('osusume-results', answer);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#show([]);
      this.#tell('osusume-error', toOsusumeError(error));
    }
  }

  #show(items: Recommended[]): void {
    const look: Look = {
      template: this.querySelector(':scope > template'),
      href: this.#read('href'),
      hasImages: this.hasAttribute('images'),
      base: this.baseURI,
    };
    const rows = items.map((item) =>
      rowOf(this.ownerDocument, item, look, (event) => {
        if (!this.#tell('osusume-select', item, true)) event.preventDefault();
      }),
    );
    const label = this.#read('label') ?? 'Related';
    this.#list.replaceChildren(...rows);
    this.#list.setAttribute('aria-label', label);
    this.#list.hidden = this.#heading.hidden = items.length === 0;
    this.#empty.hidden = items.length > 0;
    this.#status.textContent = items.length ? `${label}: ${items.length}` : '';
  }

  #read(name: Attribute): string | undefined {
    return this.getAttribute(name)?.trim() || undefined;
  }

  #tell(type: string, detail: unknown, cancelable = false): boolean {
    return this.dispatchEvent(
      new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }),
    );
  }
}

defineProperties(OsusumeRelated.prototype);
const registry = globalThis.customElements;
if (registry && !registry.get('osusume-related'))
  registry.define('osusume-related', OsusumeRelated);

declare global {
  interface HTMLElementTagNameMap {
    'osusume-related': OsusumeRelated;
  }
  interface HTMLElementEventMap {
    'osusume-results': CustomEvent<Answer>;
    'osusume-error': CustomEvent<OsusumeError>;
    'osusume-select': CustomEvent<Recommended>;
  }
}
