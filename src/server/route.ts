import { z } from 'zod';
import { type Problem, requestInvalid } from '../shared/errors.ts';

/** A route as data: its path, what it takes and gives as schemas, and what it does. Fastify and the OpenAPI document are made from it. */

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: RequestHeaders;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** The few headers that routes look at. */
export interface RequestHeaders {
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly ifNoneMatch: string | null;
}

/** `json` is sent as JSON; bytes and events are streamed. */
export type Reply =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly value: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'bytes';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: AsyncIterable<Uint8Array> | Uint8Array | null;
    }
  | { readonly kind: 'events'; readonly events: AsyncIterable<string> };

interface RouteText {
  readonly method: 'GET' | 'POST';
  /** Fastify's form: `:name` for a part, `*` for the rest. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** Schema of a JSON answer; a media type where it is none. */
  readonly answer: z.ZodType | string;
}

interface TypedRoute<P, Q, B> extends RouteText {
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  handle(input: RouteInput<P, Q, B>): Promise<Reply>;
}

export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: RequestHeaders;
  readonly signal: AbortSignal;
}

export interface Route extends RouteText {
  readonly params: z.ZodType | null;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** Errors: REQUEST_INVALID with every part of the request that its schema refuses. */
  handle(raw: RawInput): Promise<Reply>;
}

const NOTHING = z.unknown();

/** A route whose input is checked by its schemas before it is handled. */
export function route<P = unknown, Q = unknown, B = unknown>(typed: TypedRoute<P, Q, B>): Route {
  const { params, query, body } = typed;
  return {
    ...typed,
    params: params ?? null,
    query: query ?? null,
    body: body ?? null,
    async handle(raw) {
      const parts = [
        (params ?? NOTHING).safeParse(raw.params),
        (query ?? NOTHING).safeParse(raw.query),
        (body ?? NOTHING).safeParse(raw.body),
      ] as const;
      const problems = parts.flatMap((part, index) => problemsOf(part, ['path', 'query', 'body'][index] as string));
      if (problems.length > 0) throw requestInvalid(problems);
      return typed.handle({
        params: parts[0].data as P,
        query: parts[1].data as Q,
        body: parts[2].data as B,
        headers: raw.headers,
        signal: raw.signal,
      });
    },
  };
}

function problemsOf(result: z.ZodSafeParseResult<unknown>, where: string): Problem[] {
  if (result.success) return [];
  return result.error.issues.map((issue) => ({
    where: [where, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }));
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  return { kind: 'json', status, value, headers };
}

/** What the server will not do for anyone, whatever the request says. */
export class Forbidden extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export function forbidden(message: string, remedy: string): Forbidden {
  return new Forbidden(message, remedy);
}
