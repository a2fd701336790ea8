import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

/**
 * Hosts on one wire, each a network namespace of this machine with an address of its own (192.0.2.0/24, which is nobody's).
 * The switch is a namespace too: nothing of it is reachable from outside, and nothing outside from it.
 */
export class Hosts {
  private readonly tag = `cs${process.pid}`;
  private readonly names = new Map<string, number>();

  constructor() {
    this.ip('netns', 'add', this.space('lan'));
    this.ip('-n', this.space('lan'), 'link', 'add', 'br0', 'type', 'bridge');
    this.ip('-n', this.space('lan'), 'link', 'set', 'br0', 'up');
  }

  /** A new host; gives its address. */
  add(name: string): string {
    const number = this.names.size + 2;
    const [space, lan] = [this.space(name), this.space('lan')];
    this.names.set(name, number);
    this.ip('netns', 'add', space);
    this.ip('-n', space, 'link', 'set', 'lo', 'up');
    this.ip('-n', space, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `p${number}`, 'netns', lan);
    this.ip('-n', lan, 'link', 'set', `p${number}`, 'master', 'br0', 'up');
    this.ip('-n', space, 'addr', 'add', `${this.address(name)}/24`, 'dev', 'eth0');
    this.ip('-n', space, 'link', 'set', 'eth0', 'up');
    return this.address(name);
  }

  address(name: string): string {
    return `192.0.2.${this.names.get(name)}`;
  }

  /** The cable of a host is pulled, or put back. */
  link(name: string, state: 'up' | 'down'): void {
    this.ip('-n', this.space('lan'), 'link', 'set', `p${this.names.get(name)}`, state);
  }

  /** A process on a host; the id is that of the command itself. */
  start(name: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(AWS_|REDIS_URL|CITYSINK_|npm_)/.test(key)),
    );
    return spawn('ip', ['netns', 'exec', this.space(name), ...words], {
      env: { ...clean, AWS_EC2_METADATA_DISABLED: 'true', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  remove(): void {
    for (const name of [...this.names.keys(), 'lan']) this.ip('netns', 'del', this.space(name));
  }

  private space(name: string): string {
    return `${this.tag}-${name}`;
  }

  private ip(...words: string[]): void {
    execFileSync('ip', words, { stdio: 'pipe', timeout: 10_000 });
  }
}

/** Whether this machine lets us make hosts: Linux, root, and the right to make namespaces. */
export function canMakeHosts(): boolean {
  const name = `cs${process.pid}-try`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe', timeout: 10_000 });
    execFileSync('ip', ['-n', name, 'link', 'add', 'br0', 'type', 'bridge'], { stdio: 'pipe', timeout: 10_000 });
    return true;
  } catch {
    return false;
  } finally {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'pipe', timeout: 10_000 });
    } catch {
      // It was not made.
    }
  }
}
