/** Text on a terminal: how wide it is, how it is cut, and without what would steer the terminal. */

/** East Asian wide and full-width characters, and most emoji, take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Combining marks and joiners take none. */
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that a text takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += NARROW.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Filled up with spaces to a number of columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** As much of the beginning as fits into a number of columns. */
export function clip(text: string, width: number): string {
  let taken = '';
  let left = width;
  for (const character of text) {
    left -= displayWidth(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

/** One line without control characters: names and messages may come from files of others. */
export function plainLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/**
 * Rows in columns, two spaces between them: those of `texts` stand to the left, figures to the right. A row of one cell
 * is a line of its own, for which no column is widened.
 */
export function alignedRows(rows: readonly (readonly string[])[], texts: ReadonlySet<number>): string[] {
  const inColumns = rows.filter((row) => row.length > 1);
  const columns = Math.max(0, ...inColumns.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, col) =>
    Math.max(...inColumns.map((row) => displayWidth(row[col] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((text, col) => (texts.has(col) ? padEnd(text, widths[col] ?? 0) : text.padStart(widths[col] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
