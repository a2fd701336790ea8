/**
 * Shifts to WGS 84 that are believed. The EPSG index that is used holds many that are tens to hundreds of metres off
 * (rotations in microradians or of the other sign convention, one region's shift for another): of 1650 systems with a
 * shift a third lies more than 5 m from what PROJ gives. So a shift of the index is used only if it stands here;
 * each was compared with PROJ 9 in the middle of its area (tests/golden/projections.test.ts).
 */

/** Shifts of the index that agree with PROJ to within 1 m: x, y, z (m), rotations (arc seconds, position vector), scale (ppm). */
const BELIEVED = new Set([
  // CH1903, CH1903+ (Switzerland)
  '674.374,15.056,405.346,0,0,0,0',
  // HD72 (Hungary)
  '52.17,-71.82,-14.9,0,0,0,0',
  // GGRS87 (Greece)
  '-199.87,74.79,246.62,0,0,0,0',
  // MGI (Austria)
  '577.326,90.129,463.919,5.137,1.474,5.297,2.4232',
  // Monte Mario (Italy)
  '-104.1,-49.1,-9.9,0.971,-2.917,0.714,-11.68',
  // Tokyo (Japan)
  '-146.414,507.337,680.507,0,0,0,0',
  // SAD69(96) (Brazil)
  '-67.35,3.88,-38.22,0,0,0,0',
]);

/** Shifts of the index that are wrong there, by the text they have there, set right. */
const CORRECTED: Readonly<Record<string, string>> = {
  // Amersfoort / RD New (Netherlands): rotations stand in microradians with the coordinate frame's sign.
  '565.4171,50.3319,465.5524,1.9342,-1.6677,9.1019,4.0725':
    '565.4171,50.3319,465.5524,-0.398957,0.343988,-1.877402,4.0725',
  // BD72 / Belgian Lambert 72: rotations with the coordinate frame's sign.
  '-106.8686,52.2978,-103.7239,-0.3366,0.457,-1.8422,-1.2747':
    '-106.8686,52.2978,-103.7239,0.3366,-0.457,1.8422,-1.2747',
  // Israel 1993: rotations with the coordinate frame's sign.
  '23.772,17.49,17.859,0.3132,1.85274,-1.67299,-5.4262': '23.772,17.49,17.859,-0.3132,-1.85274,1.67299,-5.4262',
};

/** Systems on GRS 80 or WGS 84 whose datum still is metres to a hundred metres off: CGRS93, IG05 and IG05/12. */
const UNTIED = new Set([6311, 6312, 6980, 6982, 6983, 6984, 6987, 6989, 6990, 6991]);

/** Whether a system on an ellipsoid of today is known not to share the datum of WGS 84. */
export function isUntied(epsg: number | null): boolean {
  return epsg !== null && UNTIED.has(epsg);
}

/** A definition of the index with its shift set right where it is known to be wrong. */
export function correctShift(definition: string): string {
  return definition.replace(/\+towgs84=(\S+)/, (all, shift: string) => {
    const corrected = CORRECTED[shift];
    return corrected === undefined ? all : `+towgs84=${corrected}`;
  });
}

/** Whether a shift (the value of +towgs84) of the EPSG index is used. */
export function isBelieved(shift: string): boolean {
  return BELIEVED.has(shift) || Object.values(CORRECTED).includes(shift);
}
