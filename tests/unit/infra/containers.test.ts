import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { buildProgram } from '../../../src/cli/main.ts';
import { CONFIG_VARIABLES } from '../../../src/shared/config.ts';

const ROOT = join(import.meta.dirname, '../../..');

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  user?: string;
  privileged?: boolean;
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  command?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  cap_drop?: string[];
  read_only?: boolean;
  security_opt?: string[];
  entrypoint?: string[];
  deploy?: { resources: { limits: Record<string, string | number> } };
}
const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(
  readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'),
  { merge: true },
);
const services = Object.entries(compose.services);
/** The command of the first words: `worker`, `schedule serve`. */
function verbOf([first, second]: readonly string[]) {
  const verb = buildProgram().commands.find((one) => one.name() === first);
  return verb?.commands.find((one) => one.name() === second) ?? verb;
}
const isOneOff = (name: string): boolean =>
  name === 'store-init' || (compose.services[name]?.profiles?.length ?? 0) > 0;

describe('docker-compose.yml', () => {
  test('images of others are pinned by a full version, never by latest', () => {
    for (const [name, { image, build }] of services) {
      if (build === undefined) expect(image, name).toMatch(/:v?\d+\.\d+\.\d+/);
      else expect(existsSync(join(ROOT, build.dockerfile)), name).toBe(true);
    }
  });

  test('services run without privileges, and only the one that makes folders runs as root', () => {
    for (const [name, service] of services) {
      expect(service.privileged, name).toBeUndefined();
      expect(service.cap_drop, name).toEqual(['ALL']);
      if (name !== 'store-init') expect(service.user, name).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    }
  });

  test('roots are read-only and nothing gains rights; what stays has limits of memory and processes', () => {
    for (const [name, service] of services.filter(([name]) => name !== 'store-init')) {
      expect(service.read_only, name).toBe(true);
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      const limits = Object.keys(service.deploy?.resources.limits ?? {});
      if (!isOneOff(name)) expect(limits, name).toEqual(['cpus', 'memory', 'pids']);
    }
  });

  test('verbs, flags and variables of citysink are those that it knows', () => {
    const own = services.filter(([, { build }]) => build !== undefined);
    expect(own.map(([name]) => name)).toEqual(['worker', 'run', 'schedule', 'serve']);
    for (const [name, { entrypoint, command = [], environment = {} }] of own) {
      const words = [...(entrypoint?.slice(2) ?? []), ...command];
      const verb = verbOf(words);
      const known = ['--help', ...(verb?.options.map(({ long }) => long) ?? [])];
      for (const flag of words.filter((word) => word.startsWith('--'))) expect(known, name).toContain(flag);
      const variables = Object.keys(environment).filter((key) => !key.startsWith('AWS_'));
      for (const variable of variables) expect(Object.keys(CONFIG_VARIABLES), name).toContain(variable);
    }
  });

  test('every service that stays has a health check, and waits only for services that can be healthy', () => {
    for (const [name, { healthcheck, depends_on: needs = {} }] of services) {
      if (!isOneOff(name)) expect(healthcheck?.test?.length, name).toBeGreaterThan(1);
      for (const [other, { condition }] of Object.entries(needs)) {
        expect(condition, `${name} needs ${other}`).toBe(
          isOneOff(other) ? 'service_completed_successfully' : 'service_healthy',
        );
        expect(compose.services[other]).toBeDefined();
      }
    }
  });

  test('ports are published on the loopback address only, and named volumes are declared', () => {
    for (const [name, { ports = [], volumes = [] }] of services) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
      const named = volumes
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((source) => /^[a-z][a-z-]*$/.test(source));
      for (const volume of named) expect(Object.keys(compose.volumes)).toContain(volume);
    }
  });

  test('the queue never evicts a job, and secrets come from outside', () => {
    expect(compose.services.redis?.command?.join(' ')).toContain('--maxmemory-policy noeviction --appendonly yes');
    const secrets = services.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(([key]) => /SECRET/.test(key)),
    );
    expect(secrets.length).toBeGreaterThan(0);
    for (const [key, value] of secrets) expect(value, key).toMatch(/^\$\{\w+:\?/);
  });
});

describe('infra/Dockerfile', () => {
  const lines = readFileSync(join(ROOT, 'infra/Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const instructions = lines.map((line) => line.split(' ')[0]);

  test('builds on one image pinned by digest', () => {
    expect(lines[0]).toMatch(/^ARG NODE_IMAGE=node:24\S*@sha256:[0-9a-f]{64}$/);
    for (const line of lines.filter((text) => text.startsWith('FROM'))) expect(line).toMatch(/\$\{NODE_IMAGE\}/);
    expect(lines.join('\n')).not.toMatch(/:latest|^ADD\s/m);
  });

  test('ends as an ordinary user with a stop signal and the exec form', () => {
    const last = (name: string): number => instructions.lastIndexOf(name);
    expect(lines[last('USER')]).toBe('USER node');
    expect(last('USER')).toBeGreaterThan(last('RUN'));
    expect(lines[last('STOPSIGNAL')]).toBe('STOPSIGNAL SIGTERM');
    expect(JSON.parse(lines[last('ENTRYPOINT')]!.replace('ENTRYPOINT ', ''))).toEqual(['node', 'bin/citysink.js']);
  });

  test('copies only what .dockerignore lets through, and all of that exists', () => {
    const open = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect([...new Set(copied)].sort()).toEqual([...open].sort());
    for (const path of open) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
