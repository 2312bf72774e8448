// One row of `<osusume-related>`: its own, or the page's template filled in. Everything of a release
// goes in as text or as a checked address.
import { linkOf, toWebAddress } from './element-links.js';
import type { Recommended } from './types/answer.js';

/** How the page wants the rows. */
export interface Look {
  /** A template of each row's content. */
  template: HTMLTemplateElement | null;
  /** A template of each link's address. */
  href: string | undefined;
  /** Whether rows without a template have pictures. */
  hasImages: boolean;
  /** What addresses are relative to. */
  base: string;
}

/** Returns the row of a result. `onSelect` is told of a click on a link or a button in it. */
export function rowOf(
  document: Document,
  item: Recommended,
  { template, href, hasImages, base }: Look,
  onSelect: (event: Event) => void,
): HTMLLIElement {
  const link = linkOf(item, href, base);
  const image = toWebAddress(item.image, base);
  const row = document.createElement('li');
  row.setAttribute('part', 'item');
  row.append(
    template
      ? fillIn(document.importNode(template.content, true), item, link, image)
      : plainLink(document, item.title, link, hasImages ? image : undefined),
  );
  row.addEventListener('click', (event) => {
    if ((event.target as Element).closest('a[href], button')) onSelect(event);
  });
  return row;
}

function plainLink(
  document: Document,
  title: string,
  link: string | undefined,
  image: string | undefined,
): HTMLAnchorElement {
  const anchor = document.createElement('a');
  anchor.setAttribute('part', 'link');
  if (link) anchor.href = link;
  if (image) {
    const picture = document.createElement('img');
    picture.setAttribute('part', 'image');
    picture.loading = 'lazy'; // before its address
    showImage(picture, image);
    anchor.append(picture);
  }
  anchor.append(title);
  return anchor;
}

/** Fills in the elements of a template that name a field, or several. */
function fillIn(
  content: DocumentFragment,
  item: Recommended,
  link: string | undefined,
  image: string | undefined,
): DocumentFragment {
  const { id, key = id, title, score } = item;
  const texts: Record<string, unknown> = { id, key, title, score: score.toFixed(3) };
  for (const element of content.querySelectorAll('[data-field]')) {
    if (element.matches('script, style, link')) continue; // they would be code
    for (const field of element.getAttribute('data-field')?.split(' ') ?? []) {
      if (Object.hasOwn(texts, field)) element.textContent = String(texts[field]);
      if (field === 'url' && link) element.setAttribute('href', link);
      else if (field === 'url') element.removeAttribute('href');
      if (field === 'image' && element.localName === 'img')
        showImage(element as HTMLImageElement, image);
    }
  }
  return content;
}

function showImage(picture: HTMLImageElement, image: string | undefined): void {
  if (!picture.hasAttribute('alt')) picture.alt = ''; // the title says what it shows
  if (image) picture.src = image;
  else picture.remove();
}
