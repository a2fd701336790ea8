import { LRUCache } from 'lru-cache';
import { type Plan, parsePlan } from '../shared/contracts/plan.ts';
import type { PlannedScene } from '../shared/contracts/plan-layers.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { parseZones } from '../shared/contracts/zones-file.ts';
import { type PackedZones, packZones } from '../shared/geo/packed-zones.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { openRaster, type RasterFile } from '../shared/io/raster-file.ts';
import { countingInto, nothingTaken } from '../shared/io/store-meter.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readJson } from '../shared/io/stored-json.ts';

/** What a worker keeps of a run between its tiles: the plan, the zones, and the headers of scenes met so far. */
export interface RunContext {
  readonly plan: Plan;
  readonly zones: PackedZones;
  scene(index: number): { readonly planned: PlannedScene; readonly raster: Promise<RasterFile> };
}

const RUNS_KEPT = 4;
const HEADERS_KEPT = 256;

/** Loads and keeps contexts by run folder. */
export class RunContexts {
  private readonly stores: StoreRegistry;
  private readonly contexts = new LRUCache<string, Promise<RunContext>>({ max: RUNS_KEPT });
  private readonly headers = new LRUCache<string, Promise<RasterFile>>({ max: HEADERS_KEPT });

  constructor(stores: StoreRegistry) {
    this.stores = stores;
  }

  /** Errors: those of the store, JOB_INVALID. A failed load is not kept. */
  load(runUrl: string): Promise<RunContext> {
    const known = this.contexts.get(runUrl);
    if (known !== undefined) return known;
    const loading = countingInto(nothingTaken(), () => this.read(runUrl));
    this.contexts.set(runUrl, loading);
    loading.catch(() => this.contexts.delete(runUrl));
    return loading;
  }

  private async read(runUrl: string): Promise<RunContext> {
    const store = this.stores.storeFor(runUrl);
    const [plan, zones] = await Promise.all([
      readJson(store, joinUrl(runUrl, RUN_FILES.plan)).then(parsePlan),
      readJson(store, joinUrl(runUrl, RUN_FILES.zones)).then(parseZones),
    ]);
    return { plan, zones: packZones(plan.grid, zones, plan.zones.rule), scene: (index) => this.sceneOf(plan, index) };
  }

  private sceneOf(plan: Plan, index: number): { planned: PlannedScene; raster: Promise<RasterFile> } {
    const planned = plan.scenes[index];
    if (planned === undefined) throw new RangeError(`the plan has no scene ${index}`);
    const key = `${planned.url} ${planned.etag}`;
    const known = this.headers.get(key);
    if (known !== undefined) return { planned, raster: known };
    const store = this.stores.storeFor(planned.url, planned);
    // Read once for all tiles of this process, so it is charged to none of them.
    const raster = countingInto(nothingTaken(), () => openRaster(store, planned));
    this.headers.set(key, raster);
    raster.catch(() => this.headers.delete(key));
    return { planned, raster };
  }
}
