// Fingers, mouse, wheel and keys on the map.

export interface Handlers {
  /** Moves by pixels. */
  onPan: (dx: number, dy: number) => void;
  /** Zooms around a pixel; `glide` takes its time. */
  onZoom: (factor: number, x?: number, y?: number, glide?: boolean) => void;
  onShowAll: () => void;
  onHover: (x: number, y: number) => void;
  onLeave: () => void;
  onChoose: (x: number, y: number, reach: number) => void;
  onChooseMiddle: () => void;
}

/** How far a press may wander and still choose, and how near it must come. */
const [STILL, NEAR_MOUSE, NEAR_FINGER] = [6, 14, 24];
/** Pixels that an arrow key moves. */
const STEP = 60;
/** Pixels of a line, which Firefox's wheel counts. */
const LINE = 16;
/** Two fingers nearer than this tell no factor. */
const LEAST_SPREAD = 8;

interface Point {
  x: number;
  y: number;
}

export function bindGestures(stage: HTMLElement, handlers: Handlers) {
  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  bindPointers(stage, at, handlers);
  bindKeys(stage, handlers);
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x, y } = at(event);
    const pixels = event.deltaY * (event.deltaMode === 1 ? LINE : 1);
    handlers.onZoom(2 ** (-pixels / (event.ctrlKey ? 80 : 300)), x, y); // with Ctrl: a pinch
  };
  stage.addEventListener('wheel', onWheel, { passive: false });
  stage.addEventListener('dblclick', (event) => {
    const { x, y } = at(event);
    handlers.onZoom(2, x, y, true);
  });
}

function bindPointers(stage: HTMLElement, at: (event: MouseEvent) => Point, handlers: Handlers) {
  const down = new Map<number, Point>();
  let wandered = 0;
  let hadTwo = false;

  function onDown(event: PointerEvent) {
    if (event.button !== 0) return;
    stage.setPointerCapture?.(event.pointerId);
    if (down.size === 0) [wandered, hadTwo] = [0, false];
    down.set(event.pointerId, at(event));
    hadTwo ||= down.size > 1;
  }

  function onMove(event: PointerEvent) {
    const now = at(event);
    const before = down.get(event.pointerId);
    if (!before) return handlers.onHover(now.x, now.y);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(before, now, other, handlers);
    else {
      wandered += Math.hypot(now.x - before.x, now.y - before.y);
      if (wandered > STILL) handlers.onPan(now.x - before.x, now.y - before.y);
    }
    down.set(event.pointerId, now);
  }

  function onUp(event: PointerEvent) {
    if (!down.delete(event.pointerId) || hadTwo || wandered > STILL) return;
    const { x, y } = at(event);
    handlers.onChoose(x, y, event.pointerType === 'mouse' ? NEAR_MOUSE : NEAR_FINGER);
  }

  stage.addEventListener('pointerdown', onDown);
  stage.addEventListener('pointermove', onMove);
  stage.addEventListener('pointerup', onUp);
  stage.addEventListener('pointercancel', ({ pointerId }) => down.delete(pointerId));
  stage.addEventListener('pointerleave', () => down.size || handlers.onLeave());
}

function pinch(before: Point, now: Point, other: Point, { onPan, onZoom }: Handlers) {
  const spread = ({ x, y }: Point) => Math.hypot(x - other.x, y - other.y);
  const [was, is] = [spread(before), spread(now)];
  onPan((now.x - before.x) / 2, (now.y - before.y) / 2);
  if (was > LEAST_SPREAD && is > LEAST_SPREAD)
    onZoom(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
}

function bindKeys(stage: HTMLElement, { onPan, onZoom, onShowAll, onChooseMiddle }: Handlers) {
  const zoomIn = () => onZoom(1.5, undefined, undefined, true);
  const keys: Record<string, () => void> = {
    ArrowLeft: () => onPan(STEP, 0),
    ArrowRight: () => onPan(-STEP, 0),
    ArrowUp: () => onPan(0, STEP),
    ArrowDown: () => onPan(0, -STEP),
    '+': zoomIn,
    '=': zoomIn,
    '-': () => onZoom(1 / 1.5, undefined, undefined, true),
    0: onShowAll,
    Home: onShowAll,
    Enter: onChooseMiddle,
    ' ': onChooseMiddle,
  };
  stage.addEventListener('keydown', (event) => {
    const run = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (event.ctrlKey || event.metaKey || event.altKey || !run) return;
    event.preventDefault();
    run();
  });
}
