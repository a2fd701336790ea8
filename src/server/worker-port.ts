import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CitysinkError } from '../shared/errors.ts';

/** The port of a worker: /healthz and /metrics for the machines beside it, and nothing else. Off unless it is asked for. */

export interface WorkerPort {
  readonly url: string;
  close(): Promise<void>;
}

interface PortParts {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  isAtWork(): boolean;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/** Errors: CONFIG_INVALID where the address cannot be had. */
export async function openWorkerPort({ host, port, isAtWork, metrics }: PortParts): Promise<WorkerPort> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    if (request.method !== 'GET') return answer(405, 'text/plain', 'only GET\n');
    if (request.url === '/healthz') {
      const isWell = isAtWork();
      return answer(isWell ? 200 : 503, 'application/json', JSON.stringify({ status: isWell ? 'ok' : 'idle' }));
    }
    if (request.url !== '/metrics') return answer(404, 'text/plain', '/healthz or /metrics\n');
    metrics.text().then(
      (text) => answer(200, metrics.contentType, text),
      () => answer(500, 'text/plain', 'no numbers\n'),
    );
  });
  server.maxConnections = 32;
  await listening(server, host, port);
  server.unref();
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const problem = { where: '--metrics-port', message: cause.message };
      reject(new CitysinkError('CONFIG_INVALID', `cannot listen on ${host}:${port}`, { problems: [problem], cause }));
    });
    server.listen(port, host, resolve);
  });
}
