import type { Manifest } from '../shared/contracts/manifest.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { jsonBytes, sha256 } from '../shared/io/stored-json.ts';
import type { Quicklooks } from './quicklooks.ts';
import type { ReportParts } from './report/context.ts';
import { reportHtml } from './report/report.ts';
import { type ItemAsset, stacItem } from './stac-item.ts';
import { totalsCsv } from './tables.ts';
import { totalsParquet } from './totals-parquet.ts';
import { totalsXlsx } from './totals-xlsx.ts';
import { boxOf, toDegrees, zoneInDegrees } from './zone-degrees.ts';
import { type ZoneFeature, zonesGeojson } from './zone-geojson.ts';
import { zoneRows } from './zone-rows.ts';
import { zonesGpkg } from './zones-gpkg.ts';

/** All files of a run but the manifest, each made from the same figures. */

export interface OutputFile {
  readonly name: string;
  readonly type: string;
  readonly body: Uint8Array;
}

export interface OutputParts extends Omit<ReportParts, 'quicklook'> {
  /** Maps that were drawn already, and pictures of them: the item names them. */
  readonly maps: Manifest['outputs'];
  readonly quicklooks: Quicklooks;
}

const MAP_TYPE = 'image/tiff; application=geotiff; profile=cloud-optimized';

/**
 * One after the other, so that few of the large ones are in memory; the same parts give the same bytes.
 * The item comes last: it has the digests of the others.
 */
export async function* runOutputs(parts: OutputParts, totals: object): AsyncGenerator<OutputFile> {
  const { plan, figures, status } = parts;
  const assets: ItemAsset[] = [];
  for (const { name, type, body } of tableFiles(parts, totals)) {
    assets.push(assetOf(name, type, body));
    yield { name, type, body };
  }
  const features = await zoneFeatures(parts);
  for (const { name, type, body } of zoneFiles(parts, features)) {
    assets.push(assetOf(name, type, body));
    yield { name, type, body };
  }
  const box = boxOf(features.flatMap(({ polygons }) => polygons ?? []));
  for (const map of parts.maps) assets.push({ ...map, type: MAP_TYPE });
  assets.push(...parts.quicklooks.outputs);
  const item = stacItem(plan, figures, status, box, assets, parts.quicklooks.legends);
  yield { name: RUN_FILES.item, type: 'application/geo+json', body: jsonBytes(item) };
}

function* tableFiles(parts: OutputParts, totals: object): Generator<OutputFile> {
  const { plan, figures, status } = parts;
  const text = (content: string) => new TextEncoder().encode(content);
  yield { name: RUN_FILES.totalsCsv, type: 'text/csv', body: text(totalsCsv(figures, plan.name.en)) };
  yield { name: RUN_FILES.totalsJson, type: 'application/json', body: jsonBytes(totals) };
  const parquet = totalsParquet(plan, figures, status);
  yield { name: RUN_FILES.totalsParquet, type: 'application/vnd.apache.parquet', body: parquet };
  const workbook = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  yield { name: RUN_FILES.totalsXlsx, type: workbook, body: totalsXlsx(plan, figures, status) };
  const report = reportHtml({ ...parts, quicklook: parts.quicklooks.report });
  yield { name: RUN_FILES.report, type: 'text/html; charset=utf-8', body: text(report) };
}

function* zoneFiles({ plan, status }: OutputParts, features: readonly ZoneFeature[]): Generator<OutputFile> {
  yield { name: RUN_FILES.zonesGeojson, type: 'application/geo+json', body: zonesGeojson(plan, status, features) };
  yield { name: RUN_FILES.zonesGpkg, type: 'application/geopackage+sqlite3', body: zonesGpkg(features) };
}

async function zoneFeatures({ plan, figures, zones }: OutputParts): Promise<ZoneFeature[]> {
  const transform = await toDegrees(plan.grid.crs);
  return zoneRows(figures).map((row, index) => {
    const zone = zones[index];
    return { row, polygons: transform === null || zone === undefined ? null : zoneInDegrees(zone, transform) };
  });
}

function assetOf(name: string, type: string, body: Uint8Array): ItemAsset {
  return { name, type, sizeBytes: body.byteLength, sha256: sha256(body) };
}
