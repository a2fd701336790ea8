import { describe, expect, it } from 'vitest';
import { drawZones } from '../../../../src/reducer/report/outline-paths.ts';
import type { Zone } from '../../../../src/shared/geo/zone.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';
import { squareZone, TWO_SQUARES } from '../../../support/report-parts.ts';

const GRID = { crs: UTM_50N };

/** Vertices of a path of absolute and relative moves. */
function vertices(path: string): [number, number][] {
  let [x, y] = [0, 0];
  return [...path.matchAll(/([Ml])(-?[\d.]+) (-?[\d.]+)/g)].map(([, verb, dx, dy]) => {
    if (verb === 'M') [x, y] = [0, 0];
    x += Number(dx);
    y += Number(dy);
    return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
  });
}

/** A circle of so many vertices, with a hole in its middle. */
function ringZone(count: number): Zone {
  const ring = (radius: number) => {
    const points = Array.from({ length: count }, (_, i) => (i / count) * 2 * Math.PI);
    const flat = points.flatMap((angle) => [5e5 + radius * Math.cos(angle), 3e6 + radius * Math.sin(angle)]);
    return Float64Array.from([...flat, ...flat.slice(0, 2)]);
  };
  return { id: 'r', name: 'Ring', polygons: [[ring(10_000), ring(4000)]] };
}

describe('the drawing of zones', () => {
  it('has two squares beside each other, which share their border to the digit', () => {
    const drawing = drawZones(TWO_SQUARES, GRID);
    expect([drawing?.width, drawing?.height]).toEqual([1000, 500]);
    const [north, south] = drawing?.shapes.map(({ path }) => vertices(path)) ?? [];
    expect(new Set(north?.map(String))).toEqual(new Set(['0,500', '500,500', '500,0', '0,0']));
    expect(new Set(south?.map(String))).toEqual(new Set(['500,500', '1000,500', '1000,0', '500,0']));
    expect(drawing?.unitsPerM).toBeCloseTo(0.5, 9);
  });

  it('keeps the form of a long outline with few vertices, its hole and a label inside of it', () => {
    const drawing = drawZones([ringZone(100_000)], GRID);
    const shape = drawing?.shapes[0];
    const points = vertices(shape?.path ?? '');
    expect(points.length).toBeLessThan(1500);
    expect(shape?.path.match(/M/g)?.length).toBe(2);
    // Every vertex stays within a unit of one of the circles.
    const middle = (drawing?.width ?? 0) / 2;
    for (const [x, y] of points) {
      const radius = Math.hypot(x - middle, y - middle) / middle;
      expect(Math.min(Math.abs(radius - 1), Math.abs(radius - 0.4))).toBeLessThan(0.005);
    }
    const { x = 0, y = 0 } = shape?.label ?? {};
    const radius = Math.hypot(x - middle, y - middle) / middle;
    expect(radius).toBeGreaterThan(0.4);
    expect(radius).toBeLessThan(1);
  });

  it('stays short for many long outlines', () => {
    const many = Array.from({ length: 300 }, (_, index) => {
      const zone = ringZone(2000);
      const shift = (ring: Float64Array) =>
        ring.map((value, i) => value + (i % 2 === 0 ? (index % 20) * 20_000 : Math.floor(index / 20) * 20_000));
      return { ...zone, polygons: zone.polygons.map((polygon) => polygon.map(shift)) };
    });
    const length = drawZones(many, GRID)?.shapes.reduce((sum, { path }) => sum + path.length, 0) ?? 0;
    expect(length).toBeLessThan(300_000);
  });

  it('is null without an outline, and leaves out a zone that is smaller than a unit', () => {
    expect(drawZones([{ id: 'e', name: 'Empty', polygons: [] }], GRID)).toBe(null);
    const shapes = drawZones([squareZone('b', 'Big', 0, 0, 10_000), squareZone('t', 'Tiny', 5, 5, 1)], GRID)?.shapes;
    expect(shapes?.[0]?.path).not.toBe('');
    expect(shapes?.[1]).toEqual({ path: '', label: null });
  });
});
