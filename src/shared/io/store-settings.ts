/** How stores behave: plain data that config.ts reads from the environment and every process hands down. */

/** Longest waits of one call, in milliseconds; passing one is STORE_TIMEOUT. */
export interface StoreDeadlines {
  /** TCP and TLS set-up. */
  readonly connectMs: number;
  /** From sending a request to the first byte of its answer; uploads get more by their size. */
  readonly firstByteMs: number;
  /** Silence inside a body. */
  readonly idleBodyMs: number;
  /** A whole call, retries and their pauses included. */
  readonly wholeCallMs: number;
}

/** Repeats of transient failures: exponential back-off with full jitter, within a budget of the whole store. */
export interface RetrySettings {
  /** Attempts of one call, the first included. */
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Repeats earned by each request: 0.1 allows a tenth more requests than asked for. */
  readonly budgetRatio: number;
  /** Repeats a store may make before it has earned any. */
  readonly budgetFloor: number;
}

export interface StoreSettings {
  /** `endpoint/bucket/key` in place of `bucket.endpoint/key`, for servers without host-style buckets. */
  readonly s3PathStyle: boolean;
  /** Unsigned requests, unless a layer's own access says otherwise. */
  readonly s3Anonymous: boolean;
  /** Absent: the AWS SDK's own resolution (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, profile). */
  readonly s3Endpoint?: string;
  /** Absent: the AWS SDK's own resolution, and us-east-1 where that finds none. */
  readonly s3Region?: string;
  /** Places that may be read and written, as `GatedStore` takes them. Absent: all. */
  readonly places?: readonly string[];
  readonly deadlines: StoreDeadlines;
  readonly retries: RetrySettings;
}

/** Deadlines that leave room for a slow link and still end a dead one within seconds. */
export const DEFAULT_DEADLINES: StoreDeadlines = {
  connectMs: 5_000,
  firstByteMs: 15_000,
  idleBodyMs: 10_000,
  wholeCallMs: 120_000,
};

/** At most a tenth more requests than asked for, so that retries never become the overload. */
export const DEFAULT_RETRIES: RetrySettings = {
  maxAttempts: 5,
  baseDelayMs: 100,
  maxDelayMs: 5_000,
  budgetRatio: 0.1,
  budgetFloor: 20,
};

/** What a store does where nothing is configured. */
export const DEFAULT_STORE_SETTINGS: StoreSettings = {
  s3PathStyle: false,
  s3Anonymous: false,
  deadlines: DEFAULT_DEADLINES,
  retries: DEFAULT_RETRIES,
};
