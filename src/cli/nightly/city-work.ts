import type { Region } from '../../producer/region.ts';
import type { Schedule } from '../../shared/contracts/schedule.ts';
import type { CliContext } from '../context.ts';
import type { Engine } from '../engine.ts';
import { readSpec } from '../read-spec.ts';
import { type CityOutcome, runCities } from '../region/cities-at-once.ts';
import { latestOf } from '../region/latest-city.ts';
import { regionOf } from '../region/read-region.ts';
import { RegionProgress } from '../region/region-progress.ts';
import { cityEnd, type KeptCity, keptCity, publishedTotals } from '../region/region-run.ts';
import type { EndOfCity, NightWork } from './due-nights.ts';

/** The work of a night: the cities of a schedule on an engine, then the totals of its regions. */
export function cityWork(context: CliContext, engine: Promise<Pick<Engine, 'queue'>>, signal: AbortSignal): NightWork {
  return {
    async specsOf(schedule) {
      const specs = new Set<string>();
      for (const place of schedule.places) {
        const region = await regionOf(place, context);
        for (const spec of region?.specs ?? [place]) specs.add(spec);
      }
      return [...specs];
    },
    async run(specs, schedule, planned, ended) {
      const ends: Promise<void>[] = [];
      const outcomes = await runCities(specs, optionsOf(schedule), context, {
        engine,
        signal,
        progress: new RegionProgress(context, schedule.name, specs.length),
        keep: (result) => keptCity(result, context),
        planned: (spec) => (city) => planned(spec, city),
        ended: (outcome) => {
          context.log.info({ schedule: schedule.name, spec: outcome.spec }, `Night:City ${cityEnd(outcome)}`);
          ends.push(ended(outcome.spec, endOf(outcome)));
        },
      });
      await Promise.all(ends);
      if (!signal.aborted) await sumUp(schedule, outcomes, { engine, signal }, context);
    },
  };
}

function optionsOf({ out }: Schedule) {
  return { tileSize: null, out, fresh: false, anonymous: false, again: false };
}

/** What may pass by itself leaves the night open for the city. */
function endOf({ kept, error }: CityOutcome<KeptCity>): EndOfCity {
  if (kept !== null) {
    return { run: kept.run, status: kept.status, message: kept.causes[0]?.message ?? null, retry: false };
  }
  const retry = error.retryable || error.code === 'CANCELLED';
  return { run: null, status: error.code, message: error.message, retry };
}

/** Totals of the regions of a schedule; cities that had ended before are taken as their last run left them. */
async function sumUp(
  schedule: Schedule,
  outcomes: readonly CityOutcome<KeptCity>[],
  counting: { readonly engine: Promise<Pick<Engine, 'queue'>>; readonly signal: AbortSignal },
  context: CliContext,
): Promise<void> {
  const known = new Map(outcomes.map((outcome) => [outcome.spec, outcome]));
  for (const place of schedule.places) {
    const region = await regionOf(place, context);
    if (region === null) continue;
    const all = await Promise.all(
      region.specs.map(async (spec) => known.get(spec) ?? lastOutcome(spec, schedule, context)),
    );
    await publishedTotals(
      region,
      all.filter((one) => one !== null),
      schedule.out,
      counting,
      context,
    );
    context.log.info({ schedule: schedule.name, region: region.name }, 'Night:Region');
  }
}

async function lastOutcome(
  spec: Region['specs'][number],
  schedule: Schedule,
  context: CliContext,
): Promise<CityOutcome<KeptCity> | null> {
  try {
    const latest = await latestOf(await readSpec(spec, optionsOf(schedule), context), context);
    return latest === null ? null : { spec, seconds: 0, kept: await keptCity(latest, context), error: null };
  } catch {
    return null;
  }
}
