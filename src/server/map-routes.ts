import { z } from 'zod';
import { MAP_NAMES } from '../shared/contracts/map-names.ts';
import { comparedMapsSchema, mapLayerSchema, mapLayersSchema } from './answers.ts';
import type { Desk } from './desk.ts';
import { json, type Reply, type Route, route } from './route.ts';

/** Maps as pictures: windows of those of a run, and the difference of those of two. */

const NAME = z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/, 'expected a name of letters, digits and -');
const MAP = z.enum(MAP_NAMES);
const runParams = z.object({ city: NAME, run: NAME });
const mapParams = z.object({ city: NAME, run: NAME, map: MAP });
const runName = z.string().regex(/^([a-z0-9-]{1,100}\/)?[a-z0-9][a-z0-9-]{0,99}$/, 'expected a run or city/run');
const twoRuns = z.object({ a: runName, b: runName });
/** Pixels along the longer side of a picture, at most. */
const MOST_PX = 1024;
const windowQuery = z.object({
  row: z.coerce.number().int().min(0).describe('First row of cells, from the north'),
  col: z.coerce.number().int().min(0).describe('First column of cells, from the west'),
  rows: z.coerce.number().int().min(1),
  cols: z.coerce.number().int().min(1),
  px: z.coerce.number().int().min(16).max(MOST_PX).default(MOST_PX).describe('Longer side of the picture, at most'),
});

export function mapRoutes({ maps }: Pick<Desk, 'maps'>): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/runs/:city/:run/maps',
      summary: 'Maps of a run that can be looked at: what their colours mean, and where they lie',
      tag: 'maps',
      params: runParams,
      answer: mapLayersSchema,
      handle: async ({ params }) => json(await maps.layers(params.city, params.run)),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:city/:run/maps/:map/picture',
      summary: 'A window of a map as PNG, in the colours of its legend; cells without value are transparent',
      tag: 'maps',
      params: mapParams,
      query: windowQuery,
      answer: 'image/png',
      handle: async ({ params, query, headers }) => {
        const { city, run, map } = params;
        const { png, sha256 } = await maps.picture(city, run, map, query);
        const { row, col, rows, cols, px } = query;
        return pngReply(png, `"${sha256.slice(0, 32)}-${[row, col, rows, cols, px].join('-')}"`, headers.ifNoneMatch);
      },
    }),
    route({
      method: 'GET',
      path: '/api/compare/maps',
      summary: 'Maps of which two runs can be compared cell by cell: both have them, on one grid',
      tag: 'maps',
      query: twoRuns,
      answer: comparedMapsSchema,
      handle: async ({ query }) => json(await maps.compared(query.a, query.b)),
    }),
    route({
      method: 'GET',
      path: '/api/compare/maps/:map',
      summary: 'What the colours of the difference of a map mean: run b less run a',
      tag: 'maps',
      params: z.object({ map: MAP }),
      query: twoRuns,
      answer: mapLayerSchema,
      handle: async ({ params, query }) => json((await maps.difference(query.a, query.b, params.map)).layer),
    }),
    route({
      method: 'GET',
      path: '/api/compare/maps/:map/picture',
      summary: 'The difference of a map, run b less run a, as PNG',
      tag: 'maps',
      params: z.object({ map: MAP }),
      query: twoRuns,
      answer: 'image/png',
      handle: async ({ params, query }) => pngReply((await maps.difference(query.a, query.b, params.map)).png),
    }),
  ];
}

function pngReply(png: Uint8Array, etag: string | null = null, known: string | null = null): Reply {
  const headers = {
    'content-type': 'image/png',
    ...(etag === null ? {} : { etag, 'cache-control': 'private, no-cache' }),
  };
  if (etag !== null && etag === known) return { kind: 'bytes', status: 304, headers, body: null };
  return { kind: 'bytes', status: 200, headers: { ...headers, 'content-length': String(png.length) }, body: png };
}
