// Which part of the plane is in view, how large. Arithmetic alone: no DOM.

/** How far it can be zoomed in, times the size at which everything is in view. */
const MOST_ZOOM = 40;
/** Free pixels around the whole map. */
const MARGIN = 24;
/** The zoom at which the neighbours of a show can be told apart. */
const SHOW_ZOOM = 6;

/** In the plane. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
/** Multiplies and moves a place in the plane to make a pixel. */
export interface Transform {
  by: number;
  dx: number;
  dy: number;
}

const clamp = (value: number, least: number, most: number) =>
  Math.min(most, Math.max(least, value));

export class Camera {
  zoom = 1;
  private width = 1;
  private height = 1;
  private x: number;
  private y: number;

  /** `box` is all that there is to see. */
  constructor(private readonly box: Box) {
    this.x = (box.left + box.right) / 2;
    this.y = (box.top + box.bottom) / 2;
  }

  /** Sets the size of the view in pixels. */
  resize(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  get transform(): Transform {
    const by = this.scale();
    return { by, dx: this.width / 2 - this.x * by, dy: this.height / 2 - this.y * by };
  }

  /** Moves the view by so many pixels. */
  pan(dx: number, dy: number) {
    this.x -= dx / this.scale();
    this.y -= dy / this.scale();
    this.settle();
  }

  /** Zooms; the place at the pixel stays where it is. */
  zoomBy(factor: number, px = this.width / 2, py = this.height / 2) {
    const before = this.scale();
    this.zoom = clamp(this.zoom * factor, 1, MOST_ZOOM);
    const after = this.scale();
    this.x += (px - this.width / 2) * (1 / before - 1 / after);
    this.y += (py - this.height / 2) * (1 / before - 1 / after);
    this.settle();
  }

  /** Shows everything again. */
  reset() {
    this.zoom = 1;
    this.x = (this.box.left + this.box.right) / 2;
    this.y = (this.box.top + this.box.bottom) / 2;
  }

  /** Brings a place into the middle, near enough to see what is around it. */
  goTo(x: number, y: number) {
    this.x = x;
    this.y = y;
    this.zoom = Math.max(this.zoom, SHOW_ZOOM);
    this.settle();
  }

  private scale(): number {
    const { left, top, right, bottom } = this.box;
    const across = (this.width - 2 * MARGIN) / Math.max(1, right - left);
    const down = (this.height - 2 * MARGIN) / Math.max(1, bottom - top);
    return this.zoom * Math.max(1e-6, Math.min(across, down));
  }

  private settle() {
    this.zoom = clamp(this.zoom, 1, MOST_ZOOM);
    this.x = clamp(this.x, this.box.left, this.box.right);
    this.y = clamp(this.y, this.box.top, this.box.bottom);
  }
}

/** Returns the box of all the points. */
export function boxOf(xs: ArrayLike<number>, ys: ArrayLike<number>): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let at = 0; at < xs.length; at += 1) {
    box.left = Math.min(box.left, xs[at]);
    box.right = Math.max(box.right, xs[at]);
    box.top = Math.min(box.top, ys[at]);
    box.bottom = Math.max(box.bottom, ys[at]);
  }
  return box;
}
