/**
 * The test server as a process: `node main.ts [--port N] BUCKET[=FOLDER] ...`. Prints one JSON line
 * `{url, port, pid, env}` when it listens; ends on SIGTERM, SIGINT, or when its standard input is a pipe that closes.
 */

import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startS3Server } from './s3-server.ts';

const { values, positionals } = parseArgs({
  options: { port: { type: 'string' }, public: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const buckets = Object.fromEntries(
  positionals.map((text) => {
    const [name = '', folder] = text.split(/=(.*)/s);
    return [name, { publicRead: values.public, ...(folder === undefined ? {} : { folder }) }];
  }),
);

const server = await startS3Server({ buckets, port: Number(values.port ?? 0) });
process.stdout.write(`${JSON.stringify({ url: server.url, port: server.port, pid: process.pid, env: server.env })}\n`);

// Counts are for tests in this process; a long demo must not gather them.
setInterval(() => server.requests.splice(0), 1000).unref();

async function stop(): Promise<void> {
  await server.close();
  process.exit(0);
}

process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());
// A parent that dies without a signal closes the pipe; the server must not outlive it.
if (fstatSync(0).isFIFO() || fstatSync(0).isSocket()) process.stdin.resume().once('end', () => void stop());
