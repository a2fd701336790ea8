import { legendWords } from '../shared/contracts/legend-words.ts';
import type { MapLegend } from '../shared/contracts/map-legend.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { LEGENDS_FILE, pictureFile } from '../shared/contracts/run-places.ts';
import type { Figures } from './totals.ts';
import type { Box } from './zone-degrees.ts';

/** @pure item.json: the run as a STAC 1.1 item, its files as assets with their size and checksum. */

export interface ItemAsset {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

interface AssetText {
  readonly title: string;
  readonly description?: string;
  readonly roles: readonly string[];
}

const TITLES: Readonly<Record<string, AssetText>> = {
  'report.html': { title: 'Report', roles: ['overview'] },
  'totals.csv': { title: 'Totals by zone and class', roles: ['data'] },
  'totals.json': { title: 'Totals and everything beside them', roles: ['data', 'metadata'] },
  'totals.xlsx': { title: 'Totals as a workbook', roles: ['data'] },
  'totals.parquet': { title: 'Totals by zone and class', roles: ['data'] },
  'zones.geojson': { title: 'Zones with their figures', roles: ['data'] },
  'zones.gpkg': { title: 'Zones with their figures', roles: ['data'] },
};

/** Titles, legends and roles of pictures: each is an overview of its map, the first one stands for the item too. */
function pictureTexts(legends: readonly MapLegend[]): [string, AssetText][] {
  const pictures = legends.flatMap((legend, place) =>
    (['png', 'webp'] as const).map((form): [string, AssetText] => {
      const { name, title } = legend;
      const roles = place === 0 && form === 'png' ? ['overview', 'thumbnail'] : ['overview'];
      return [pictureFile(name, form), { title: title.en, description: legendWords(legend).en, roles }];
    }),
  );
  return [...pictures, [LEGENDS_FILE, { title: 'Colours of the pictures in words', roles: ['metadata'] }]];
}

const PROJECTION = 'https://stac-extensions.github.io/projection/v2.0.0/schema.json';
const FILE = 'https://stac-extensions.github.io/file/v2.1.0/schema.json';

/** `legends`: what the colours of pictures mean. `box`: of all zones in degrees; null: they have no place there, and neither has the item. */
export function stacItem(
  plan: Plan,
  figures: Figures,
  status: string,
  box: Box | null,
  assets: readonly ItemAsset[],
  legends: readonly MapLegend[] = [],
): object {
  const texts = new Map([...Object.entries(TITLES), ...pictureTexts(legends)]);
  const { city, year, run, name } = plan;
  const { total } = figures.city;
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: [PROJECTION, FILE],
    id: `${city}-${run}`,
    ...(box === null ? { geometry: null } : { bbox: box, geometry: boxPolygon(box) }),
    properties: {
      title: `Carbon sink of ${name.en}, ${year}`,
      datetime: null,
      start_datetime: `${year}-01-01T00:00:00Z`,
      end_datetime: `${year}-12-31T23:59:59Z`,
      ...projection(plan),
      'citysink:run': run,
      'citysink:status': status,
      'citysink:storage_tC': total.storage_tC,
      'citysink:sequestration_tC_yr': total.sequestration_tC_yr,
      'citysink:coverage': total.coverage,
    },
    links: [],
    assets: Object.fromEntries(assets.map((asset) => [asset.name, assetOf(asset, texts.get(asset.name))])),
  };
}

function projection({ grid }: Plan): object {
  const { crs, originX, originY, cellWidth, cellHeight, window } = grid;
  const [west, north] = [originX + window.col * cellWidth, originY - window.row * cellHeight];
  return {
    'proj:code': crs.epsg === null ? null : `EPSG:${crs.epsg}`,
    'proj:bbox': [west, north - window.rows * cellHeight, west + window.cols * cellWidth, north],
    'proj:shape': [window.rows, window.cols],
    'proj:transform': [cellWidth, 0, west, 0, -cellHeight, north],
  };
}

/** Against the clock, closed. */
function boxPolygon([west, south, east, north]: Box): object {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

/** Multihash of SHA2-256: its code, the length of 32 bytes, the digest. */
const SHA2_256 = '1220';

function assetOf({ name, type, sizeBytes, sha256 }: ItemAsset, text: AssetText | undefined): object {
  return {
    href: `./${name}`,
    type,
    ...(text ?? { title: name, roles: ['data'] }),
    'file:size': sizeBytes,
    'file:checksum': SHA2_256 + sha256,
  };
}
