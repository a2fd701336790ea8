import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crsFromEpsg, crsFromWkt } from '../../src/shared/geo/crs-registry.ts';
import { makeTransform } from '../../src/shared/geo/project.ts';

interface System {
  readonly epsg: number;
  readonly lon: number;
  readonly lat: number;
  readonly x: number;
  readonly y: number;
  readonly esri: string;
  readonly ogc: string;
}

/** Written by tests/fixtures/zones/make-wkt.py with PROJ 9.1. */
const SYSTEMS: readonly System[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/zones/wkt-systems.json'), 'utf8'),
);

describe('well-known text without an EPSG code', () => {
  it.each(SYSTEMS)('EPSG:$epsg as ESRI writes it lies where PROJ puts it', async (system) => {
    await expectPlace(system, system.esri);
  });

  it.each(SYSTEMS)('EPSG:$epsg as OGC writes it lies where PROJ puts it', async (system) => {
    await expectPlace(system, system.ogc);
  });
});

async function expectPlace({ lon, lat, x, y }: System, wkt: string): Promise<void> {
  const crs = await crsFromWkt(wkt);
  const [ourX, ourY] = makeTransform(await crsFromEpsg(4326), crs)(lon, lat);
  const metresPerUnit = crs.kind === 'projected' ? crs.unitSize : 111_320;
  // Parameters of these texts are rounded to 15 digits: micrometres.
  expect(Math.hypot(ourX - x, ourY - y) * metresPerUnit).toBeLessThan(0.001);
}
