import { z } from 'zod';
import type { Prices } from './contracts/run-cost.ts';
import type { Problem } from './errors.ts';
import { CitysinkError } from './errors.ts';

/** The environment, read once; the only reader of process.env. It may change speed and places, never a figure. */

interface ConfigVariable {
  readonly meaning: string;
  readonly form: string;
  readonly default: string;
}

/** Every variable that citysink itself reads; docs/configuration.md is made from this. */
export const CONFIG_VARIABLES = {
  REDIS_URL: {
    meaning: 'Redis that holds the queue; unset: `run` starts a private one',
    form: 'redis:// or rediss:// URL',
    default: 'unset',
  },
  CITYSINK_S3_PATH_STYLE: {
    meaning: 'Address buckets by path, for servers without host-style buckets',
    form: 'true or false',
    default: 'true where AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is set',
  },
  CITYSINK_S3_ANONYMOUS: {
    meaning: 'Send unsigned requests, for public buckets',
    form: 'true or false',
    default: 'false',
  },
  CITYSINK_LOG_LEVEL: {
    meaning: 'Least level of log lines on standard error',
    form: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info for `worker` and `serve`, warn otherwise',
  },
  CITYSINK_QUEUE_PREFIX: {
    meaning: 'Prefix of all Redis keys, to share one Redis',
    form: 'letters, digits, - and _',
    default: 'citysink',
  },
  CITYSINK_TILE_DEADLINE_S: {
    meaning: 'Longest time for one attempt at a tile, in seconds',
    form: '10 to 3600',
    default: '300',
  },
  CITYSINK_STORE_DEADLINE_S: {
    meaning: 'Longest time for one whole read from a store, in seconds',
    form: '1 to 3600',
    default: '120',
  },
  CITYSINK_STORE_RETRIES: { meaning: 'Attempts at one store request', form: '1 to 20', default: '5' },
  CITYSINK_STAC_HOSTS: {
    meaning: 'Hosts of STAC APIs that `stac_api` may search; unset: none',
    form: 'comma-separated host, host:port or origins',
    default: 'unset',
  },
  CITYSINK_PLACES: {
    meaning: 'Places that may be read and written, results too, whatever a spec names; unset: all',
    form: 'comma-separated s3:// and file:/// URLs; those of buckets, prefixes and folders end with /',
    default: 'unset',
  },
  CITYSINK_API_TOKEN: {
    meaning: 'Token that `serve` asks for; without one it answers this machine alone',
    form: '8 to 500 letters, digits and signs, no spaces',
    default: 'unset',
  },
  CITYSINK_PRICE_PER_1000_GETS: {
    meaning: 'Price of 1000 GETs, for quotes and `--max-cost`; without any price there is no money in them',
    form: 'a number, at least 0',
    default: 'unset',
  },
  CITYSINK_PRICE_PER_GB: { meaning: 'Price of 10^9 bytes read', form: 'a number, at least 0', default: 'unset' },
  CITYSINK_PRICE_PER_VCPU_HOUR: {
    meaning: 'Price of one core for an hour',
    form: 'a number, at least 0',
    default: 'unset',
  },
  CITYSINK_PRICE_CURRENCY: { meaning: 'Currency of the prices', form: '1 to 8 letters', default: 'USD' },
  CITYSINK_HOOK_KEYS: {
    meaning: 'Keys that notifications to `serve --watch` are signed with; a second one while they are exchanged',
    form: 'one or two of 16 to 500 letters, digits and signs, with a comma between',
    default: 'unset',
  },
  CITYSINK_HOOK_TOKENS: {
    meaning: 'Tokens that notifications of MinIO and others carry, `Authorization: Bearer`',
    form: 'one or two of 16 to 500 letters, digits and signs, with a comma between',
    default: 'unset',
  },
  CITYSINK_HOOK_TOPICS: {
    meaning: 'Topics of Amazon SNS whose messages are taken, and whose subscriptions are confirmed',
    form: 'comma-separated ARNs, arn:aws:sns:REGION:ACCOUNT:NAME',
    default: 'unset: none',
  },
} as const satisfies Record<string, ConfigVariable>;

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const price = z.coerce.number().min(0).max(1e6).optional();
const count = (low: number, high: number) => z.coerce.number().int().min(low).max(high);

/** One or two secrets; no comma, which stands between them. */
const secretPair = z
  .string()
  .regex(/^[\x21-\x2b\x2d-\x7e]{16,500}(,[\x21-\x2b\x2d-\x7e]{16,500})?$/)
  .optional();

const environmentSchema = z.object({
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/.+/)
    .optional(),
  CITYSINK_S3_PATH_STYLE: flag.optional(),
  CITYSINK_S3_ANONYMOUS: flag.default(false),
  CITYSINK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).optional(),
  CITYSINK_QUEUE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/)
    .default('citysink'),
  CITYSINK_TILE_DEADLINE_S: count(10, 3600).default(300),
  CITYSINK_STORE_DEADLINE_S: count(1, 3600).default(120),
  CITYSINK_STORE_RETRIES: count(1, 20).default(5),
  CITYSINK_STAC_HOSTS: z.string().max(4096).optional(),
  CITYSINK_PLACES: z
    .string()
    .regex(/^\s*(s3:\/\/|file:\/\/\/)[^,]*(,\s*(s3:\/\/|file:\/\/\/)[^,]*)*$/)
    .max(16_384)
    .optional(),
  CITYSINK_API_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{8,500}$/)
    .optional(),
  CITYSINK_PRICE_PER_1000_GETS: price,
  CITYSINK_PRICE_PER_GB: price,
  CITYSINK_PRICE_PER_VCPU_HOUR: price,
  CITYSINK_PRICE_CURRENCY: z
    .string()
    .regex(/^[A-Za-z]{1,8}$/)
    .default('USD'),
  CITYSINK_HOOK_KEYS: secretPair,
  CITYSINK_HOOK_TOKENS: secretPair,
  CITYSINK_HOOK_TOPICS: z
    .string()
    .max(8192)
    .regex(
      /^ *arn:aws(-[a-z-]+)?:sns:[a-z0-9-]+:\d{12}:[\w-]+( *, *arn:aws(-[a-z-]+)?:sns:[a-z0-9-]+:\d{12}:[\w-]+)* *$/,
    )
    .optional(),
  AWS_ENDPOINT_URL_S3: z.string().optional(),
  AWS_ENDPOINT_URL: z.string().optional(),
});

export interface Config {
  readonly redisUrl: string | null;
  readonly s3: { readonly pathStyle: boolean | null; readonly anonymous: boolean; readonly endpoint: string | null };
  /** Hosts of STAC APIs that may be searched. */
  readonly stacHosts: readonly string[];
  /** null: every place may be read and written. */
  readonly places: readonly string[] | null;
  /** null: `serve` asks for none. */
  readonly apiToken: string | null;
  /** Who may notify `serve --watch`. */
  readonly hooks: {
    readonly keys: readonly string[];
    readonly tokens: readonly string[];
    /** ARNs of SNS topics. */
    readonly topics: readonly string[];
  };
  readonly logLevel: string | null;
  readonly queuePrefix: string;
  readonly tileDeadlineMs: number;
  readonly storeDeadlineMs: number;
  readonly storeAttempts: number;
  /** null: none is set, and quotes have no money in them. */
  readonly prices: Prices | null;
  /** The variables as they are, to hand on to worker processes. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Errors: CONFIG_INVALID with every variable that cannot be used, its value's form and what was expected. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => toProblem(String(issue.path[0])));
    throw new CitysinkError('CONFIG_INVALID', `${problems.length} environment variable(s) cannot be used`, {
      problems,
    });
  }
  const values = parsed.data;
  return Object.freeze({
    redisUrl: values.REDIS_URL ?? null,
    s3: {
      pathStyle: values.CITYSINK_S3_PATH_STYLE ?? null,
      anonymous: values.CITYSINK_S3_ANONYMOUS,
      endpoint: values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL ?? null,
    },
    stacHosts: commaList(values.CITYSINK_STAC_HOSTS),
    places: values.CITYSINK_PLACES === undefined ? null : commaList(values.CITYSINK_PLACES),
    apiToken: values.CITYSINK_API_TOKEN ?? null,
    hooks: {
      keys: commaList(values.CITYSINK_HOOK_KEYS),
      tokens: commaList(values.CITYSINK_HOOK_TOKENS),
      topics: commaList(values.CITYSINK_HOOK_TOPICS),
    },
    logLevel: values.CITYSINK_LOG_LEVEL ?? null,
    queuePrefix: values.CITYSINK_QUEUE_PREFIX,
    tileDeadlineMs: values.CITYSINK_TILE_DEADLINE_S * 1000,
    storeDeadlineMs: values.CITYSINK_STORE_DEADLINE_S * 1000,
    storeAttempts: values.CITYSINK_STORE_RETRIES,
    prices: pricesOf(values),
    environment,
  });
}

function pricesOf(values: z.infer<typeof environmentSchema>): Prices | null {
  const prices = {
    per1000Gets: values.CITYSINK_PRICE_PER_1000_GETS ?? null,
    perGb: values.CITYSINK_PRICE_PER_GB ?? null,
    perVcpuHour: values.CITYSINK_PRICE_PER_VCPU_HOUR ?? null,
  };
  if (Object.values(prices).every((one) => one === null)) return null;
  return { ...prices, currency: values.CITYSINK_PRICE_CURRENCY };
}

function commaList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The value itself is not printed: REDIS_URL may hold a password. */
function toProblem(name: string): Problem {
  const variable = CONFIG_VARIABLES[name as keyof typeof CONFIG_VARIABLES];
  return { where: name, message: 'the value cannot be used', ...(variable ? { expected: variable.form } : {}) };
}

/** Adds variables to the environment of this process and its children; the AWS SDK reads its own from there. */
export function extendEnvironment(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
}
