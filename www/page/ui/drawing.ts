// How a show without a photo is drawn: colour and pattern by its two most telling tags, so that
// related shows look related, and a moon whose place comes from the id.

export type Motif =
  | 'waves'
  | 'hexagons'
  | 'lattice'
  | 'rings'
  | 'checks'
  | 'arrows'
  | 'scales'
  | 'stripes'
  | 'dots';

/** Tags from the most to the least telling, each with a hue and a pattern. Others have them by their name. */
const LOOKS = new Map<string, [hue: number, motif: Motif]>([
  ['Mecha', [212, 'hexagons']],
  ['Music', [322, 'dots']],
  ['Sports', [96, 'arrows']],
  ['Horror', [352, 'scales']],
  ['Space', [244, 'hexagons']],
  ['Romance', [338, 'rings']],
  ['Mystery', [268, 'lattice']],
  ['Slice of Life', [152, 'waves']],
  ['Historical', [32, 'arrows']],
  ['Samurai', [18, 'scales']],
  ['Psychological', [290, 'rings']],
  ['Sci-Fi', [200, 'hexagons']],
  ['Kids', [46, 'dots']],
  ['Martial Arts', [14, 'arrows']],
  ['Military', [84, 'checks']],
  ['Supernatural', [276, 'lattice']],
  ['Magic', [256, 'lattice']],
  ['Thriller', [358, 'checks']],
  ['Fantasy', [170, 'waves']],
  ['Drama', [226, 'rings']],
  ['Adventure', [38, 'stripes']],
  ['Action', [8, 'scales']],
  ['School', [186, 'checks']],
  ['Comedy', [50, 'dots']],
]);

/** The tile of each pattern: width, height, path, and whether the path is filled. */
export const TILES: Record<Motif, [width: number, height: number, path: string, filled: boolean]> =
  {
    waves: [
      16,
      8,
      'M-8 8a8 8 0 0 1 16 0a8 8 0 0 1 16 0M-5 8a5 5 0 0 1 10 0M11 8a5 5 0 0 1 10 0M-2 8a2 2 0 0 1 4 0M14 8a2 2 0 0 1 4 0M3.4 1.4a5 5 0 0 1 9.2 0M6.2 3.2a2 2 0 0 1 3.6 0',
      false,
    ],
    hexagons: [12, 21, 'M6 0V3.5L12 7V14L6 17.5V21M6 3.5L0 7V14L6 17.5', false],
    lattice: [
      12,
      21,
      'M6 0V21M0 0V21M12 0V21M0 0L12 7M12 0L0 7M0 7L12 14M12 7L0 14M0 14L12 21M12 14L0 21',
      false,
    ],
    rings: [
      12,
      12,
      'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0M-6 12a6 6 0 1 0 12 0a6 6 0 1 0-12 0M6 12a6 6 0 1 0 12 0a6 6 0 1 0-12 0M0 6a6 6 0 1 0 12 0a6 6 0 1 0-12 0',
      false,
    ],
    checks: [12, 12, 'M0 0H6V6H0ZM6 6H12V12H6Z', true],
    arrows: [12, 16, 'M0 6L6 0V10L0 16ZM12 14L6 8V16H8L12 20Z', true],
    scales: [12, 10, 'M0 10L6 0L12 10Z', true],
    stripes: [12, 12, 'M1 0V12M4 0V12M5.5 0V12M9 0V12', false],
    dots: [
      10,
      10,
      'M1 2.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M6 7.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0',
      true,
    ],
  };
const MOTIFS = Object.keys(TILES) as Motif[];
const TURNS = [0, 0, 30, -30, 90];

/** Returns how to draw a show; the same every time. */
export function pictureOf({ id, tags }: { id: number; tags: string[] }) {
  const order = [...LOOKS.keys()];
  const rank = (tag: string) => order.indexOf(tag) + 1 || 99;
  const [first = '', second = first] = [...tags].sort((a, b) => rank(a) - rank(b));
  const [hue] = lookOf(first);
  const [moonHue, motif] = lookOf(second);
  const bits = scramble(id);
  return {
    hue: (hue + (bits % 17) - 8 + 360) % 360,
    moonHue,
    motif,
    turn: TURNS[(bits >>> 5) % TURNS.length],
    moon: {
      x: 10 + ((bits >>> 8) % 29),
      y: 12 + ((bits >>> 14) % 26),
      r: 6 + ((bits >>> 20) % 6),
    },
  };
}

function lookOf(tag: string): [number, Motif] {
  const known = LOOKS.get(tag);
  if (known) return known;
  let sum = 7;
  for (const letter of tag) sum = (sum * 31 + Number(letter.codePointAt(0))) >>> 0;
  return [sum % 360, MOTIFS[sum % MOTIFS.length]];
}

/** Spreads neighbouring ids far apart (the finaliser of MurmurHash3). */
function scramble(id: number): number {
  let mixed = id | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
