import { LRUCache } from 'lru-cache';
import { type Plan, type PlannedTile, parsePlan, parseTiles } from '../shared/contracts/plan.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readJson } from '../shared/io/stored-json.ts';

/** A plan with its tiles, as the producer stored them. */
export interface StoredPlan {
  readonly plan: Plan;
  readonly tiles: readonly PlannedTile[];
}

/** A run of 200 groups asks 201 times; a plan never changes once it is stored. */
const PLANS_KEPT = 4;

/** Reads plans and keeps the last few. Errors: those of the store, JOB_INVALID; a failed read is not kept. */
export class StoredPlans {
  private readonly stores: StoreRegistry;
  private readonly plans = new LRUCache<string, Promise<StoredPlan>>({ max: PLANS_KEPT });

  constructor(stores: StoreRegistry) {
    this.stores = stores;
  }

  load(runUrl: string): Promise<StoredPlan> {
    const known = this.plans.get(runUrl);
    if (known !== undefined) return known;
    const loading = this.read(runUrl);
    this.plans.set(runUrl, loading);
    loading.catch(() => this.plans.delete(runUrl));
    return loading;
  }

  private async read(runUrl: string): Promise<StoredPlan> {
    const store = this.stores.storeFor(runUrl);
    const [plan, tiles] = await Promise.all([
      readJson(store, joinUrl(runUrl, RUN_FILES.plan)),
      readJson(store, joinUrl(runUrl, RUN_FILES.tiles)),
    ]);
    return { plan: parsePlan(plan), tiles: parseTiles(tiles) };
  }
}
