// Plots as SVG, readable on light and dark ground.

const style = '<style>text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}.g{stroke:#8884}.o{fill:#c2410c}.e{fill:#3b6ea5}.a{fill:#7a8794}'
  + '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.o{fill:#fb923c}.e{fill:#7fb2e5}}polyline{fill:none;stroke-width:2}</style>';
const escape = (/** @type {string} */ text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Bars on a logarithmic scale. @param {{ title: string, bars: { name: string, ms: number, exact: boolean, note: string }[] }[]} panels */
export function plot(panels) {
  const all = panels.flatMap(({ bars }) => bars.map(({ ms }) => ms));
  const [low, high] = [10 ** Math.floor(Math.log10(Math.min(...all))), 10 ** Math.ceil(Math.log10(Math.max(...all)))];
  const x = (/** @type {number} */ ms) => 250 + (Math.log10(ms / low) / Math.log10(high / low)) * 430;
  let y = 10;
  const parts = [];
  for (const { title, bars } of panels) {
    parts.push(`<text class="t" x="10" y="${y + 14}">${escape(title)}</text>`);
    y += 24;
    for (let tick = low; tick <= high * 1.001; tick *= 10) {
      parts.push(`<line class="g" x1="${x(tick)}" x2="${x(tick)}" y1="${y}" y2="${y + bars.length * 18}"/>`, `<text x="${x(tick)}" y="${y + bars.length * 18 + 14}" text-anchor="middle">${Number(tick.toPrecision(1))} ms</text>`);
    }
    for (const { name, ms, exact, note } of bars) {
      const kind = name.startsWith('osusume') ? 'o' : exact ? 'e' : 'a';
      parts.push(`<text x="242" y="${y + 13}" text-anchor="end">${escape(name)}</text>`, `<rect class="${kind}" x="250" y="${y + 3}" width="${(x(ms) - 250).toFixed(1)}" height="12" rx="2"/>`, `<text x="${(x(ms) + 5).toFixed(1)}" y="${y + 13}">${ms.toFixed(ms < 1 ? 3 : 1)}${escape(note)}</text>`);
      y += 18;
    }
    y += 34;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 ${y}" role="img" aria-label="Milliseconds of one top-10 query, logarithmic; osusume orange, exact peers blue, approximate ones grey">${style}${parts.join('')}</svg>\n`;
}

/** Lines, both axes logarithmic. @param {string} title @param {string} unit @param {{ name: string, kind: string, points: [number, number][] }[]} lines */
export function lines(title, unit, lines) {
  const [xs, ys] = [0, 1].map((axis) => lines.flatMap(({ points }) => points.map((point) => point[axis])));
  const span = (/** @type {number[]} */ of) => [10 ** Math.floor(Math.log10(Math.min(...of))), 10 ** Math.ceil(Math.log10(Math.max(...of)) - 1e-9)];
  const [[x0, x1], [y0, y1]] = [span(xs), span(ys)];
  const x = (/** @type {number} */ v) => 80 + (Math.log10(v / x0) / Math.log10(x1 / x0)) * 560;
  const y = (/** @type {number} */ v) => 320 - (Math.log10(v / y0) / Math.log10(y1 / y0)) * 280;
  const parts = [`<text class="t" x="80" y="20">${escape(title)}</text>`];
  for (let tick = x0; tick <= x1 * 1.001; tick *= 10) parts.push(`<line class="g" x1="${x(tick)}" x2="${x(tick)}" y1="40" y2="320"/><text x="${x(tick)}" y="338" text-anchor="middle">${Math.round(tick).toLocaleString('en')} rows</text>`);
  for (let tick = y0; tick <= y1 * 1.001; tick *= 10) parts.push(`<line class="g" x1="80" x2="640" y1="${y(tick)}" y2="${y(tick)}"/><text x="74" y="${y(tick) + 4}" text-anchor="end">${Number(tick.toPrecision(1))} ${unit}</text>`);
  const colours = ['#c2410c', '#3b6ea5', '#2f855a', '#805ad5'];
  lines.forEach(({ name, points }, at) => {
    parts.push(`<polyline stroke="${colours[at % 4]}" points="${points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ')}"/>`);
    const [lastX, lastY] = points[points.length - 1];
    parts.push(`<text x="${(x(lastX) + 6).toFixed(1)}" y="${(y(lastY) + 4).toFixed(1)}">${escape(name)}</text>`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 350" role="img" aria-label="${escape(title)}">${style}${parts.join('')}</svg>\n`;
}
