import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openapiDocument } from '../../../src/server/openapi.ts';
import { json, type Route, route } from '../../../src/server/route.ts';

const made: Route = route({
  method: 'POST',
  path: '/api/things/:thing/parts/*',
  summary: 'A part',
  tag: 'things',
  params: z.object({ thing: z.string().regex(/^[a-z]+$/), '*': z.string() }),
  query: z.object({ x: z.coerce.number(), crs: z.string().optional() }),
  body: z.object({ name: z.string() }),
  answer: z.object({ sum: z.number().nullable() }),
  handle: async ({ params, query, body }) => json({ ...params, ...query, ...body }),
});

describe('a route as data', () => {
  it('stands in the document with what it takes and gives', () => {
    const { paths } = openapiDocument([made], '1.2.3') as { paths: Record<string, { post: unknown }> };
    expect(paths['/api/things/{thing}/parts/{name}']?.post).toMatchObject({
      summary: 'A part',
      parameters: [
        { name: 'thing', in: 'path', required: true, schema: { type: 'string', pattern: '^[a-z]+$' } },
        { name: 'name', in: 'path', required: true },
        { name: 'x', in: 'query' },
        { name: 'crs', in: 'query', required: false, schema: { type: 'string' } },
      ],
      requestBody: { content: { 'application/json': { schema: { required: ['name'] } } } },
      responses: { 200: { content: { 'application/json': { schema: { required: ['sum'] } } } } },
    });
  });

  it('is handled with checked input, or refused with every part that is wrong', async () => {
    const headers = { range: null, ifRange: null, ifNoneMatch: null };
    const ask = (params: unknown, query: unknown, body: unknown) =>
      made.handle({ params, query, body, headers, signal: new AbortController().signal });
    expect(await ask({ thing: 'a', '*': 'b' }, { x: '1.5' }, { name: 'c' })).toMatchObject({
      value: { thing: 'a', '*': 'b', x: 1.5, name: 'c' },
    });
    const refused = await ask({ thing: '../', '*': 'b' }, { x: 'abc' }, null).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'REQUEST_INVALID',
      problems: [{ where: 'path.thing' }, { where: 'query.x' }, { where: 'body' }],
    });
  });
});
