import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A TCP proxy whose line can be slow or cut, to stand between a client and its server. */
export interface TcpProxy {
  readonly port: number;
  /** Every piece of data, both ways, waits so long. */
  latencyMs: number;
  /** Resets all connections and takes none for a time. */
  cut(millis: number): Promise<void>;
  close(): Promise<void>;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

class Line implements TcpProxy {
  port = 0;
  latencyMs = 0;
  readonly #target: number;
  readonly #open = new Set<Socket>();
  #server: Server;

  constructor(target: number) {
    this.#target = target;
    this.#server = this.#make();
  }

  async start(): Promise<this> {
    this.port = await listen(this.#server, this.port);
    return this;
  }

  #make(): Server {
    return createServer((client) => {
      const server = connect(this.#target, '127.0.0.1');
      this.#join(client, server);
      this.#join(server, client);
    });
  }

  #join(from: Socket, to: Socket): void {
    this.#open.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#open.delete(from);
      to.destroy();
    });
    from.on('data', (data) => {
      if (this.latencyMs === 0) to.write(data);
      else setTimeout(() => to.destroyed || to.write(data), this.latencyMs);
    });
  }

  async cut(millis: number): Promise<void> {
    await this.close();
    await pause(millis);
    this.#server = this.#make();
    await this.start();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#open) socket.resetAndDestroy();
    });
  }
}

/** Listens on a free port of this machine and joins each connection to the target's port. */
export function startTcpProxy(target: number): Promise<TcpProxy> {
  return new Line(target).start();
}
