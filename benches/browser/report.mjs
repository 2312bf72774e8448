// docs/BENCHMARKS.md is made of parts, each written by one command and by nothing else.

import { readFile, writeFile } from 'node:fs/promises';

const FILE = new URL('../../docs/BENCHMARKS.md', import.meta.url);

/** @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const numbers = head.map((_, at) => (rows.some((cells) => /^\**[\d.,]+( k?m?s| MB)?\**$/.test(cells[at])) ? '--:' : '---'));
  return [line(head), line(numbers), ...rows.map(line), ''].join('\n');
}

/** Replaces a part. @param {string} name @param {string} text */
export async function put(name, text) {
  const whole = await readFile(FILE, 'utf8');
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [whole.indexOf(start), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/BENCHMARKS.md has no part ${start} … ${end}`);
  await writeFile(FILE, `${whole.slice(0, from + start.length)}\n${text}\n${whole.slice(to)}`);
}
