/** Cuts a text into the parts that match and those between them; `spans` are ascending and apart. */
export function cut(text: string, spans: [number, number][]): [text: string, matches: boolean][] {
  const parts: [string, boolean][] = [];
  let at = 0;
  for (const [start, end] of spans) {
    parts.push([text.slice(at, start), false], [text.slice(start, end), true]);
    at = end;
  }
  parts.push([text.slice(at), false]);
  return parts.filter(([part]) => part !== '');
}
