/** STAC documents for tests, as small as they may be. */

export interface ItemParts {
  readonly id?: string;
  readonly datetime?: string | null;
  readonly cloud?: number;
  readonly assets?: Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly version?: string;
  readonly bbox?: readonly number[];
}

export function stacItem({ id = 'one', datetime = '2021-06-01T10:00:00Z', ...parts }: ItemParts = {}) {
  return {
    type: 'Feature',
    stac_version: parts.version ?? '1.0.0',
    id,
    geometry: null,
    ...(parts.bbox === undefined ? {} : { bbox: parts.bbox }),
    properties: {
      datetime,
      ...(parts.cloud === undefined ? {} : { 'eo:cloud_cover': parts.cloud }),
      ...parts.properties,
    },
    assets: parts.assets ?? { map: { href: `./${id}.tif`, type: 'image/tiff; application=geotiff', roles: ['data'] } },
    links: [],
  };
}

export function stacCatalog(
  links: Readonly<Record<string, readonly string[]>>,
  type: 'Catalog' | 'Collection' = 'Catalog',
) {
  const flat = Object.entries(links).flatMap(([rel, hrefs]) => hrefs.map((href) => ({ rel, href })));
  return { type, stac_version: '1.0.0', id: 'catalog', description: 'for tests', links: flat };
}

export function itemCollection(items: readonly object[]) {
  return { type: 'FeatureCollection', features: items };
}
