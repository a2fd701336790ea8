/** The test server itself, checked by clients that are not ours: the bare AWS SDK, raw HTTP, and GDAL where installed. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareClient, probeConditions } from '../support/s3-probe.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { withEnv } from '../support/with-env.ts';

let server: S3Server;
let client: S3Client;
let restoreEnv: () => void;

beforeAll(async () => {
  server = await startS3Server({ buckets: { data: {}, open: { publicRead: true } } });
  restoreEnv = withEnv(server.env);
  client = bareClient();
});
afterAll(async () => {
  client.destroy();
  restoreEnv();
  await server.close();
});

function rawGet(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}

const hasGdal = (() => {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'from osgeo import gdal'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('the S3 test server', () => {
  it('honours every condition as AWS does', async () => {
    expect(await probeConditions(client, 'data')).toEqual({
      'GET If-Match, other ETag': 412,
      'GET If-Match and Range': 412,
      'HEAD If-Match, other ETag': 412,
      'GET Range behind the end': 416,
      'GET suffix Range': 206,
      'PUT If-None-Match: *, object there': 412,
      'PUT If-Match, other ETag': 412,
      'Complete If-None-Match: *, object there': 412,
    });
  });

  it('takes uploads with trailing checksums, as the SDK sends them by default', async () => {
    const modern = new S3Client({ forcePathStyle: true, requestChecksumCalculation: 'WHEN_SUPPORTED' });
    await modern.send(new PutObjectCommand({ Bucket: 'data', Key: 'sum', Body: 'checked' }));
    modern.destroy();
    const answer = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'sum' }));
    expect(await answer.Body?.transformToString()).toBe('checked');
  });

  it('lists by delimiter, in pages, without giving a prefix twice', async () => {
    for (const key of ['t/a/1', 't/a/2', 't/b', 't/c/1', 't/d']) server.put('data', key, 'x');
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const input = { Bucket: 'data', Prefix: 't/', Delimiter: '/', MaxKeys: 1 };
      const page = await client.send(
        new ListObjectsV2Command({ ...input, ...(token === undefined ? {} : { ContinuationToken: token }) }),
      );
      seen.push(...(page.Contents ?? []).map((one) => one.Key ?? ''));
      seen.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix ?? ''));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(seen).toEqual(['t/a/', 't/b', 't/c/', 't/d']);
    const Objects = [{ Key: 't/b' }, { Key: 't/d' }];
    await client.send(new DeleteObjectsCommand({ Bucket: 'data', Delete: { Objects } }));
    expect(server.bucket('data').get('t/b')).toBeUndefined();
  });

  it('knows a bucket by the host name too', async () => {
    server.put('open', 'hello', 'hi');
    expect(await rawGet('/hello', { host: 'open.localhost' })).toEqual({ status: 200, body: 'hi' });
    expect(await rawGet('/open/hello', { range: 'bytes=-1' })).toEqual({ status: 206, body: 'i' });
  });

  it('refuses unsigned requests to a closed bucket, and forged ones to any', async () => {
    server.put('data', 'x', 'x');
    expect((await rawGet('/data/x')).status).toBe(403);
    const credential = `Credential=${server.env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/s3/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    expect((await rawGet('/open/hello', { authorization })).status).toBe(403);
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const headers = { authorization: authorization.replace('=host', '=host;x-amz-date'), 'x-amz-date': date };
    expect(await rawGet('/open/hello', headers)).toMatchObject({
      body: expect.stringContaining('SignatureDoesNotMatch'),
    });
  });

  it.skipIf(!hasGdal)("is read and listed by GDAL's own S3 client", () => {
    server.putFile('data', 'text/file.csv', import.meta.filename);
    const program = `
from osgeo import gdal
gdal.UseExceptions()
print(gdal.ReadDir('/vsis3/data/text'), gdal.VSIStatL('/vsis3/data/text/file.csv').size)`;
    const env = {
      ...process.env,
      AWS_S3_ENDPOINT: `127.0.0.1:${server.port}`,
      AWS_HTTPS: 'NO',
      AWS_VIRTUAL_HOSTING: 'FALSE',
    };
    const child = spawn('/usr/bin/python3', ['-c', program], { env });
    return new Promise<void>((resolve) => {
      let out = '';
      child.stdout.on('data', (text: Buffer) => {
        out += String(text);
      });
      child.on('close', () => {
        expect(out).toMatch(/^\['file\.csv'\] \d{4,}/);
        resolve();
      });
    });
  });

  it('runs as a process over a folder of files, and ends with its parent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'citysink-s3-'));
    writeFileSync(join(folder, 'x.txt'), 'from disk');
    const main = join(import.meta.dirname, '../support/s3-server/main.ts');
    const child = spawn(process.execPath, [main, '--public', `files=${folder}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await new Promise<string[]>((resolve) => {
      createInterface(child.stdout).once('line', (text) => resolve([text]));
    });
    const { url } = JSON.parse(line ?? '{}') as { url: string };
    expect(await (await fetch(`${url}/files/x.txt`)).text()).toBe('from disk');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    expect(await ended).toBe(0);
    rmSync(folder, { recursive: true });
  });
});
