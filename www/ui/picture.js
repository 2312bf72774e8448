// @ts-check
// A small picture per show: its owner's, where the site allows it, or one drawn from its id and tags alone: the colour and the traditional pattern come from its two
// most telling tags, so that related shows look related; where the moon stands comes from the id.

const SVG = 'http://www.w3.org/2000/svg';

/** Tags from the most to the least telling, each with a hue and a pattern. A tag that is not here gets both from its name. @type {Map<string, [hue: number, motif: Motif]>} */
const LOOKS = new Map([
  ['Mecha', [212, 'hexagons']], ['Music', [322, 'dots']], ['Sports', [96, 'arrows']], ['Horror', [352, 'scales']],
  ['Space', [244, 'hexagons']], ['Romance', [338, 'rings']], ['Mystery', [268, 'lattice']], ['Slice of Life', [152, 'waves']],
  ['Historical', [32, 'arrows']], ['Samurai', [18, 'scales']], ['Psychological', [290, 'rings']], ['Sci-Fi', [200, 'hexagons']],
  ['Kids', [46, 'dots']], ['Martial Arts', [14, 'arrows']], ['Military', [84, 'checks']], ['Supernatural', [276, 'lattice']],
  ['Magic', [256, 'lattice']], ['Thriller', [358, 'checks']], ['Fantasy', [170, 'waves']], ['Drama', [226, 'rings']],
  ['Adventure', [38, 'stripes']], ['Action', [8, 'scales']], ['School', [186, 'checks']], ['Comedy', [50, 'dots']],
]);

/** @typedef {'waves' | 'hexagons' | 'lattice' | 'rings' | 'checks' | 'arrows' | 'scales' | 'stripes' | 'dots'} Motif */

/** Each pattern's tile: width, height, path, and whether the path is filled. @type {Record<Motif, [number, number, string, boolean]>} */
const TILES = {
  waves: [16, 8, 'M-8 8a8 8 0 0 1 16 0a8 8 0 0 1 16 0M-5 8a5 5 0 0 1 10 0M11 8a5 5 0 0 1 10 0M-2 8a2 2 0 0 1 4 0M14 8a2 2 0 0 1 4 0M3.4 1.4a5 5 0 0 1 9.2 0M6.2 3.2a2 2 0 0 1 3.6 0', false],
  hexagons: [12, 21, 'M6 0V3.5L12 7V14L6 17.5V21M6 3.5L0 7V14L6 17.5', false],
  lattice: [12, 21, 'M6 0V21M0 0V21M12 0V21M0 0L12 7M12 0L0 7M0 7L12 14M12 7L0 14M0 14L12 21M12 14L0 21', false],
  rings: [12, 12, 'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M-6 12a6 6 0 1 0 12 0a6 6 0 1 0-12 0M6 12a6 6 0 1 0 12 0a6 6 0 1 0-12 0M0 6a6 6 0 1 0 12 0a6 6 0 1 0-12 0', false],
  checks: [12, 12, 'M0 0H6V6H0ZM6 6H12V12H6Z', true],
  arrows: [12, 16, 'M0 6L6 0V10L0 16ZM12 14L6 8V16H8L12 20Z', true],
  scales: [12, 10, 'M0 10L6 0L12 10Z', true],
  stripes: [12, 12, 'M1 0V12M4 0V12M5.5 0V12M9 0V12', false],
  dots: [10, 10, 'M1 2.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M6 7.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0', true],
};
const MOTIFS = /** @type {Motif[]} */ (Object.keys(TILES));

/**
 * Returns how to draw a show; the same every time.
 * @param {{ id: number, tags: string[] }} show
 */
export function pictureOf({ id, tags }) {
  const order = [...LOOKS.keys()];
  const telling = tags.toSorted((a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99));
  const [first = '', second = first] = telling;
  const dice = scramble(id);
  const hue = (lookOf(first)[0] + (dice % 17) - 8 + 360) % 360;
  return {
    hue,
    moonHue: lookOf(second)[0],
    motif: lookOf(second)[1],
    turn: [0, 0, 30, -30, 90][(dice >>> 5) % 5],
    moon: { x: 10 + ((dice >>> 8) % 29), y: 12 + ((dice >>> 14) % 26), r: 6 + ((dice >>> 20) % 6) },
  };
}

/** @param {string} tag @returns {[number, Motif]} */
function lookOf(tag) {
  const known = LOOKS.get(tag);
  if (known) return known;
  let sum = 7;
  for (const letter of tag) sum = (sum * 31 + /** @type {number} */ (letter.codePointAt(0))) >>> 0;
  return [sum % 360, MOTIFS[sum % MOTIFS.length]];
}

/** Spreads neighbouring ids far apart (the finaliser of MurmurHash3). @param {number} id */
function scramble(id) {
  let mixed = id | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

let pictures = 0;
/** One of each pattern, to be copied. @type {Map<Motif, Element>} */
const blanks = new Map();

/** @param {Document} document @param {string} name @param {Record<string, string | number>} attributes @param {Element[]} children */
function make(document, name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {Document} document @param {Motif} motif */
function createBlank(document, motif) {
  const [width, height, path, filled] = TILES[motif];
  return make(document, 'svg', { class: 'picture', viewBox: '0 0 48 64', preserveAspectRatio: 'xMidYMid slice', 'aria-hidden': 'true', focusable: 'false' },
    make(document, 'pattern', { width, height, patternUnits: 'userSpaceOnUse' }, make(document, 'path', { d: path, class: filled ? 'motif filled' : 'motif' })),
    make(document, 'rect', { class: 'ground', width: 48, height: 64 }),
    make(document, 'circle', { class: 'moon' }),
    make(document, 'rect', { width: 48, height: 64 }));
}

/**
 * Returns the address of a show's own picture, if it is one that the site fetches pictures from.
 * @param {string | undefined} image @param {string} allowed origins, or `self` @param {string} base the page's address
 */
export function allowedImage(image, allowed, base) {
  if (!image || !allowed || !URL.canParse(image, base)) return undefined;
  const { href, origin, protocol } = new URL(image, base);
  const isAllowed = allowed.split(/\s+/).some((each) => (each === 'self' ? origin === new URL(base).origin : each === origin));
  return isAllowed && /^https?:$/.test(protocol) ? href : undefined;
}

/**
 * Returns the picture; decoration, so hidden from screen readers. `style.css` has its colours.
 * @param {Document} document
 * @param {{ id: number, tags: string[], image?: string }} show `image`: see `allowedImage`
 */
export function createPicture(document, show) {
  if (!show.image) return drawPicture(document, show);
  const photo = document.createElement('img');
  for (const [name, value] of Object.entries({ class: 'picture', alt: '', width: '48', height: '64', loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer' })) photo.setAttribute(name, value);
  photo.addEventListener('error', () => photo.replaceWith(drawPicture(document, show))); // offline, or gone
  photo.src = show.image;
  return photo;
}

/** @param {Document} document @param {{ id: number, tags: string[] }} show */
function drawPicture(document, show) {
  const { hue, moonHue, motif, turn, moon } = pictureOf(show);
  const blank = blanks.get(motif) ?? createBlank(document, motif);
  blanks.set(motif, blank);
  const svg = /** @type {SVGSVGElement} */ (blank.cloneNode(true));
  const [pattern, , circle, cover] = svg.children;
  const id = `motif-${++pictures}`; // a pattern is found by its id
  pattern.setAttribute('id', id);
  if (turn) pattern.setAttribute('patternTransform', `rotate(${turn})`);
  cover.setAttribute('fill', `url(#${id})`);
  for (const [key, value] of /** @type {const} */ ([['cx', moon.x], ['cy', moon.y], ['r', moon.r]])) circle.setAttribute(key, String(value));
  svg.style.setProperty('--hue', String(hue));
  svg.style.setProperty('--moon-hue', String(moonHue));
  return svg;
}
