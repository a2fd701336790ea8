import { z } from 'zod';
import {
  cancelSchema,
  liveRunSchema,
  progressEventSchema,
  queueSchema,
  quoteSchema,
  specRequestSchema,
  specsSchema,
  specTextSchema,
  startedSchema,
} from './answers.ts';
import type { Desk, SpecDesk } from './desk.ts';
import { forbidden, json, type Route, route } from './route.ts';
import type { RunWatch } from './run-watch.ts';

/** Runs under way: their progress as it happens, and what can be done about them. */

const runParams = z.object({
  run: z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/, 'expected the name of a run'),
});

export function liveRoutes(desk: Desk, watch: RunWatch): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/runs/live',
      summary: 'Runs that a queue knows now',
      tag: 'live',
      answer: z.object({ runs: z.array(liveRunSchema) }),
      handle: async () => json({ runs: await desk.liveRuns() }),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:run/progress',
      summary: 'Progress of a run, once',
      tag: 'live',
      params: runParams,
      answer: progressEventSchema,
      handle: async ({ params }) => json(await watch.look(params.run)),
    }),
    route({
      method: 'GET',
      path: '/api/runs/:run/events',
      summary: 'Server-sent events: `layout` of tiles, `progress` at most twice a second, `ended`',
      tag: 'live',
      params: runParams,
      answer: 'text/event-stream',
      handle: async ({ params, signal }) => {
        await watch.look(params.run); // A run that nobody knows is refused before the stream begins.
        return { kind: 'events', events: watch.events(params.run, signal) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/runs/:run/cancel',
      summary: 'Stop a run everywhere; finished tiles are kept',
      tag: 'live',
      params: runParams,
      answer: cancelSchema,
      handle: async ({ params }) => json(await desk.cancel(params.run)),
    }),
    route({
      method: 'POST',
      path: '/api/runs/:run/retry',
      summary: 'Count again only what failed, as a new attempt',
      tag: 'live',
      params: runParams,
      answer: startedSchema,
      handle: async ({ params }) => json(await desk.retry(params.run), 202),
    }),
    route({
      method: 'GET',
      path: '/api/queue',
      summary: 'Jobs by state, and workers that listen',
      tag: 'operation',
      answer: queueSchema,
      handle: async () => json(await desk.queue()),
    }),
  ];
}

export function specRoutes(desk: Desk): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/specs',
      summary: 'Specs that runs may be started from',
      tag: 'start',
      answer: specsSchema,
      handle: async () => json({ allowed: desk.specs !== null, specs: (await desk.specs?.list()) ?? [] }),
    }),
    route({
      method: 'GET',
      path: '/api/spec',
      summary: 'Text of a spec',
      tag: 'start',
      query: specRequestSchema.pick({ name: true }),
      answer: specTextSchema,
      handle: async ({ query }) => json({ name: query.name, text: await allowed(desk).text(query.name) }),
    }),
    route({
      method: 'POST',
      path: '/api/plan',
      summary: 'Quote of a run: tiles, requests, bytes, time; queues nothing',
      tag: 'start',
      body: specRequestSchema,
      answer: quoteSchema,
      handle: async ({ body }) => json(await allowed(desk).plan(body)),
    }),
    route({
      method: 'POST',
      path: '/api/runs',
      summary: 'Queue a run of a spec',
      tag: 'start',
      body: specRequestSchema,
      answer: startedSchema,
      handle: async ({ body }) => json(await allowed(desk).start(body), 202),
    }),
  ];
}

function allowed({ specs }: Desk): SpecDesk {
  if (specs !== null) return specs;
  throw forbidden('this server starts no runs', 'Start it with --specs and the folder of specs that it may run.');
}
