/** From headers and zones to the grid of a run, and every scene's place on it. Reads the zones; no pixel. */

import type { CitySpec } from '../shared/contracts/city-spec.ts';
import type { PlannedLayer, Take } from '../shared/contracts/plan-layers.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import { packZones } from '../shared/geo/packed-zones.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { areaRule, gridOver, refuseMiss } from './analysis-grid.ts';
import type { Layout } from './assemble-plan.ts';
import type { Catalog } from './catalog.ts';
import { chooseGrid, georeferenceProblems } from './choose-grid.ts';
import { type DraftLayer, draftLayers } from './draft-layers.ts';
import { allOrProblems, withProblemsOf } from './gather-problems.ts';
import { type LoadedZones, loadZones } from './load-zones.ts';
import { type PlacedScene, placeScene, type SceneUse } from './place-scenes.ts';
import { planCasa } from './plan-casa.ts';

/** Looks through the zones in their own CRS, for when the grid is not known. */
export async function zonesAlone(spec: CitySpec, stores: StoreRegistry): Promise<LoadedZones> {
  return loadZones(stores.storeFor(spec.zones.url), spec.zones, await crsFromEpsg(4326));
}

/** Grid, zones on it, layers and their scenes. Errors: REQUEST_INVALID with every mistake of scenes and zones. */
export async function layOut(
  spec: CitySpec,
  stores: StoreRegistry,
  catalogs: ReadonlyMap<string, Catalog>,
): Promise<Layout> {
  const landcover = catalogs.get('landcover')?.scenes ?? [];
  const { lattice, reason } = await chooseGrid(
    spec,
    landcover,
    async () => (await zonesAlone(spec, stores)).zones,
  ).catch(async (error: unknown) => {
    throw await withProblemsOf(error, [zonesAlone(spec, stores)]);
  });
  const { rule, problems } = areaRule(spec, lattice.crs);
  const loading = loadZones(stores.storeFor(spec.zones.url), spec.zones, lattice);
  const checking = async () => {
    const others = [...catalogs].flatMap(([name, { scenes }]) => (name === 'landcover' ? [] : scenes));
    refuseIfAny([...problems, ...georeferenceProblems(others)]);
    return draftLayers(spec, catalogs);
  };
  const [drafts, loaded] = await allOrProblems([checking(), loading]);
  const grid = gridOver(lattice, packZones(lattice, loaded.zones));
  const { scenes, layers, warnings } = placeLayers(grid, drafts);
  refuseMiss(grid, scenes.slice(0, layers[0]?.takes.length ?? 0));
  return {
    grid,
    gridReason: reason,
    rule,
    scenes,
    layers,
    casa: await planCasa(spec, grid),
    zones: loaded.zones,
    zonesDigest: loaded.digest,
    warnings: [...loaded.warnings, ...warnings],
  };
}

interface PlacedLayers {
  readonly scenes: readonly PlacedScene[];
  readonly layers: readonly PlannedLayer[];
  readonly warnings: readonly string[];
}

/** Numbers the scenes of all layers, those of the land cover first. Errors: REQUEST_INVALID with every scene that has no place. */
function placeLayers(grid: AnalysisGrid, drafts: readonly DraftLayer[]): PlacedLayers {
  const problems: Problem[] = [];
  const scenes: PlacedScene[] = [];
  const number = (use: SceneUse): number => {
    const placed = placeScene(grid, use, problems);
    return placed === null ? -1 : scenes.push(placed) - 1;
  };
  const layers = drafts.map((draft): PlannedLayer => {
    const takes = draft.takes.map(
      (take): Take => ({
        scenes: take.scenes.map(number),
        mask: take.mask === null ? null : number(take.mask),
        date: take.date,
      }),
    );
    const { name, kind, unit, composite, mask } = draft;
    return { name, kind, resample: resampleOf(draft, takes, scenes), unit, composite, mask, takes };
  });
  refuseIfAny(problems);
  return { scenes, layers, warnings: [...doubts(scenes), ...remarks(scenes)] };
}

/** Pixels so much finer than a cell that one of them does not stand for it: from here on the average is taken. */
const FINE_PIXELS_PER_CELL = 1.5;

function resampleOf(
  draft: DraftLayer,
  takes: readonly Take[],
  scenes: readonly PlacedScene[],
): PlannedLayer['resample'] {
  if (draft.resample !== null) return draft.resample;
  if (draft.kind === 'classes' || draft.kind === 'codes') return 'nearest';
  const finest = Math.max(0, ...takes.flatMap((take) => take.scenes.map((scene) => scenes[scene]?.pixelsPerCell ?? 0)));
  return finest > FINE_PIXELS_PER_CELL ? 'average' : 'bilinear';
}

/** What speaks against the scale and offset that were taken, once for each doubt. */
function doubts(scenes: readonly PlacedScene[]): string[] {
  const byDoubt = new Map<string, string[]>();
  for (const { radiometry, info, layer, layerName } of scenes) {
    if (radiometry?.doubt == null || layer.offset !== null) continue;
    const text = `layers.${layerName}: ${radiometry.doubt}`;
    byDoubt.set(text, [...(byDoubt.get(text) ?? []), info.url]);
  }
  return [...byDoubt].map(([text, urls]) => {
    const more = urls.length > 1 ? ` and ${urls.length - 1} more` : '';
    return `${text} (${urls[0]}${more}); \`scale\` and \`offset\` in the layer settle it`;
  });
}

/** What is unusual in the files of scenes, once for each remark. */
function remarks(scenes: readonly PlacedScene[]): string[] {
  const byRemark = new Map<string, Set<string>>();
  for (const { info, raster } of scenes) {
    for (const remark of raster.header.remarks) {
      byRemark.set(remark, (byRemark.get(remark) ?? new Set()).add(info.url));
    }
  }
  return [...byRemark].map(([remark, urls]) => {
    const [first = ''] = urls;
    return `${first}${urls.size > 1 ? ` and ${urls.size - 1} more` : ''}: ${remark}`;
  });
}
