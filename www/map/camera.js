// @ts-check
// Which part of the plane is seen, how large. Plain arithmetic: no DOM.

/** How far it can be zoomed in, times the size at which all is seen. */
const MOST = 40;
/** Free pixels around the whole map. */
const MARGIN = 24;

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box in the plane */

/** @param {Box} box all that there is to see */
export function createCamera(box) {
  let [width, height] = [1, 1];
  let zoom = 1;
  let [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];

  const fit = () => Math.max(1e-6, Math.min((width - 2 * MARGIN) / Math.max(1, box.right - box.left), (height - 2 * MARGIN) / Math.max(1, box.bottom - box.top)));
  const scale = () => zoom * fit();
  const clamp = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) => Math.min(most, Math.max(least, value));

  function settle() {
    zoom = clamp(zoom, 1, MOST);
    x = clamp(x, box.left, box.right);
    y = clamp(y, box.top, box.bottom);
  }

  return {
    /** @param {number} wide @param {number} high in pixels */
    resize(wide, high) {
      [width, height] = [wide, high];
    },
    /** What multiplies and adds to a place in the plane to make a pixel. */
    get transform() {
      const by = scale();
      return { by, dx: width / 2 - x * by, dy: height / 2 - y * by };
    },
    get zoom() {
      return zoom;
    },
    /** Moves what is seen by so many pixels. @param {number} dx @param {number} dy */
    pan(dx, dy) {
      x -= dx / scale();
      y -= dy / scale();
      settle();
    },
    /** Zooms; what lies at the pixel stays there. @param {number} factor @param {number} [px] @param {number} [py] */
    zoomBy(factor, px = width / 2, py = height / 2) {
      const before = scale();
      zoom = clamp(zoom * factor, 1, MOST);
      const after = scale();
      x += (px - width / 2) * (1 / before - 1 / after);
      y += (py - height / 2) * (1 / before - 1 / after);
      settle();
    },
    /** All of it again. */
    reset() {
      zoom = 1;
      [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    },
    /** Brings a place into the middle, near enough to see what is around it. @param {number} px @param {number} py */
    goTo(px, py) {
      [x, y] = [px, py];
      zoom = Math.max(zoom, 6);
      settle();
    },
  };
}

/** @typedef {ReturnType<typeof createCamera>} Camera */

/** Returns what holds all the points. @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys @returns {Box} */
export function boxOf(xs, ys) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let at = 0; at < xs.length; at += 1) {
    box.left = Math.min(box.left, xs[at]);
    box.right = Math.max(box.right, xs[at]);
    box.top = Math.min(box.top, ys[at]);
    box.bottom = Math.max(box.bottom, ys[at]);
  }
  return box;
}
