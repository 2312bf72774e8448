/** Returns the first or the last day of a year or a month. */
export function wholeDay(bound: string, end: 'min' | 'max'): string {
  const [year, month = end === 'min' ? '01' : '12', day] = bound.split('-');
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const edge = end === 'min' ? '01' : String(last).padStart(2, '0');
  return `${year.padStart(4, '0')}-${month}-${day ?? edge}`;
}
