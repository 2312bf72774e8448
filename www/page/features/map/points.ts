// Draws the items into a canvas, pixel by pixel: twelve thousand of them take a millisecond.
import type { ItemMap } from 'osusume';
import type { Transform } from './camera.js';

export type Colour = [red: number, green: number, blue: number];

export interface PointLook {
  paper: Colour;
  /** The colours of the groups, that of no group first. */
  groups: Colour[];
}
export interface PointScene {
  transform: Transform;
  zoom: number;
  /** The group that stands out; -1 is none. */
  only: number;
}

/** The share of a dimmed colour over the paper. */
const DIMMED = 0.22;

/** Mixes two colours, `part` of the first. */
export const mix = (over: Colour, under: Colour, part: number) =>
  over.map((value, at) => Math.round(value * part + under[at] * (1 - part))) as Colour;

const WORD = new Uint32Array(1);
const BYTES = new Uint8Array(WORD.buffer);
/** Returns a pixel as one number, in the byte order of this machine. */
function pixel([red, green, blue]: Colour): number {
  BYTES.set([red, green, blue, 255]);
  return WORD[0];
}

/** Returns a disc as offsets from its middle pixel: those inside, and those on its edge. */
function disc(radius: number, stride: number) {
  const [whole, half]: [number[], number[]] = [[], []];
  const reach = Math.ceil(radius + 0.5);
  for (let y = -reach; y <= reach; y += 1) {
    for (let x = -reach; x <= reach; x += 1) {
      const inside = radius + 0.5 - Math.hypot(x, y);
      if (inside > 0.75) whole.push(y * stride + x);
      else if (inside > 0.25) half.push(y * stride + x);
    }
  }
  return { whole, half, reach };
}

/** Returns the radius of an item in device pixels; on a small screen they lie closer. */
function radiusOf(zoom: number, ratio: number, { width, height }: ImageData): number {
  const small = Math.min(1, Math.max(0.65, Math.min(width, height) / ratio / 700));
  return (1.3 * small + Math.min(3, Math.log2(zoom) * 0.75)) * ratio;
}

/** Draws all the items. `ratio` is device pixels for each of CSS's. */
export function drawPoints(
  image: ImageData,
  { x: xs, y: ys, groups }: ItemMap,
  look: PointLook,
  { transform: { by, dx, dy }, zoom, only }: PointScene,
  ratio: number,
) {
  const pixels = new Uint32Array(image.data.buffer);
  const { width, height } = image;
  const { whole, half, reach } = disc(radiusOf(zoom, ratio, image), width);
  const isDim = (group: number) => only >= 0 && only !== group;
  const colours = look.groups.map((colour, group) =>
    isDim(group) ? mix(colour, look.paper, DIMMED) : colour,
  );
  const full = colours.map(pixel);
  const edge = colours.map((colour) => pixel(mix(colour, look.paper, 0.5)));
  const paper = pixel(look.paper);
  pixels.fill(paper);
  const [scale, left, top] = [by * ratio, dx * ratio, dy * ratio];
  // The popular ones come first, and are drawn last; what stands out is drawn over the rest.
  for (const isOnly of only >= 0 ? [false, true] : [undefined]) {
    for (let row = xs.length - 1; row >= 0; row -= 1) {
      const group = groups[row];
      if (isOnly !== undefined && (group === only) !== isOnly) continue;
      const px = Math.round(xs[row] * scale + left);
      const py = Math.round(ys[row] * scale + top);
      if (px < reach || py < reach || px >= width - reach || py >= height - reach) continue;
      const middle = py * width + px;
      for (const at of half) if (pixels[middle + at] === paper) pixels[middle + at] = edge[group];
      for (const at of whole) pixels[middle + at] = full[group];
    }
  }
}
