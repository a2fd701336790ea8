import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, runCli } from '../support/cli.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { smallCity, smallRaster } from '../support/small-city.ts';

/** Scenes in a public bucket, on a machine without credentials; results in a folder. */

let s3: S3Server;
/** Where the server is, and no keys. */
let endpoint: Record<string, string>;

beforeAll(async () => {
  s3 = await startS3Server({ buckets: { open: { publicRead: true }, paid: { requesterPays: true } } });
  s3.put('open', 'cover.tif', smallRaster());
  s3.put('paid', 'cover.tif', smallRaster());
  endpoint = {
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
});

afterAll(async () => {
  await s3.close();
});

async function run(
  scenes: string,
  landcover: Record<string, unknown>,
  words: readonly string[],
  env: Record<string, string>,
): Promise<CliResult> {
  const { spec } = await smallCity({ scenes, landcover, rasters: {} });
  return runCli(['run', '--json', '--workers', '1', ...words, spec], { env });
}

const OPEN = 's3://open/cover.tif';

describe('scenes in a public bucket', () => {
  it('are read without credentials where the layer says so', async () => {
    expect((await run(OPEN, { anonymous: true }, [], endpoint)).code).toBe(0);
  });

  it('are read without credentials with --anonymous', async () => {
    expect((await run(OPEN, {}, ['--anonymous'], endpoint)).code).toBe(0);
  });

  it('are read without credentials where CITYSINK_S3_ANONYMOUS is true', async () => {
    expect((await run(OPEN, {}, [], { ...endpoint, CITYSINK_S3_ANONYMOUS: 'true' })).code).toBe(0);
  });

  it('are not guessed to be public: without a word the missing credentials are told', async () => {
    const { code, stdout } = await run(OPEN, {}, [], endpoint);
    expect(code).toBe(1);
    expect(stdout).toContain('STORE_DENIED');
  });
});

describe('scenes in a bucket whose requester pays', () => {
  it('are read where the layer says so, and refused where it does not', async () => {
    expect((await run('s3://paid/cover.tif', { requester_pays: true }, [], { ...s3.env })).code).toBe(0);
    expect((await run('s3://paid/cover.tif', {}, [], { ...s3.env })).code).toBe(1);
  });
});
