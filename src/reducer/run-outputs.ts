import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { jsonBytes } from '../shared/io/stored-json.ts';
import type { ReportParts } from './report/context.ts';
import { reportHtml } from './report/report.ts';
import { totalsCsv } from './tables.ts';
import { toDegrees, zoneInDegrees } from './zone-degrees.ts';
import { zonesGeojson } from './zone-geojson.ts';
import { zoneRows } from './zone-rows.ts';

/** All files of a run but the manifest. */

export interface OutputFile {
  readonly name: string;
  readonly type: string;
  readonly body: Uint8Array;
}

export type OutputParts = Omit<ReportParts, 'quicklook'>;

/** One after the other, so that only one of the large ones is in memory; the same parts give the same bytes. */
export async function* runOutputs(parts: OutputParts, totals: object): AsyncGenerator<OutputFile> {
  const { plan, figures, status } = parts;
  const text = (content: string) => new TextEncoder().encode(content);
  yield { name: RUN_FILES.totalsCsv, type: 'text/csv', body: text(totalsCsv(figures, plan.name.en)) };
  yield { name: RUN_FILES.totalsJson, type: 'application/json', body: jsonBytes(totals) };
  const report = reportHtml({ ...parts, quicklook: null });
  yield { name: RUN_FILES.report, type: 'text/html; charset=utf-8', body: text(report) };
  const transform = await toDegrees(plan.grid.crs);
  const features = zoneRows(figures).map((row, index) => {
    const zone = parts.zones[index];
    return { row, polygons: transform === null || zone === undefined ? null : zoneInDegrees(zone, transform) };
  });
  yield { name: RUN_FILES.zonesGeojson, type: 'application/geo+json', body: zonesGeojson(plan, status, features) };
}
