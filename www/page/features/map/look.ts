// The colours of the map, as the styles and the visitor's preferences have them.
import type { Look } from './paint.js';
import type { Colour } from './points.js';

function colourOf(element: Element, property: 'color' | 'backgroundColor' = 'color'): Colour {
  const numbers = getComputedStyle(element)[property].match(/[\d.]+/g) ?? ['0', '0', '0'];
  return numbers.slice(0, 3).map(Number) as Colour;
}

/** Reads the colours around a canvas; the legend has one swatch for each of the groups. */
export function readLook(canvas: HTMLCanvasElement, groups: number): Look {
  const root = canvas.closest('.map-inside') as Element;
  const stage = canvas.parentElement as Element;
  const swatch = (name: string | number) =>
    colourOf(root.querySelector(`[data-swatch="${name}"]`) ?? stage);
  return {
    paper: colourOf(stage, 'backgroundColor'),
    ink: colourOf(stage),
    lit: swatch('liked'),
    groups: Array.from({ length: groups + 1 }, (_, group) => swatch(group)),
    font: getComputedStyle(stage).fontFamily,
  };
}
