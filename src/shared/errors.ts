/** Every failure that leaves a module is a CitysinkError with a code of this table; docs/errors.md is made from it. */

interface ErrorKind {
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What the reader can do. */
  readonly remedy: string;
  /** Whether trying again later can help; false becomes an unrecoverable job. */
  readonly retryable: boolean;
  /** Exit code of the command line when this ends a command: 2 the request is wrong, 1 the run failed. */
  readonly exit: 1 | 2;
}

function kind(exit: 1 | 2, retryable: boolean, meaning: string, remedy: string): ErrorKind {
  return { meaning, remedy, retryable, exit };
}

export const ERROR_KINDS = {
  REQUEST_INVALID: kind(
    2,
    false,
    'The spec, zones or factor table has mistakes; all of them are listed.',
    'Mend the places named and run again.',
  ),
  CONFIG_INVALID: kind(
    2,
    false,
    'An environment variable or option has a value that cannot be used.',
    'Set it to the form that the message names.',
  ),
  RUN_NOT_FOUND: kind(2, false, 'No run of that name is in the results.', 'List runs with `citysink status`.'),
  GRID_UNSUPPORTED: kind(
    2,
    false,
    'A raster has no usable place on the map, or the grid lies where its projection has none.',
    'Name a CRS for the layer, or another `grid` in the spec.',
  ),
  CRS_UNSUPPORTED: kind(
    2,
    false,
    'A coordinate reference system is unknown or cannot be transformed exactly enough.',
    'Name an EPSG code in the spec, or give the data in the CRS of the land cover.',
  ),
  RASTER_UNSUPPORTED: kind(
    2,
    false,
    'A raster uses a codec, sample type or layout that is not read.',
    'Convert it, for example with gdal_translate -co COMPRESS=DEFLATE.',
  ),
  RASTER_CORRUPT: kind(
    1,
    false,
    'A raster is damaged: bytes are missing or do not decode.',
    'Fetch or make the file again.',
  ),
  RASTER_TOO_LARGE: kind(
    2,
    false,
    'A raster asks for more memory than the limits allow.',
    'Re-tile it, or raise the limit that the message names.',
  ),
  CLASS_WITHOUT_FACTOR: kind(
    1,
    false,
    'A land-cover class occurs in the city and not in the factor table.',
    'Add a row for the class, or declare the code as nodata.',
  ),
  OBJECT_NOT_FOUND: kind(1, false, 'An object or bucket does not exist.', 'Check the URL.'),
  OBJECT_CHANGED: kind(
    1,
    false,
    'An object was replaced after the run was planned.',
    'Run again: the new version is planned.',
  ),
  OBJECT_TRUNCATED: kind(
    1,
    true,
    'The store gave fewer bytes than it should.',
    'Run again; if it stays, fetch the file again.',
  ),
  OBJECT_CORRUPT: kind(
    1,
    true,
    'A stored object of a run is not what was written: its bytes do not have its digest.',
    'Remove the object that is named and run again: it is made anew.',
  ),
  OBJECT_TOO_LARGE: kind(
    2,
    false,
    'An object is larger than the limit for its kind.',
    'Use a smaller file, or raise the limit.',
  ),
  STORE_DENIED: kind(
    1,
    false,
    'The store refused access.',
    'Check credentials and bucket policy; public buckets want --anonymous.',
  ),
  STORE_FULL: kind(
    1,
    false,
    'No space is left where results are written.',
    'Free space or choose another place with --out.',
  ),
  STORE_TIMEOUT: kind(1, true, 'The store did not answer within its deadline.', 'Run again; finished tiles are kept.'),
  STORE_UNAVAILABLE: kind(
    1,
    true,
    'The store could not be reached or answered with an error of its own.',
    'Run again; finished tiles are kept.',
  ),
  STORE_URL_INVALID: kind(
    2,
    false,
    'A place is not a file path, file:// or s3:// URL.',
    'Use s3://bucket/key or a path.',
  ),
  REDIS_MISSING: kind(
    1,
    false,
    'REDIS_URL is unset and no redis-server is installed.',
    'Install redis-server (apt-get install redis-server, brew install redis) or set REDIS_URL.',
  ),
  REDIS_UNAVAILABLE: kind(1, true, 'Redis does not answer.', 'Check REDIS_URL and that the server runs.'),
  JOB_INVALID: kind(
    1,
    false,
    'A job or stored plan does not have the form it must have.',
    'Do not mix versions on one queue; run again.',
  ),
  PARTIAL_MISMATCH: kind(
    1,
    false,
    'Partial results of different grids, zones or versions cannot be merged.',
    'This is a defect: please report it.',
  ),
  TILES_MISSING: kind(
    1,
    false,
    'Tiles of a plan have neither a partial in the store nor a recorded failure.',
    'Run again: what is missing is queued.',
  ),
  WORKER_LOST: kind(
    1,
    true,
    'The process that worked on a tile ended without an answer.',
    'See the log of the worker; run again.',
  ),
  DEADLINE: kind(1, true, 'The work did not end before its deadline.', 'Run again; finished tiles are kept.'),
  BUDGET_SPENT: kind(
    1,
    false,
    'A run would take, or has taken, more requests, bytes or money than it may.',
    'Raise the limit that the message names and run again: finished tiles are kept.',
  ),
  CANCELLED: kind(1, false, 'The run was cancelled.', 'Run again: it goes on where it was.'),
  INTERNAL: kind(1, false, 'Something happened that should not.', 'This is a defect: please report it with the log.'),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_KINDS, text);
}

/** Errors that only shrink what was seen of an input: a run goes on without it, names it, and can only be PARTIAL. */
const INPUT_LOSSES: ReadonlySet<string> = new Set<ErrorCode>([
  'RASTER_CORRUPT',
  'OBJECT_NOT_FOUND',
  'OBJECT_CHANGED',
  'OBJECT_TRUNCATED',
  'STORE_DENIED',
  'STORE_TIMEOUT',
  'STORE_UNAVAILABLE',
  'WORKER_LOST',
  'DEADLINE',
]);

export function isInputLoss(code: string): boolean {
  return INPUT_LOSSES.has(code);
}

/** One mistake of a request: where it is, what was expected, what was found. */
export interface Problem {
  /** File and line, or the dotted key of the spec: `factors.csv:4`, `layers.landcover.scenes`. */
  readonly where: string;
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
}

export interface ErrorDetails {
  /** Facts for logs and callers: url, layer, band, tile, expected, found. Never a secret. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  readonly problems?: readonly Problem[];
  /** Overrides the remedy of the table where the place knows better. */
  readonly remedy?: string;
}

/** An error with a code that callers decide by; the message names what, where, expected and found. */
export class CitysinkError extends Error {
  override readonly name = 'CitysinkError';
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.context = details.context ?? {};
    this.problems = details.problems ?? [];
    this.remedy = details.remedy ?? ERROR_KINDS[code].remedy;
  }

  get retryable(): boolean {
    return ERROR_KINDS[this.code].retryable;
  }
}

/** The error itself if it is ours, else an INTERNAL one that keeps it as cause. */
export function toCitysinkError(error: unknown): CitysinkError {
  if (error instanceof CitysinkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CitysinkError('INTERNAL', message, { cause: error });
}

/** REQUEST_INVALID with these mistakes: the message counts them, `problems` has them all. */
export function requestInvalid(problems: readonly Problem[]): CitysinkError {
  const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
  return new CitysinkError('REQUEST_INVALID', `the request has ${count}`, { problems });
}

/** Throws REQUEST_INVALID if any problem was found. */
export function refuseIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw requestInvalid(problems);
}
