// @ts-check
// `<osusume-similar>`: a list of what is like one item, for pages that are only HTML. Importing this defines the element;
// where there is no DOM, as when a server renders the page, importing it does nothing.

import { open, OsusumeError } from './index.js';

/** @typedef {import('./index.d.ts').Osusume} Osusume */
/** @typedef {import('./index.d.ts').Recommended} Recommended */

const ATTRIBUTES = /** @type {const} */ (['manifest', 'item', 'limit', 'model', 'href', 'label', 'fallback']);

const STYLE = `
:host { display: block; color: inherit; font: inherit; }
:host([hidden]) { display: none; }
ol { display: flex; flex-wrap: wrap; gap: var(--osusume-gap, 0.25em 1em); flex-direction: var(--osusume-direction, column); margin: 0; padding: 0; list-style: none; }
ol[hidden], p[hidden] { display: none; }
a { color: var(--osusume-link-color, LinkText); }
a:not([href]) { color: inherit; }
p { margin: 0; color: var(--osusume-status-color, inherit); }
p.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** One release for all elements of a page that name it. @type {Map<string, { users: number, opening: Promise<Osusume> }>} */
const releases = new Map();

/** @param {string} manifest @param {string | undefined} fallback */
function borrow(manifest, fallback) {
  const key = JSON.stringify([manifest, fallback]);
  let release = releases.get(key);
  if (!release) {
    release = { users: 0, opening: open(manifest, { fallback }) };
    release.opening.catch(() => releases.get(key) === release && releases.delete(key)); // the next element tries again
    releases.set(key, release);
  }
  const borrowed = release;
  borrowed.users++;
  return {
    opening: borrowed.opening,
    giveBack() {
      // Later: a list that is moved or redrawn leaves the page and comes back at once.
      setTimeout(() => {
        if (--borrowed.users > 0) return;
        if (releases.get(key) === borrowed) releases.delete(key);
        borrowed.opening.then((opened) => opened.close(), () => {});
      }, 1000);
    },
  };
}

const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

export class OsusumeSimilar extends Base {
  static observedAttributes = ATTRIBUTES;

  #status;
  #list;
  /** @type {{ manifest: string, fallback: string | undefined, release: ReturnType<typeof borrow> } | undefined} */
  #borrowed;
  #isWaiting = false;
  /** Ends the question under way. */
  #question = new AbortController();

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const document = this.ownerDocument;
    this.#status = document.createElement('p');
    this.#list = document.createElement('ol');
    this.#status.setAttribute('role', 'status'); // polite; tells the count, never the titles
    this.#status.setAttribute('part', 'status');
    this.#list.setAttribute('role', 'list'); // Safari takes a list without bullets for none
    this.#list.setAttribute('part', 'list');
    this.#list.hidden = true;
    root.append(this.#status, this.#list);
    try {
      if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(STYLE); // not an inline style, so no policy forbids it
      root.adoptedStyleSheets = [sheet];
    } catch {
      // A browser before 2023: plain, and it works.
    }
  }

  connectedCallback() {
    this.#refresh();
  }

  disconnectedCallback() {
    this.#question.abort();
    this.#giveBack();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#refresh();
  }

  /** Draws anew; once, however many attributes change together. */
  #refresh() {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    queueMicrotask(() => {
      this.#isWaiting = false;
      if (this.isConnected) this.#draw();
    });
  }

  #giveBack() {
    this.#borrowed?.release.giveBack();
    this.#borrowed = undefined;
  }

  /** @param {typeof ATTRIBUTES[number]} name */
  #read(name) {
    return this.getAttribute(name)?.trim() || undefined;
  }

  async #draw() {
    this.#question.abort();
    const { signal } = (this.#question = new AbortController());
    const [manifest, item, fallback, limit = '6', model] = [this.#read('manifest'), this.#read('item'), this.#read('fallback'), this.#read('limit'), this.#read('model')];
    this.#list.setAttribute('aria-label', this.#read('label') ?? 'Similar');
    try {
      if (!manifest || !item) {
        throw new OsusumeError('request_invalid', `<osusume-similar> needs the attribute "${manifest ? 'item' : 'manifest'}".`);
      }
      if (this.#borrowed?.manifest !== manifest || this.#borrowed.fallback !== fallback) {
        this.#giveBack();
        this.#borrowed = { manifest, fallback, release: borrow(manifest, fallback) };
      }
      if (this.#list.hidden) this.#say('Looking…');
      const opened = await this.#borrowed.release.opening;
      const answer = await opened.similar(item, { limit: Number(limit), model, signal });
      if (signal.aborted) return;
      this.#list.replaceChildren(...answer.items.map((each) => this.#row(each)));
      this.#list.hidden = answer.items.length === 0;
      this.#say(answer.items.length ? `${answer.items.length} found` : 'Nothing similar.', answer.items.length > 0);
      this.#tell('osusume-results', answer);
    } catch (error) {
      if (signal.aborted) return;
      this.#giveBack(); // a release that changed or did not open is opened anew next time
      this.#list.replaceChildren();
      this.#list.hidden = true;
      this.#say(Object(error).message);
      this.#tell('osusume-error', error);
    }
  }

  /** @param {string} text @param {boolean} [quiet] for screen readers only */
  #say(text, quiet = false) {
    this.#status.textContent = text;
    this.#status.className = quiet ? 'quiet' : '';
  }

  /** @param {Recommended} item */
  #row(item) {
    const document = this.ownerDocument;
    const row = document.createElement('li');
    const link = document.createElement('a');
    row.setAttribute('part', 'item');
    link.setAttribute('part', 'link');
    link.textContent = item.title;
    const template = this.#read('href');
    if (template) {
      /** @type {Record<string, unknown>} */
      const values = { id: item.id, key: item.key ?? item.id, title: item.title };
      link.href = template.replace(/\{(id|key|title)\}/g, (_, name) => encodeURIComponent(String(values[name])));
    }
    link.addEventListener('click', (event) => {
      if (!this.#tell('osusume-select', item, true)) event.preventDefault();
    });
    row.append(link);
    return row;
  }

  /** @param {string} type @param {unknown} detail @param {boolean} [cancelable] */
  #tell(type, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }));
  }
}

// Frameworks set properties where there are some: each is its attribute.
for (const name of ATTRIBUTES) {
  Object.defineProperty(OsusumeSimilar.prototype, name, {
    configurable: true,
    enumerable: true,
    /** @this {OsusumeSimilar} */
    get() {
      return this.getAttribute(name);
    },
    /** @this {OsusumeSimilar} @param {unknown} value */
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, String(value));
    },
  });
}

const { customElements: registry } = globalThis;
if (registry && !registry.get('osusume-similar')) registry.define('osusume-similar', OsusumeSimilar);
