import { naturalLog } from './portable-logs.ts';

/**
 * The percentage points of the normal distribution: Wichura 1988, Applied Statistics 37(3):477-484, algorithm AS 241,
 * function PPND16; relative accuracy about 1e-16. Coefficients are printed there; highest power last.
 */

/** Half-width of a central 95 % interval of a normal distribution, in standard deviations. */
export const Z_95 = 1.959963984540054;

interface Ratio {
  readonly over: readonly number[];
  readonly under: readonly number[];
}

/** |p - 1/2| <= 0.425. */
const MIDDLE: Ratio = {
  over: [
    3.3871328727963665, 1.3314166789178438e2, 1.9715909503065513e3, 1.3731693765509461e4, 4.592195393154987e4,
    6.72657709270087e4, 3.3430575583588128e4, 2.5090809287301227e3,
  ],
  under: [
    1, 4.2313330701600911e1, 6.8718700749205789e2, 5.3941960214247511e3, 2.1213794301586597e4, 3.930789580009271e4,
    2.8729085735721943e4, 5.2264952788528544e3,
  ],
};
/** Not near 0, 1/2 or 1. */
const FLANK: Ratio = {
  over: [
    1.4234371107496835, 4.6303378461565456, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    2.4178072517745061e-1, 2.2723844989269184e-2, 7.745450142783414e-4,
  ],
  under: [
    1, 2.053191626637759, 1.6763848301838038, 6.8976733498510001e-1, 1.4810397642748008e-1, 1.5198666563616457e-2,
    5.4759380849953455e-4, 1.0507500716444169e-9,
  ],
};
/** Near 0 or 1. */
const TAIL: Ratio = {
  over: [
    6.6579046435011033, 5.4637849111641144, 1.7848265399172913, 2.9656057182850487e-1, 2.6532189526576124e-2,
    1.2426609473880784e-3, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  under: [
    1, 5.9983220655588798e-1, 1.3692988092273581e-1, 1.4875361290850615e-2, 7.8686913114561329e-4,
    1.8463183175100548e-5, 1.4215117583164459e-7, 2.0442631033899397e-15,
  ],
};

/** The z below which a share p of a standard normal distribution lies. Errors: RangeError where p is not in (0, 1). */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`no normal quantile of ${p}`);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(MIDDLE, 0.180625 - q * q);
  const r = Math.sqrt(-naturalLog(q < 0 ? p : 1 - p));
  const z = r <= 5 ? ratio(FLANK, r - 1.6) : ratio(TAIL, r - 5);
  return q < 0 ? -z : z;
}

function ratio({ over, under }: Ratio, r: number): number {
  let above = 0;
  let below = 0;
  for (let n = 7; n >= 0; n--) {
    above = above * r + over[n]!;
    below = below * r + under[n]!;
  }
  return above / below;
}
