import { type RunningCli, startCli } from './cli.ts';

/** `citysink serve` as a user starts it, on a free port of this machine. */
export interface Served {
  readonly url: string;
  get(path: string, init?: RequestInit): Promise<Response>;
  json(path: string, init?: RequestInit): Promise<unknown>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  readonly pid: number | undefined;
  stderr(): string;
  stop(): Promise<number | null>;
}

export interface ServeWords {
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export async function startServe({ words = [], env = {}, cwd }: ServeWords): Promise<Served> {
  const running = startCli(['serve', '--port', '0', ...words], { env, ...(cwd === undefined ? {} : { cwd }) });
  const url = await servedUrl(running);
  const get = (path: string, init: RequestInit = {}) => fetch(new URL(path, url), init);
  return {
    url,
    get,
    json: async (path, init) => (await get(path, init)).json(),
    post: (path, body = {}, headers = {}) =>
      get(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    pid: running.process.pid,
    stderr: running.stderr,
    async stop() {
      running.process.kill('SIGTERM');
      return (await running.ended).code;
    },
  };
}

async function servedUrl(running: RunningCli): Promise<string> {
  for (;;) {
    const found = /serves (http:\S+)/.exec(running.stdout())?.[1];
    if (found !== undefined) return found;
    if (running.process.exitCode !== null) throw new Error(`serve ended: ${running.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** An event of a stream, as its name and JSON. */
export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Events of a stream until it ends. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  let text = '';
  for await (const part of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const found = /^event: (\w+)\ndata: (.*)$/.exec(block);
      if (found !== null) yield { name: found[1] as string, data: JSON.parse(found[2] as string) };
    }
  }
}
