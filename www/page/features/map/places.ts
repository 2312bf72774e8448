// Finds items in the plane. Arithmetic alone: no DOM.
import type { ItemMap } from 'osusume';
import type { Transform } from './camera.js';

/** The plane as squares, to find where a group is thickest. */
const CELLS = 20;
const SIDE = 65536 / CELLS;
/** A cell and the cells around it, so that a small heap far out is not taken for the middle. */
const AROUND = [-CELLS - 1, -CELLS, -CELLS + 1, -1, 0, 1, CELLS - 1, CELLS, CELLS + 1];

/** The name of a region, in the plane. */
export interface Place {
  x: number;
  y: number;
  text: string;
}

/** Returns the row of the item nearest to a pixel, at most `reach` away; -1 if there is none. */
export function nearest(
  { x: xs, y: ys }: Pick<ItemMap, 'x' | 'y'>,
  { by, dx, dy }: Transform,
  px: number,
  py: number,
  reach: number,
): number {
  let [best, found] = [reach * reach, -1];
  for (let row = 0; row < xs.length; row += 1) {
    const far = (xs[row] * by + dx - px) ** 2 + (ys[row] * by + dy - py) ** 2;
    if (far < best) [best, found] = [far, row];
  }
  return found;
}

/** Returns the rows in a view of this size, of one group or (-1) of all. */
export function rowsInView(
  { x: xs, y: ys, groups }: ItemMap,
  { by, dx, dy }: Transform,
  { width, height }: { width: number; height: number },
  only: number,
): number[] {
  const rows: number[] = [];
  for (let row = 0; row < xs.length; row += 1) {
    const [x, y] = [xs[row] * by + dx, ys[row] * by + dy];
    const isIn = x >= 0 && y >= 0 && x <= width && y <= height;
    if (isIn && (only < 0 || groups[row] === only)) rows.push(row);
  }
  return rows;
}

/** Returns where each group is thickest. */
export function middles({ x: xs, y: ys, groups, names }: ItemMap): Place[] {
  const counts = names.map(() => new Map<number, number>());
  for (let row = 0; row < xs.length; row += 1) {
    const cells = counts[groups[row] - 1];
    const cell = Math.floor(ys[row] / SIDE) * CELLS + Math.floor(xs[row] / SIDE);
    cells?.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  return counts.map((cells, at) => {
    const around = (cell: number) =>
      AROUND.reduce((sum, step) => sum + (cells.get(cell + step) ?? 0), 0);
    const thickest = (most: number, cell: number) => (around(cell) > around(most) ? cell : most);
    const cell = [...cells.keys()].reduce(thickest, 0);
    const [x, y] = [(cell % CELLS) + 0.5, Math.floor(cell / CELLS) + 0.5];
    return { text: names[at], x: x * SIDE, y: y * SIDE };
  });
}
