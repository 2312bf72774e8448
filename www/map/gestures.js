// @ts-check
// What fingers, mouse, wheel and keys mean on the map: move, zoom, look, choose.

/**
 * @typedef {object} Meaning
 * @property {(dx: number, dy: number) => void} pan pixels
 * @property {(factor: number, x?: number, y?: number, glide?: boolean) => void} zoom around a pixel
 * @property {() => void} all
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {(x: number, y: number, reach: number) => void} choose
 * @property {() => void} chooseMiddle
 */

/** How far a press may wander and still choose, and how near it must come. */
const [STILL, NEAR_MOUSE, NEAR_FINGER] = [6, 14, 24];
/** Pixels that an arrow key moves. */
const STEP = 60;

/** @param {HTMLElement} stage @param {Meaning} meaning */
export function bindGestures(stage, meaning) {
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let wandered = 0;
  let hadTwo = false;
  const at = (/** @type {MouseEvent} */ { clientX, clientY }) => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };

  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture?.(event.pointerId);
    if (down.size === 0) [wandered, hadTwo] = [0, false];
    down.set(event.pointerId, at(event));
    hadTwo ||= down.size > 1;
  });
  stage.addEventListener('pointermove', (event) => {
    const now = at(event);
    const before = down.get(event.pointerId);
    if (!before) return meaning.hover(now.x, now.y);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const [was, is] = [before, now].map(({ x, y }) => Math.hypot(x - other.x, y - other.y));
      const [mx, my] = [(now.x + other.x) / 2, (now.y + other.y) / 2];
      meaning.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      if (was > 8 && is > 8) meaning.zoom(is / was, mx, my);
    } else {
      wandered += Math.hypot(now.x - before.x, now.y - before.y);
      if (wandered > STILL) meaning.pan(now.x - before.x, now.y - before.y);
    }
    down.set(event.pointerId, now);
  });
  stage.addEventListener('pointerup', (event) => {
    if (!down.delete(event.pointerId) || hadTwo || wandered > STILL) return;
    const { x, y } = at(event);
    meaning.choose(x, y, event.pointerType === 'mouse' ? NEAR_MOUSE : NEAR_FINGER);
  });
  stage.addEventListener('pointercancel', ({ pointerId }) => down.delete(pointerId));
  stage.addEventListener('pointerleave', () => down.size || meaning.leave());
  stage.addEventListener('wheel', (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    const lines = event.deltaMode === 1 ? 16 : 1; // Firefox counts lines
    meaning.zoom(2 ** (-event.deltaY * lines / (event.ctrlKey ? 80 : 300)), x, y); // with Ctrl: a pinch on a touchpad
  }, { passive: false });
  stage.addEventListener('dblclick', (event) => {
    const { x, y } = at(event);
    meaning.zoom(2, x, y, true);
  });

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => meaning.pan(STEP, 0), ArrowRight: () => meaning.pan(-STEP, 0), ArrowUp: () => meaning.pan(0, STEP), ArrowDown: () => meaning.pan(0, -STEP),
    '+': () => meaning.zoom(1.5, undefined, undefined, true), '=': () => meaning.zoom(1.5, undefined, undefined, true), '-': () => meaning.zoom(1 / 1.5, undefined, undefined, true),
    0: meaning.all, Home: meaning.all, Enter: meaning.chooseMiddle, ' ': meaning.chooseMiddle,
  };
  stage.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}
