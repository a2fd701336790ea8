import { isPlanned, produce } from '../../producer/produce.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { askedPlace } from '../explain/asked-place.ts';
import { cellText } from '../explain/cell-text.ts';
import { explainCell } from '../explain/explain-cell.ts';
import { readSpec } from '../read-spec.ts';

export interface ExplainOptions {
  /** `LON,LAT`, or `X,Y` of `crs`. */
  readonly at: string;
  readonly crs: string | null;
  readonly tileSize: number | null;
  readonly out: string | null;
  readonly anonymous: boolean;
  readonly json: boolean;
}

/** Tells how one cell of the grid comes to its figures, from what stands in the stores now; writes and queues nothing. */
export async function explainCommand(spec: string, options: ExplainOptions, context: CliContext): Promise<number> {
  const place = await askedPlace(options.at, options.crs);
  const specUrl = urlArgument(spec);
  const city = await readSpec(specUrl, options, context);
  const production = await produce(city, specUrl, context.stores, {
    tileSize: options.tileSize,
    // A request of its own, so that no finished run answers it.
    fresh: 'explain',
    again: false,
    stacHosts: context.config.stacHosts,
  });
  if (!isPlanned(production)) throw new CitysinkError('INTERNAL', `run ${production.run} answers what was asked anew`);
  const report = await explainCell(production, place, context.stores, new AbortController().signal);
  context.print(options.json ? JSON.stringify(report, null, 1) : cellText(report));
  return 0;
}
