// Glides the rows of a list to their new places. Knows only the elements.

/** Milliseconds that a row takes to its place. */
const GLIDE_MS = 260;

interface Placed {
  /** The show that the row had when it was last placed. */
  id: string | undefined;
  /** Where in the list that was. */
  top: number;
  /** How far away it began to glide. */
  by: number;
  animation?: Animation;
}

/** Returns a function that moves the rows of a list to their new places. */
export function createGlide() {
  const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  const placed = new WeakMap<HTMLElement, Placed>();
  let frame = 0;

  function place(list: HTMLElement) {
    const edge = list.offsetTop;
    const rows = [...list.children] as HTMLElement[];
    const tops = rows.map((row) => row.offsetTop - edge); // all of them before any moves
    for (const [at, row] of rows.entries()) move(row, tops[at]);
  }

  function move(row: HTMLElement, top: number) {
    const { id } = row.dataset;
    const before = placed.get(row);
    const isNew = before?.id !== id;
    if (!isNew && top === before?.top) return; // it stays, or is on its way there
    const done = before?.animation?.effect?.getComputedTiming().progress ?? 1;
    const from = (before?.top ?? 0) + (before?.by ?? 0) * (1 - done);
    const by = isNew ? 0 : from - top;
    before?.animation?.cancel();
    const start = isNew
      ? { opacity: 0, transform: 'translateY(.4rem)' }
      : { transform: `translateY(${by}px)` };
    const animation = row.animate([start, {}], { duration: GLIDE_MS, easing: 'ease-out' });
    placed.set(row, { id, top, by, animation });
  }

  return (list: HTMLElement) => {
    if (reducedMotion.matches) return;
    cancelAnimationFrame(frame);
    // The layout is asked for when the page needs it anyway.
    frame = requestAnimationFrame(() => place(list));
  };
}
