// The canvas of the map: camera, painter and gestures together. Says when the view has changed.
import type { ItemMap } from 'osusume';
import { boxOf, Camera } from './camera.js';
import { bindGestures, type Handlers } from './gestures.js';
import { type Look, Painter, type Scene } from './paint.js';
import { middles, nearest, rowsInView } from './places.js';

/** Device pixels for each of CSS's; more would not be seen. */
const MOST_DENSE = 2;
/** The view counts as settled when it has stood still this long. */
const SETTLED_MS = 140;
const GLIDE_MS = 180;
/** Regions are named up to this zoom. */
const FAR = 5;
const NEAR_POINTER = 14;
const NEAR_MIDDLE = 120;

export interface StageHandlers {
  /** The view has moved. */
  onMove: () => void;
  /** The view has stood still for a while. */
  onSettle: () => void;
  /** A row lies under the pointer; -1 is none. */
  onHover: (row: number) => void;
  onChoose: (row: number) => void;
  /** Reads the colours that the styles and the visitor's preferences give. */
  readLook: () => Look;
}

export class Stage {
  readonly camera: Camera;
  private readonly painter: Painter;
  private readonly places;
  private readonly scene: Scene;
  private look: Look | undefined;
  private frame = 0;
  private settling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly map: ItemMap,
    private readonly handlers: StageHandlers,
  ) {
    this.camera = new Camera(boxOf(map.x, map.y));
    this.painter = new Painter(canvas, map);
    this.places = middles(map);
    const none = new Set<number>();
    const { transform } = this.camera;
    const empty = { liked: none, results: none, titles: [], places: this.places };
    this.scene = { transform, zoom: 1, only: -1, chosen: -1, hasCross: false, ...empty };
    bindGestures(canvas, this.gestures());
    for (const event of ['focus', 'blur'])
      canvas.addEventListener(event, () =>
        this.update({ hasCross: canvas.matches(':focus-visible') }),
      );
  }

  /** Changes what is drawn. */
  update(change: Partial<Scene>) {
    Object.assign(this.scene, change);
    this.redraw();
  }

  /** Reads the colours anew. */
  refreshLook() {
    this.look = undefined;
    this.redraw();
  }

  /** Takes the size of the canvas from the layout. */
  resize() {
    const { width, height } = this.size();
    if (!width) return;
    this.camera.resize(width, height);
    this.painter.resize(width, height, Math.min(MOST_DENSE, devicePixelRatio || 1));
    this.moved();
  }

  /** The view has changed: draws it, and says when it has settled. */
  moved() {
    this.handlers.onMove();
    this.redraw();
    clearTimeout(this.settling);
    this.settling = setTimeout(this.handlers.onSettle, SETTLED_MS);
  }

  goTo(row: number) {
    this.camera.goTo(this.map.x[row], this.map.y[row]);
    this.moved();
  }

  showAll() {
    this.camera.reset();
    this.moved();
  }

  zoom(factor: number, x?: number, y?: number, glide = false) {
    if (!glide || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.camera.zoomBy(factor, x, y);
      return this.moved();
    }
    const from = performance.now();
    let done = 0;
    const step = (now: number) => {
      const part = Math.min(1, Math.max(0, (now - from) / GLIDE_MS));
      this.camera.zoomBy(factor ** (part - done), x, y);
      done = part;
      this.moved();
      if (part < 1 && this.isVisible()) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  rowsInView(): number[] {
    return rowsInView(this.map, this.camera.transform, this.size(), this.scene.only);
  }

  /** Returns the pixel of a row. */
  pixelOf(row: number): { x: number; y: number } {
    const { by, dx, dy } = this.camera.transform;
    return { x: this.map.x[row] * by + dx, y: this.map.y[row] * by + dy };
  }

  size() {
    return this.canvas.getBoundingClientRect();
  }

  /** A closed map is not drawn. */
  isVisible(): boolean {
    return this.canvas.getClientRects().length > 0;
  }

  private gestures(): Handlers {
    const find = (x: number, y: number, reach: number) =>
      nearest(this.map, this.camera.transform, x, y, reach);
    return {
      onPan: (dx, dy) => {
        this.camera.pan(dx, dy);
        this.moved();
      },
      onZoom: (factor, x, y, glide) => this.zoom(factor, x, y, glide),
      onShowAll: () => this.showAll(),
      onHover: (x, y) => this.handlers.onHover(find(x, y, NEAR_POINTER)),
      onLeave: () => this.handlers.onHover(-1),
      onChoose: (x, y, reach) => this.handlers.onChoose(find(x, y, reach)),
      onChooseMiddle: () => {
        const { width, height } = this.size();
        this.handlers.onChoose(find(width / 2, height / 2, NEAR_MIDDLE));
      },
    };
  }

  private redraw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.isVisible()) return;
      const { transform, zoom } = this.camera;
      Object.assign(this.scene, { transform, zoom, places: zoom < FAR ? this.places : [] });
      this.look ??= this.handlers.readLook();
      this.painter.draw(this.look, this.scene);
    });
  }
}
