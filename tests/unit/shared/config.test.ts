import { describe, expect, it } from 'vitest';
import { CONFIG_VARIABLES, readConfig } from '../../../src/shared/config.ts';
import { CitysinkError } from '../../../src/shared/errors.ts';

function refusal(environment: Readonly<Record<string, string>>): CitysinkError {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof CitysinkError) return error;
  }
  throw new Error('it was taken');
}

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toMatchObject({
      redisUrl: null,
      s3: { pathStyle: null, anonymous: false, endpoint: null },
      hooks: { keys: [], tokens: [], topics: [] },
      logLevel: null,
      queuePrefix: 'citysink',
      tileDeadlineMs: 300_000,
      storeDeadlineMs: 120_000,
      storeAttempts: 5,
    });
  });

  it('takes an empty variable as unset, as shells leave them', () => {
    expect(readConfig({ REDIS_URL: '', CITYSINK_S3_PATH_STYLE: '', CITYSINK_STORE_RETRIES: '' })).toMatchObject({
      redisUrl: null,
      s3: { pathStyle: null },
      storeAttempts: 5,
    });
  });

  it("the S3 endpoint goes before AWS's general one", () => {
    expect(readConfig({ AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b' }).s3.endpoint).toBe('http://b');
    expect(readConfig({ AWS_ENDPOINT_URL: 'http://a' }).s3.endpoint).toBe('http://a');
  });

  it.each([
    ['REDIS_URL', 'http://queue'],
    ['CITYSINK_S3_PATH_STYLE', 'yes'],
    ['CITYSINK_S3_ANONYMOUS', '1'],
    ['CITYSINK_LOG_LEVEL', 'verbose'],
    ['CITYSINK_QUEUE_PREFIX', 'a:b'],
    ['CITYSINK_TILE_DEADLINE_S', '9'],
    ['CITYSINK_TILE_DEADLINE_S', 'soon'],
    ['CITYSINK_STORE_DEADLINE_S', '1.5'],
    ['CITYSINK_STORE_RETRIES', '0'],
  ])('%s=%s is refused with the form that it should have', (name, value) => {
    const { code, problems } = refusal({ [name]: value });
    expect(code).toBe('CONFIG_INVALID');
    expect(problems).toEqual([
      {
        where: name,
        message: 'the value cannot be used',
        expected: CONFIG_VARIABLES[name as keyof typeof CONFIG_VARIABLES].form,
      },
    ]);
  });

  it('names every bad variable at once, and shows no value: it may be a secret', () => {
    const error = refusal({ REDIS_URL: 'http://:hunter2@queue', CITYSINK_S3_ANONYMOUS: 'hunter2' });
    expect(error.problems.map(({ where }) => where).toSorted()).toEqual(['CITYSINK_S3_ANONYMOUS', 'REDIS_URL']);
    expect(JSON.stringify([error.message, error.problems])).not.toContain('hunter2');
  });
});
