/** One cell of a planned run from its stored pixels to what it adds to the figures. Reads blocks; writes nothing. */

import type { Produced } from '../../producer/assemble-plan.ts';
import { TileScenes } from '../../producer/tile-scenes.ts';
import type { Carbon } from '../../reducer/carbon-model.ts';
import { classesWithoutFactor, computeFigures } from '../../reducer/totals.ts';
import type { Partial, UnreadInput } from '../../shared/carbon/partial.ts';
import type { Plan } from '../../shared/contracts/plan.ts';
import type { Take } from '../../shared/contracts/plan-layers.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { planeCellAreaM2 } from '../../shared/geo/cell-area.ts';
import { type PackedZones, packZones } from '../../shared/geo/packed-zones.ts';
import type { Window } from '../../shared/geo/window.ts';
import { WindowAreas } from '../../shared/geo/window-areas.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { CELL_UNITS, FRACTION_SPAN_STRIDE, PART_STRIDE, zoneFractions } from '../../shared/raster/zone-fractions.ts';
import { SPAN_STRIDE, zoneSpans } from '../../shared/raster/zone-spans.ts';
import { countTile } from '../../worker/count-tile.ts';
import type { RunContext } from '../../worker/run-context.ts';
import { type AskedCell, type AskedPlace, cellOf } from './asked-place.ts';
import { cellLayers, type LayerView } from './cell-layers.ts';
import { type CellTask, readCell, tileOfCell } from './one-cell-task.ts';

interface ZoneName {
  readonly id: string;
  readonly name: string;
  /** Part of the cell that counts for the zone: 1 or 0 where cells belong by their centres. */
  readonly share: number;
}

export interface CellZone extends ZoneName {
  /** Later zones of the file that have a share of the cell, or hold its centre too and have none. */
  readonly also_in: readonly ZoneName[];
}

export interface CellTile extends Window {
  /** Place in the plan, from 0. */
  readonly tile: number;
}

export interface CellClass {
  readonly code: number;
  /** Row of the factor table; null: it has none, and a run that meets the class fails. */
  readonly factors: Plan['factors']['classes'][number] | null;
}

/** What is known of one cell. */
export interface CellReport {
  readonly city: string;
  readonly year: number;
  readonly asked: { readonly x: number; readonly y: number; readonly crs: string };
  readonly grid: { readonly crs: string; readonly cell_width: number; readonly cell_height: number };
  /** null: the grid's CRS is not defined at the place, and all below is empty. */
  readonly cell: AskedCell | null;
  /** null: the plan has no tile there. */
  readonly tile: CellTile | null;
  readonly area_m2: number | null;
  readonly area_by: Plan['area'];
  /** null: the cell's centre is in no zone, and it counts for nothing. */
  readonly zone: CellZone | null;
  readonly layers: readonly LayerView[];
  readonly class: CellClass | null;
  readonly factors_url: string;
  /** What the cell adds to the figures; null where it adds nothing. */
  readonly adds: Carbon | null;
  /** Parts of inputs under the cell that could not be read, and inputs that no cell could be read of. */
  readonly unread: readonly UnreadInput[];
}

export async function explainCell(
  produced: Produced,
  place: AskedPlace,
  stores: StoreRegistry,
  signal: AbortSignal,
): Promise<CellReport> {
  // A patch is found over the whole city: of one cell only its own class can be told.
  const plan: Plan = { ...produced.plan, green: null, greenScore: null };
  const cell = await cellOf(plan.grid, place);
  if (cell === null) return { ...headOf(plan, place), ...NOWHERE, unread: plan.unread };
  const window = { row: cell.row, col: cell.col, rows: 1, cols: 1 };
  const run = contextOf({ ...produced, plan });
  const tile = tileOf(produced, cell);
  const reach = new TileScenes(plan.layers, produced.scenes, { rows: 1, cols: 1 }, 0);
  const needed = tile === null ? reach.of(window) : (produced.tiles[tile.tile]?.[4] ?? []);
  const read = await readTwice(() => readCell(run, cell, needed, stores, signal));
  const isUnneeded = (take: Take) =>
    !take.scenes.every((scene) => needed.includes(scene)) &&
    take.scenes.every((scene) => produced.scenes[scene]?.extent.holds(cell.row, cell.col));
  const layers = cellLayers(plan, read.cellTask, isUnneeded);
  const zone = zoneOf(plan, run, window);
  const code = layers[0]?.value ?? null;
  return {
    ...headOf(plan, place),
    cell,
    tile,
    area_m2: areaOf(plan, window),
    zone,
    layers,
    class: code === null ? null : { code, factors: plan.factors.classes.find((row) => row.code === code) ?? null },
    adds: addedBy(plan, read.partial),
    unread: [...plan.unread, ...read.partial.unread],
  };
}

function headOf(plan: Plan, { x, y, crs }: AskedPlace) {
  const { grid, city, year } = plan;
  return {
    city,
    year,
    asked: { x, y, crs: crs.name },
    grid: { crs: grid.crs.name, cell_width: grid.cellWidth, cell_height: grid.cellHeight },
    area_by: plan.area,
    factors_url: plan.factors.url,
  };
}

const NOWHERE = { cell: null, tile: null, area_m2: null, zone: null, layers: [], class: null, adds: null } as const;

/** What a worker keeps of a run, from a plan that was not stored. */
function contextOf({ plan, zones, scenes }: Produced): RunContext {
  const scene = (index: number) => {
    const [planned, placed] = [plan.scenes[index], scenes[index]];
    if (planned === undefined || placed === undefined) throw new RangeError(`the plan has no scene ${index}`);
    return { planned, raster: Promise.resolve(placed.raster) };
  };
  return { plan, zones: packZones(plan.grid, zones, plan.zones.rule), scene };
}

function tileOf({ tiles }: Produced, cell: AskedCell): CellTile | null {
  const tile = tileOfCell(tiles, cell);
  const found = tiles[tile];
  if (found === undefined) return null;
  const [row, col, rows, cols] = found;
  return { tile, row, col, rows, cols };
}

interface CountedCell {
  readonly cellTask: CellTask;
  readonly partial: Partial;
}

/** As a worker does: what does not decode may be spoiled on the way, and is read again before it is believed. */
async function readTwice(read: () => Promise<CellTask>): Promise<CountedCell> {
  const once = async (): Promise<CountedCell> => {
    const cellTask = await read();
    return { cellTask, partial: countTile(cellTask.task) };
  };
  const first = await once();
  return first.partial.unread.length === 0 ? first : once();
}

function zoneOf(plan: Plan, { zones }: RunContext, window: Window): CellZone | null {
  const [first, ...later] = zones.ringSigns === null ? byCentre(zones, window) : byShare(zones, window);
  if (first === undefined) return null;
  const named = ({ zone, share }: ZoneShare): ZoneName => {
    const { id = '', name = '' } = plan.zones.list[zone] ?? {};
    return { id, name, share };
  };
  return { ...named(first), also_in: later.map(named) };
}

interface ZoneShare {
  readonly zone: number;
  readonly share: number;
}

/** The zone that has the cell's centre, then later ones that hold it too. */
function byCentre(zones: PackedZones, window: Window): ZoneShare[] {
  const { spans, overlaps } = zoneSpans(zones, window);
  if (spans.length < SPAN_STRIDE) return [];
  const later = [...overlaps.keys()].map((key) => Number(key.split(',')[1])).sort((a, b) => a - b);
  return [{ zone: spans[2] ?? -1, share: 1 }, ...later.map((zone) => ({ zone, share: 0 }))];
}

function byShare(zones: PackedZones, window: Window): ZoneShare[] {
  const { spans, parts } = zoneFractions(zones, window);
  if (spans.length >= FRACTION_SPAN_STRIDE) return [{ zone: spans[2] ?? -1, share: 1 }];
  return Array.from({ length: parts.length / PART_STRIDE }, (_, i) => {
    const [zone = -1, units = 0] = parts.subarray(i * PART_STRIDE + 2, (i + 1) * PART_STRIDE);
    return { zone, share: units / CELL_UNITS };
  });
}

/** In m2 as the run counts it: a cell's share of the ellipsoid in its whole units, or the plane's. Null where there is none. */
function areaOf(plan: Plan, window: Window): number | null {
  const { grid, areaBy, areaExponent } = plan;
  if (areaExponent === null) return planeCellAreaM2(grid);
  try {
    const units = new WindowAreas(grid, window, { areaBy, areaExponent }).spanUnits(0, 0, 1);
    return Number(units) * 2 ** -areaExponent;
  } catch (error) {
    // Far from the zones the projection may end.
    if (error instanceof CitysinkError && error.code === 'GRID_UNSUPPORTED') return null;
    throw error;
  }
}

/** Figures of a city of this one cell; null where it counts for no class, or for one without factors. */
function addedBy(plan: Plan, partial: Partial): Carbon | null {
  if (classesWithoutFactor(plan, partial).size > 0) return null;
  const [row] = computeFigures(plan, partial).city.classes;
  if (row === undefined) return null;
  const { class: _class, name: _name, cells: _cells, area_ha: _area, ...carbon } = row;
  return carbon;
}
