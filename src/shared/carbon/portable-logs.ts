/**
 * Logarithm and exponential from + - * / alone, which IEEE 754 rounds the same on every machine. Those of `Math` may
 * differ in the last bit between engines, and a quantile of 10,000 draws would carry that bit into published figures.
 */

const SQRT_2 = Math.SQRT2;
/** ln 2 in two parts: the first has 20 trailing zero bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Terms of the series: the first left out is below 1e-18 of the sum, on the ranges that the functions reduce to. */
const ATANH_TERMS = 12;
const EXP_TERMS = 15;

/**
 * ln x for normal x > 0, within 2 units of the last place or so: x = 2^e m with m in [1/sqrt 2, sqrt 2], and
 * ln m = 2 atanh((m - 1) / (m + 1)) by its power series. Errors: RangeError where x is not positive and finite.
 */
export function naturalLog(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) throw new RangeError(`no logarithm of ${x}`);
  let m = x;
  let e = 0;
  for (; m < 1 / 65_536; e -= 16) m *= 65_536;
  for (; m < SQRT_2 / 2; e -= 1) m *= 2;
  for (; m > 65_536; e += 16) m /= 65_536;
  for (; m > SQRT_2; e += 1) m /= 2;
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let n = ATANH_TERMS; n > 0; n--) sum = square * (sum + 1 / (2 * n + 1));
  return e * LN2_HIGH + (2 * s + (2 * s * sum + e * LN2_LOW));
}

/** e^x for |x| <= 700: x = k ln 2 + r with |r| <= ln 2 / 2, and the power series of e^r. Errors: RangeError beyond. */
export function exponential(x: number): number {
  if (!(Math.abs(x) <= 700)) throw new RangeError(`no exponential of ${x} here`);
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = EXP_TERMS; n > 0; n--) sum = 1 + (r / n) * sum;
  const factor = k < 0 ? 0.5 : 2;
  for (let n = Math.abs(k); n > 0; n--) sum *= factor;
  return sum;
}
