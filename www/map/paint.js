// @ts-check
// Draws the points into a canvas, pixel by pixel: twelve thousand of them cost a millisecond, whatever the browser draws
// with. Rings and titles go on top by the canvas's own means; they are few.

/** @typedef {import('../client/index.js').ItemMap} ItemMap */
/** @typedef {{ by: number, dx: number, dy: number }} Transform from the plane to CSS pixels */
/** @typedef {[red: number, green: number, blue: number]} Colour */
/**
 * @typedef {object} Look
 * @property {Colour} paper
 * @property {Colour} ink
 * @property {Colour} lit
 * @property {Colour[]} groups the colour of none first
 * @property {string} font
 */
/**
 * @typedef {object} Scene
 * @property {Transform} transform
 * @property {number} zoom
 * @property {number} only the group that stands out, -1 for all
 * @property {Set<number>} liked rows
 * @property {Set<number>} results rows
 * @property {number} chosen a row, or -1
 * @property {boolean} cross whether the middle is marked
 * @property {{ row: number, text: string }[]} titles the most important first
 * @property {{ x: number, y: number, text: string }[]} places names of regions
 */

/** Two colours one over the other. @param {Colour} over @param {Colour} under @param {number} part of `over` @returns {Colour} */
const mix = (over, under, part) => /** @type {Colour} */ (over.map((value, at) => Math.round(value * part + under[at] * (1 - part))));
/** @param {Colour} colour */
const css = (colour) => `rgb(${colour.join(' ')})`;
const WORD = new Uint32Array(1);
const BYTES = new Uint8Array(WORD.buffer);
/** A pixel as one number, in whatever order this machine has. @param {Colour} colour */
function pixel([red, green, blue]) {
  BYTES.set([red, green, blue, 255]);
  return WORD[0];
}

/** A disc as offsets from its middle pixel: those wholly inside, and those that its edge cuts. @param {number} radius @param {number} stride */
function disc(radius, stride) {
  const [whole, half] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
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

/** @param {HTMLCanvasElement} canvas @param {ItemMap} map */
export function createPainter(canvas, map) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
  const { x: xs, y: ys, groups } = map;
  let ratio = 1;
  /** @type {ImageData} */
  let image = context.createImageData(1, 1);
  let pixels = new Uint32Array(image.data.buffer);

  /** @param {Look} look @param {Scene} scene */
  function points(look, { transform: { by, dx, dy }, zoom, only }) {
    const { width, height } = image;
    const small = Math.min(1, Math.max(0.65, Math.min(width, height) / ratio / 700)); // on a phone they lie closer
    const radius = (1.3 * small + Math.min(3, Math.log2(zoom) * 0.75)) * ratio;
    const { whole, half, reach } = disc(radius, width);
    const dimmed = look.groups.map((colour, group) => (only >= 0 && only !== group ? mix(colour, look.paper, 0.22) : colour));
    const [full, edge] = [dimmed.map(pixel), dimmed.map((colour) => pixel(mix(colour, look.paper, 0.5)))];
    const paper = pixel(look.paper);
    pixels.fill(paper);
    const [scale, left, top] = [by * ratio, dx * ratio, dy * ratio];
    // The popular ones come first, and are drawn last. What stands out is drawn over the rest.
    for (const pass of only >= 0 ? [false, true] : [undefined]) {
      for (let row = xs.length - 1; row >= 0; row -= 1) {
        const group = groups[row];
        if (pass !== undefined && (group === only) !== pass) continue;
        const px = Math.round(xs[row] * scale + left);
        const py = Math.round(ys[row] * scale + top);
        if (px < reach || py < reach || px >= width - reach || py >= height - reach) continue;
        const middle = py * width + px;
        const [inner, outer] = [full[group], edge[group]];
        for (let at = 0; at < half.length; at += 1) if (pixels[middle + half[at]] === paper) pixels[middle + half[at]] = outer;
        for (let at = 0; at < whole.length; at += 1) pixels[middle + whole[at]] = inner;
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** @param {number} row @param {Transform} transform @returns {[number, number]} in CSS pixels */
  const place = (row, { by, dx, dy }) => [xs[row] * by + dx, ys[row] * by + dy];

  /** @param {Look} look @param {number} px @param {number} py @param {number} radius @param {string | undefined} fill @param {string} stroke */
  function ring(look, px, py, radius, fill, stroke) {
    context.beginPath();
    context.arc(px, py, radius, 0, 2 * Math.PI);
    if (fill) {
      context.fillStyle = fill;
      context.fill();
    }
    context.lineWidth = 5;
    context.strokeStyle = css(look.paper);
    context.stroke();
    context.lineWidth = 2.5;
    context.strokeStyle = stroke;
    context.stroke();
  }

  /** Writes a text that can be read over anything. @param {Look} look @param {string} text @param {number} px @param {number} py */
  function write(look, text, px, py) {
    context.lineWidth = 4;
    context.lineJoin = 'round';
    context.strokeStyle = css(look.paper);
    context.strokeText(text, px, py);
    context.fillStyle = css(look.ink);
    context.fillText(text, px, py);
  }

  return {
    /** @param {number} width @param {number} height in CSS pixels @param {number} density device pixels for each */
    resize(width, height, density) {
      ratio = density;
      canvas.width = Math.max(1, Math.round(width * ratio));
      canvas.height = Math.max(1, Math.round(height * ratio));
      image = context.createImageData(canvas.width, canvas.height);
      pixels = new Uint32Array(image.data.buffer);
    },

    /** @param {Look} look @param {Scene} scene */
    draw(look, scene) {
      const { transform } = scene;
      points(look, scene);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const [width, height] = [canvas.width / ratio, canvas.height / ratio];
      /** Where something is written already. @type {[number, number, number, number][]} */
      const taken = [];
      const isFree = (/** @type {number} */ left, /** @type {number} */ top, /** @type {number} */ wide, /** @type {number} */ high) => left >= 2 && top >= 2 && left + wide <= width - 2 && top + high <= height - 2
        && taken.every(([x, y, w, h]) => left > x + w || left + wide < x || top > y + h || top + high < y);

      for (const row of scene.results) ring(look, ...place(row, transform), 6, undefined, css(look.ink));
      for (const row of scene.liked) ring(look, ...place(row, transform), 7.5, css(look.lit), css(look.ink));
      if (scene.chosen >= 0) ring(look, ...place(scene.chosen, transform), 11, undefined, css(look.lit));

      context.textBaseline = 'middle';
      context.textAlign = 'center';
      context.font = `600 15px ${look.font}`;
      for (const { x, y, text } of scene.places) {
        const [px, py] = [x * transform.by + transform.dx, y * transform.by + transform.dy];
        const wide = context.measureText(text).width;
        if (!isFree(px - wide / 2, py - 10, wide, 20)) continue;
        taken.push([px - wide / 2, py - 10, wide, 20]);
        write(look, text, px, py);
      }
      context.textAlign = 'left';
      context.font = `13px ${look.font}`;
      for (const { row, text } of scene.titles) {
        const [px, py] = place(row, transform);
        const wide = context.measureText(text).width;
        const side = isFree(px + 11, py - 9, wide, 18) ? px + 11 : px - 11 - wide;
        if (!isFree(side, py - 9, wide, 18)) continue;
        taken.push([side, py - 9, wide, 18]);
        write(look, text, side, py);
      }
      if (scene.cross) {
        context.lineWidth = 2;
        context.strokeStyle = css(look.ink);
        context.beginPath();
        for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
          context.moveTo(width / 2 + x * 6, height / 2 + y * 6);
          context.lineTo(width / 2 + x * 14, height / 2 + y * 14);
        }
        context.stroke();
      }
      context.setTransform(1, 0, 0, 1, 0, 0);
    },
  };
}

/** Returns the row that lies nearest to a pixel, at most `reach` away; -1 if there is none. @param {ItemMap} map @param {Transform} transform @param {number} px @param {number} py @param {number} reach */
export function nearest({ x: xs, y: ys }, { by, dx, dy }, px, py, reach) {
  let [best, found] = [reach * reach, -1];
  for (let row = 0; row < xs.length; row += 1) {
    const far = (xs[row] * by + dx - px) ** 2 + (ys[row] * by + dy - py) ** 2;
    if (far < best) [best, found] = [far, row];
  }
  return found;
}

/** Returns where each group is thickest, in the plane. @param {ItemMap} map */
export function middles({ x: xs, y: ys, groups, names }) {
  const CELLS = 20;
  const side = 65536 / CELLS;
  const counts = names.map(() => new Map());
  for (let row = 0; row < xs.length; row += 1) {
    const cells = counts[groups[row] - 1];
    const cell = Math.floor(ys[row] / side) * CELLS + Math.floor(xs[row] / side);
    cells?.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  return counts.map((cells, at) => {
    // With the cells around it, so that a small heap far out is not taken for the middle.
    const around = (/** @type {number} */ cell) => [-CELLS - 1, -CELLS, -CELLS + 1, -1, 0, 1, CELLS - 1, CELLS, CELLS + 1].reduce((sum, step) => sum + (cells.get(cell + step) ?? 0), 0);
    const cell = [...cells.keys()].reduce((most, each) => (around(each) > around(most) ? each : most), 0);
    return { text: names[at], x: ((cell % CELLS) + 0.5) * side, y: (Math.floor(cell / CELLS) + 0.5) * side };
  });
}
