import { z } from 'zod';
import { errorSchema } from './answers.ts';
import type { Route } from './route.ts';

/** @pure The OpenAPI document (3.1) of the routes: from the schemas that check what they take and name what they give. */
export function openapiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}').replace('*', '{name}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'citysink',
      version,
      description:
        'Runs and results of citysink. Units stand in the names of fields: _tC tonnes of elemental carbon, _tC_yr a year, _tCO2 of CO2, _ha hectares.',
    },
    security: [{ token: [] }, {}],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'CITYSINK_API_TOKEN, where the server has one' },
      },
      schemas: { Error: schemaOf(errorSchema) },
    },
    paths,
  };
}

function operationOf({ summary, tag, params, query, body, answer, path }: Route): object {
  const content =
    typeof answer === 'string' ? { [answer]: {} } : { 'application/json': { schema: schemaOf(answer, 'output') } };
  const failed = {
    description: 'What is wrong, with every mistake',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
  return {
    summary,
    tags: [tag],
    parameters: [...parametersOf(params, 'path', path), ...parametersOf(query, 'query', path)],
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: { 200: { description: 'The answer', content }, default: failed },
  };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

function parametersOf(schema: z.ZodType | null, place: 'path' | 'query', path: string): object[] {
  if (schema === null) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as ObjectSchema;
  return Object.entries(properties).map(([name, one]) => ({
    name: name === '*' && path.includes('*') ? 'name' : name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'input'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
