/**
 * @pure Runs of equal codes, over the ends of rows too: land cover repeats, so what is asked of a code is asked once a
 * run. `visit` gets the code, its first cell and the cell after its last.
 */
export function forEachRun(codes: Int32Array, visit: (code: number, start: number, end: number) => void): void {
  for (let start = 0; start < codes.length; ) {
    const code = codes[start]!;
    let end = start + 1;
    while (end < codes.length && codes[end] === code) end++;
    visit(code, start, end);
    start = end;
  }
}
