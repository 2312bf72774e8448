// `<osusume-similar>`: a list of what is like one item, for pages that are only HTML. Importing
// this defines the element; without a DOM, as when a server renders the page, importing it does
// nothing.
import { messageOf } from './errors.js';
import { OsusumeError, open } from './index.js';
import type { Answer, Recommended } from './types/answer.js';
import type { Osusume } from './types/osusume.js';

const ATTRIBUTES = ['manifest', 'item', 'limit', 'model', 'href', 'label', 'fallback'] as const;
type Attribute = (typeof ATTRIBUTES)[number];

const STYLE = `
:host { display: block; color: inherit; font: inherit; }
:host([hidden]) { display: none; }
ol { display: flex; flex-wrap: wrap; gap: var(--osusume-gap, 0.25em 1em); }
ol { flex-direction: var(--osusume-direction, column); margin: 0; padding: 0; list-style: none; }
ol[hidden], p[hidden] { display: none; }
a { color: var(--osusume-link-color, LinkText); }
a:not([href]) { color: inherit; }
p { margin: 0; color: var(--osusume-status-color, inherit); }
p.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; }
p.quiet { clip-path: inset(50%); white-space: nowrap; }
`;

/**
 * How long a release stays open without an element: a list that is moved or redrawn leaves the
 * page and returns at once.
 */
const LINGER_MS = 1000;

let sheet: CSSStyleSheet | undefined;

/** A release that this element has open. */
interface Opened {
  manifest: string;
  fallback: string | undefined;
  opening: Promise<Osusume>;
}

// Where a server renders the page there is no such class.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<osusume-similar manifest="/embeddings/manifest.json" item="1" limit="6">`: a list of what is
 * like one item. Importing `osusume/element` defines it.
 *
 * - Attributes, which may change at any time, and properties of the same names: see below.
 * - Parts for `::part()`: `list`, `item`, `link`, `status` (what it is doing, or an error).
 * - CSS variables: `--osusume-gap`, `--osusume-direction` (`column`, `row`),
 *   `--osusume-link-color`, `--osusume-status-color`. Fonts and colours are the page's own.
 * - Events (they bubble): `osusume-results` (detail: {@link Answer}), `osusume-error` (detail:
 *   {@link OsusumeError}) and `osusume-select` (detail: {@link Recommended}; `preventDefault()`
 *   stops the link).
 */
export class OsusumeSimilar extends Base {
  static observedAttributes: readonly string[] = ATTRIBUTES;

  /** Address of the release's manifest, relative to the page. */
  declare manifest: string | null;
  /** Id of the item, or its text id. */
  declare item: string | number | null;
  /** The number of results, 1 to 1000; 6 by default. */
  declare limit: string | number | null;
  /** A model's name; the manifest's default by default. */
  declare model: string | null;
  /**
   * The address of each entry: `https://shop.example/{id}`, with `{id}`, `{key}` and `{title}`.
   * No links by default.
   */
  declare href: string | null;
  /** What a screen reader calls the list; `Similar` by default. */
  declare label: string | null;
  /** Address of the server that answers if WebAssembly cannot run. */
  declare fallback: string | null;

  readonly #status = this.ownerDocument.createElement('p');
  readonly #list = this.ownerDocument.createElement('ol');
  #opened: Opened | undefined;
  #isWaiting = false;
  /** Ends the request under way. */
  #request = new AbortController();

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    this.#status.setAttribute('role', 'status'); // polite; tells the count, never the titles
    this.#status.setAttribute('part', 'status');
    this.#list.setAttribute('role', 'list'); // Safari takes a list without bullets for none
    this.#list.setAttribute('part', 'list');
    this.#list.hidden = true;
    root.append(this.#status, this.#list);
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
    this.#refresh();
  }

  disconnectedCallback(): void {
    this.#request.abort();
    this.#close();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#refresh();
  }

  /** Draws anew; once, however many attributes change together. */
  #refresh(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    queueMicrotask(() => {
      this.#isWaiting = false;
      if (this.isConnected) this.#draw();
    });
  }

  /** Returns the release, which all elements of a page share. */
  #open(manifest: string, fallback: string | undefined): Promise<Osusume> {
    if (this.#opened?.manifest !== manifest || this.#opened.fallback !== fallback) {
      this.#close();
      this.#opened = { manifest, fallback, opening: open(manifest, { fallback }) };
    }
    return this.#opened.opening;
  }

  #close(): void {
    const { opening } = this.#opened ?? {};
    this.#opened = undefined;
    const close = (opened: Osusume) => setTimeout(opened.close, LINGER_MS);
    opening?.then(close, () => {});
  }

  #read(name: Attribute): string | undefined {
    return this.getAttribute(name)?.trim() || undefined;
  }

  async #draw(): Promise<void> {
    this.#request.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#list.setAttribute('aria-label', this.#read('label') ?? 'Similar');
    try {
      const answer = await this.#ask(signal);
      if (signal.aborted) return;
      this.#list.replaceChildren(...answer.items.map((item) => this.#row(item)));
      this.#list.hidden = answer.items.length === 0;
      const count = answer.items.length;
      this.#say(count ? `${count} found` : 'Nothing similar.', count > 0);
      this.#tell('osusume-results', answer);
    } catch (error) {
      if (signal.aborted) return;
      this.#close(); // a release that changed or did not open is opened anew next time
      this.#list.replaceChildren();
      this.#list.hidden = true;
      this.#say(messageOf(error));
      this.#tell('osusume-error', error);
    }
  }

  async #ask(signal: AbortSignal): Promise<Answer> {
    const [manifest, item] = [this.#read('manifest'), this.#read('item')];
    if (!manifest || !item) {
      const missing = manifest ? 'item' : 'manifest';
      throw new OsusumeError(
        'request_invalid',
        `<osusume-similar> needs the attribute "${missing}".`,
      );
    }
    const opening = this.#open(manifest, this.#read('fallback'));
    if (this.#list.hidden) this.#say('Looking…');
    const limit = Number(this.#read('limit') ?? 6);
    return (await opening).related(item, { limit, model: this.#read('model'), signal });
  }

  /** Shows a text, to screen readers alone if it is quiet. */
  #say(text: string, isQuiet = false): void {
    this.#status.textContent = text;
    this.#status.className = isQuiet ? 'quiet' : '';
  }

  #row(item: Recommended): HTMLLIElement {
    const document = this.ownerDocument;
    const row = document.createElement('li');
    const link = document.createElement('a');
    row.setAttribute('part', 'item');
    link.setAttribute('part', 'link');
    link.textContent = item.title;
    const template = this.#read('href');
    if (template) {
      const values: Record<string, unknown> = {
        id: item.id,
        key: item.key ?? item.id,
        title: item.title,
      };
      const value = (_: string, name: string) => encodeURIComponent(String(values[name]));
      link.href = template.replace(/\{(id|key|title)\}/g, value);
    }
    link.addEventListener('click', (event) => {
      if (!this.#tell('osusume-select', item, true)) event.preventDefault();
    });
    row.append(link);
    return row;
  }

  #tell(type: string, detail: unknown, cancelable = false): boolean {
    return this.dispatchEvent(
      new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }),
    );
  }
}

// Frameworks set properties where there are some: each is its attribute.
for (const name of ATTRIBUTES) {
  Object.defineProperty(OsusumeSimilar.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: OsusumeSimilar) {
      return this.getAttribute(name);
    },
    set(this: OsusumeSimilar, value: unknown) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, String(value));
    },
  });
}

const registry = globalThis.customElements;
if (registry && !registry.get('osusume-similar'))
  registry.define('osusume-similar', OsusumeSimilar);

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
