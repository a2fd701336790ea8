/** @pure What names of satellite products tell: the day of the imagery, and the product that a file belongs to. */

/** Eight digits that are a day, with or without a time, between signs that end a word. */
const DAY = /(?<![0-9A-Za-z])((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:T\d{6}Z?)?(?![0-9A-Za-z])/;

/** The day of the imagery (2021-05-03) from the last part of a path that has one; null where none has. */
export function dayInName(url: string): string | null {
  for (const part of url.split('/').reverse()) {
    const [found, year, month, day] = DAY.exec(part) ?? [];
    if (found !== undefined) return `${year}-${month}-${day}`;
  }
  return null;
}

const PRODUCT = /^(S2[A-D]_|L[COTEM]0[4-9]_L)/;

/** The innermost part of a path that is the name of a Sentinel-2 or Landsat product, or null. */
export function productOf(url: string): string | null {
  return url.split('/').findLast((part) => PRODUCT.test(part)) ?? null;
}
