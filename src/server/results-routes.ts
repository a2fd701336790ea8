import { z } from 'zod';
import { CitysinkError } from '../shared/errors.ts';
import {
  citySchema,
  comparisonSchema,
  explanationSchema,
  runDetailSchema,
  runSummarySchema,
  zoneMapSchema,
} from './answers.ts';
import { parseRange } from './byte-range.ts';
import type { Desk, RunFile } from './desk.ts';
import { json, type Reply, type RequestHeaders, type Route, route } from './route.ts';
import { REPORT_POLICY } from './security-headers.ts';

/** What stands in the results: cities, runs, files, comparisons, and the way from a cell's pixels to its carbon. */

const NAME = z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/, 'expected a name of letters, digits and -');
const cityParams = z.object({ city: NAME });
const runParams = z.object({ city: NAME, run: NAME });
const fileParams = z.object({ city: NAME, run: NAME, '*': z.string().max(200) });
/** A run as `citysink compare` takes it: its name, or city/name. No path: those would reach beyond the results. */
const runName = z.string().regex(/^([a-z0-9-]{1,100}\/)?[a-z0-9][a-z0-9-]{0,99}$/, 'expected a run or city/run');
const placeQuery = z.object({
  x: z.coerce.number().describe('Longitude in degrees; with crs the x of that CRS'),
  y: z.coerce.number().describe('Latitude in degrees; with crs the y of that CRS'),
  crs: z.string().max(40).optional(),
});

export function resultsRoutes(desk: Desk): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/cities',
      summary: 'Cities with their newest run, and what changed since the run before',
      tag: 'results',
      answer: z.object({ cities: z.array(citySchema) }),
      handle: async () => json({ cities: await desk.cities() }),
    }),
    route({
      method: 'GET',
      path: '/api/cities/:city/runs',
      summary: 'Runs of a city, the newest first',
      tag: 'results',
      params: cityParams,
      answer: z.object({ runs: z.array(runSummarySchema) }),
      handle: async ({ params }) => json({ runs: await desk.runs(params.city) }),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:city/:run',
      summary: 'A run: its manifest and totals as they are stored',
      tag: 'results',
      params: runParams,
      answer: runDetailSchema,
      handle: async ({ params }) => json(await desk.run(params.city, params.run)),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:city/:run/zones',
      summary: 'Outlines of the zones as paths of a small picture',
      tag: 'results',
      params: runParams,
      answer: zoneMapSchema,
      handle: async ({ params }) => json(await desk.zones(params.city, params.run)),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:city/:run/files/*',
      summary: 'A file that the manifest of the run lists; ranges of bytes too',
      tag: 'results',
      params: fileParams,
      answer: 'application/octet-stream',
      handle: async ({ params, headers }) => {
        const file = await desk.file(params.city, params.run, params['*']);
        if (file !== null) return fileReply(file, headers);
        throw new CitysinkError('OBJECT_NOT_FOUND', `the manifest of run ${params.run} lists no such file`, {
          remedy: 'GET /api/runs/{city}/{run} names its files.',
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/compare',
      summary: 'What changed between two runs, and why, as `citysink compare --json` says it',
      tag: 'results',
      query: z.object({ a: runName, b: runName }),
      answer: comparisonSchema,
      handle: async ({ query }) => json(await desk.compare(query.a, query.b)),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:city/:run/explain',
      summary: 'What one cell is made of, from pixels to carbon, as `citysink explain --json` says it',
      tag: 'results',
      params: runParams,
      query: placeQuery,
      answer: explanationSchema,
      handle: async ({ params, query }) => {
        const place = { x: query.x, y: query.y, crs: query.crs ?? null };
        return json(await desk.explain(params.city, params.run, place));
      },
    }),
  ];
}

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  geojson: 'application/geo+json',
  html: 'text/html; charset=utf-8',
  tif: 'image/tiff',
  png: 'image/png',
  webp: 'image/webp',
};

function fileReply(file: RunFile, asked: RequestHeaders): Reply {
  const { name, sizeBytes: size, sha256 } = file;
  const extension = name.split('.').at(-1) ?? '';
  const etag = `"${sha256}"`;
  const isReport = extension === 'html';
  const headers = {
    'content-type': TYPES[extension] ?? 'application/octet-stream',
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    // The page never shows a file of a run as its own; only a report is opened, in an origin of its own.
    ...(isReport
      ? { 'content-security-policy': REPORT_POLICY }
      : { 'content-disposition': `attachment; filename="${(name.split('/').at(-1) ?? '').replace(/[^\w.-]/g, '_')}"` }),
  };
  if (asked.ifNoneMatch === etag) return { kind: 'bytes', status: 304, headers, body: null };
  const range = asked.ifRange === null || asked.ifRange === etag ? parseRange(asked.range, size) : null;
  if (range === 'unsatisfiable') {
    return { kind: 'bytes', status: 416, headers: { ...headers, 'content-range': `bytes */${size}` }, body: null };
  }
  const { offset, length } = range ?? { offset: 0, length: size };
  const part = range === null ? {} : { 'content-range': `bytes ${offset}-${offset + length - 1}/${size}` };
  return {
    kind: 'bytes',
    status: range === null ? 200 : 206,
    headers: { ...headers, ...part, 'content-length': String(length) },
    body: file.read(offset, length),
  };
}
