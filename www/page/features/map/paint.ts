// Draws the map: the items, and over them rings and names by the canvas's own means; they are few.
import type { ItemMap } from 'osusume';
import type { Transform } from './camera.js';
import type { Place } from './places.js';
import { type Colour, drawPoints, type PointLook, type PointScene } from './points.js';

export interface Look extends PointLook {
  ink: Colour;
  lit: Colour;
  font: string;
}
export interface Scene extends PointScene {
  /** Rows. */
  liked: Set<number>;
  results: Set<number>;
  /** A row, or -1. */
  chosen: number;
  /** Whether the middle is marked. */
  hasCross: boolean;
  /** The most important first. */
  titles: { row: number; text: string }[];
  places: Place[];
}

const css = (colour: Colour) => `rgb(${colour.join(' ')})`;
/** The arms of the cross in the middle. */
const ARMS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];

export class Painter {
  private readonly context: CanvasRenderingContext2D;
  private image: ImageData;
  private ratio = 1;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly map: ItemMap,
  ) {
    this.context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
    this.image = this.context.createImageData(1, 1);
  }

  /** Takes a size in CSS pixels, with `ratio` device pixels for each. */
  resize(width: number, height: number, ratio: number) {
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
  }

  draw(look: Look, scene: Scene) {
    const { context, ratio } = this;
    drawPoints(this.image, this.map, look, scene, ratio);
    context.putImageData(this.image, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawRings(look, scene);
    this.drawNames(look, scene);
    if (scene.hasCross) this.drawCross(look);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  /** Returns the CSS pixel of a row. */
  private pixelOf(row: number, { by, dx, dy }: Transform): [number, number] {
    return [this.map.x[row] * by + dx, this.map.y[row] * by + dy];
  }

  private drawRings(look: Look, { transform, results, liked, chosen }: Scene) {
    const [ink, lit] = [css(look.ink), css(look.lit)];
    for (const row of results) this.ring(look, this.pixelOf(row, transform), 6, ink);
    for (const row of liked) this.ring(look, this.pixelOf(row, transform), 7.5, ink, lit);
    if (chosen >= 0) this.ring(look, this.pixelOf(chosen, transform), 11, lit);
  }

  private ring(look: Look, [x, y]: [number, number], radius: number, stroke: string, fill = '') {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    for (const [width, colour] of [[5, css(look.paper)] as const, [2.5, stroke] as const]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  private drawNames(look: Look, { transform, places, titles }: Scene) {
    const { context, canvas, ratio } = this;
    const room = createRoom(canvas.width / ratio, canvas.height / ratio);
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    context.font = `600 15px ${look.font}`;
    for (const { x, y, text } of places) {
      const [px, py] = [x * transform.by + transform.dx, y * transform.by + transform.dy];
      const wide = context.measureText(text).width;
      if (room.take(px - wide / 2, py - 10, wide, 20)) this.write(look, text, px, py);
    }
    context.textAlign = 'left';
    context.font = `13px ${look.font}`;
    for (const { row, text } of titles) {
      const [px, py] = this.pixelOf(row, transform);
      const wide = context.measureText(text).width;
      const sides = [px + 11, px - 11 - wide];
      const side = sides.find((left) => room.take(left, py - 9, wide, 18));
      if (side !== undefined) this.write(look, text, side, py);
    }
  }

  /** Writes a text that can be read over anything. */
  private write(look: Look, text: string, x: number, y: number) {
    const { context } = this;
    context.lineWidth = 4;
    context.lineJoin = 'round';
    context.strokeStyle = css(look.paper);
    context.strokeText(text, x, y);
    context.fillStyle = css(look.ink);
    context.fillText(text, x, y);
  }

  private drawCross(look: Look) {
    const { context, canvas, ratio } = this;
    const [cx, cy] = [canvas.width / ratio / 2, canvas.height / ratio / 2];
    context.lineWidth = 2;
    context.strokeStyle = css(look.ink);
    context.beginPath();
    for (const [x, y] of ARMS) {
      context.moveTo(cx + x * 6, cy + y * 6);
      context.lineTo(cx + x * 14, cy + y * 14);
    }
    context.stroke();
  }
}

/** Keeps names from lying over each other. */
function createRoom(width: number, height: number) {
  const taken: [number, number, number, number][] = [];
  return {
    /** Takes a rectangle, if it is free and in view. */
    take(left: number, top: number, wide: number, high: number): boolean {
      const isInside =
        left >= 2 && top >= 2 && left + wide <= width - 2 && top + high <= height - 2;
      const isApart = ([x, y, w, h]: [number, number, number, number]) =>
        left > x + w || left + wide < x || top > y + h || top + high < y;
      if (!isInside || !taken.every(isApart)) return false;
      taken.push([left, top, wide, high]);
      return true;
    },
  };
}
