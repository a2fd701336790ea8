import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../../src/cli/main.ts';
import { CONFIG_VARIABLES } from '../../../src/shared/config.ts';
import { renderChart } from '../../support/helm-render.ts';

const CHART = join(import.meta.dirname, '../../../infra/helm/citysink');
type Probe = { httpGet?: { path: string; port: string } };
interface Container {
  name: string;
  args: string[];
  env: { name: string; value?: string }[];
  ports: { name: string; containerPort: number }[];
  livenessProbe: Probe;
  readinessProbe: Probe;
  resources: { requests: object; limits: object };
  securityContext: object;
}
interface Resource {
  kind: string;
  metadata: { name: string };
  spec: {
    minReplicaCount?: number;
    triggers?: { type: string; metadata: Record<string, string>; authenticationRef?: object }[];
    selector?: { matchLabels: object };
    template?: {
      metadata: { labels: object };
      spec: {
        securityContext: object;
        terminationGracePeriodSeconds?: number;
        automountServiceAccountToken: boolean;
        serviceAccountName: string;
        containers: Container[];
      };
    };
  };
}
const rendered = (values: object = {}) => renderChart(CHART, values) as unknown as Resource[];
const pods = (objects: Resource[]) => objects.flatMap(({ spec }) => spec?.template ?? []);
const containers = (objects: Resource[]) => pods(objects).flatMap(({ spec }) => spec.containers);

const VARIANTS: Record<string, object> = {
  'the values of the chart': {},
  'a password, TLS, another store and metrics': {
    redis: { tls: true, passwordSecret: { name: 'redis' } },
    s3: { endpoint: 'http://store:7070', credentialsSecret: 's3' },
    keda: { prometheusAddress: 'http://prometheus:9090' },
    schedule: { enabled: true },
    env: { CITYSINK_LOG_LEVEL: 'debug' },
    networkPolicy: { serveFrom: { app: 'gateway' }, storePorts: [7070] },
    image: { digest: `sha256:${'0'.repeat(64)}` },
  },
  'no KEDA and no server': { keda: { enabled: false }, serve: { enabled: false } },
};

describe.each(Object.entries(VARIANTS))('the Helm chart with %s', (_name, values) => {
  const objects = rendered(values);

  test('containers run as an ordinary user on a read-only root, without capabilities, within limits', () => {
    expect(containers(objects).length).toBeGreaterThan(0);
    for (const { spec } of pods(objects)) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec.automountServiceAccountToken).toBe(false);
    }
    for (const { securityContext, resources } of containers(objects)) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      for (const part of [resources.requests, resources.limits]) expect(Object.keys(part)).toEqual(['cpu', 'memory']);
    }
  });

  test('verbs, flags and variables are those that citysink knows', () => {
    const verbs = new Map(buildProgram().commands.map((command) => [command.name(), command]));
    for (const { args, env } of containers(objects)) {
      const verb = verbs.get(args[0] ?? '');
      const { options = [] } = verb?.commands.find((one) => one.name() === args[1]) ?? verb ?? {};
      const known = options.map(({ long }) => long);
      for (const flag of args.filter((word) => word.startsWith('--'))) expect(known).toContain(flag);
      for (const { name } of env.filter((one) => /^(CITYSINK|REDIS_URL)/.test(one.name))) {
        expect(Object.keys(CONFIG_VARIABLES)).toContain(name);
      }
    }
  });

  test('selectors find the pods that they are for, and service accounts and probes are there', () => {
    const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);
    for (const { spec } of objects.filter(({ kind }) => kind === 'Deployment')) {
      expect(spec.template?.metadata.labels).toMatchObject(spec.selector?.matchLabels ?? { none: true });
      expect(accounts).toContain(spec.template?.spec.serviceAccountName);
    }
    for (const { ports, readinessProbe } of containers(objects).filter(({ name }) => name !== 'schedule')) {
      expect(readinessProbe.httpGet?.path).toBe('/healthz');
      expect(ports.map(({ name }) => name)).toContain(readinessProbe.httpGet?.port);
    }
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['PodDisruptionBudget', 'NetworkPolicy']));
  });
});

describe('scaling with the queue', () => {
  test('workers go to none and wake by the lists of BullMQ under the prefix of the queue', () => {
    const scaled = rendered({ redis: { prefix: 'night' } }).find(({ kind }) => kind === 'ScaledObject');
    expect(scaled?.spec.minReplicaCount).toBe(0);
    expect(scaled?.spec.triggers?.map(({ metadata }) => metadata.listName)).toEqual([
      'night:tiles:wait',
      'night:tiles:prioritized',
      'night:tiles:active',
      'night:reduce:wait',
      'night:reduce:active',
    ]);
    expect(scaled?.spec.triggers?.map(({ metadata }) => metadata.listLength)).toEqual(['20', '20', '2', '20', '20']);
  });

  test('a password is asked of KEDA too, and the trigger by metrics counts all that waits', () => {
    const objects = rendered(VARIANTS['a password, TLS, another store and metrics']);
    const { triggers = [] } = objects.find(({ kind }) => kind === 'ScaledObject')?.spec ?? {};
    const redis = triggers.filter(({ type }) => type === 'redis');
    expect(redis.map(({ authenticationRef }) => authenticationRef)).toEqual(redis.map(() => ({ name: 'city-redis' })));
    expect(objects.some(({ kind }) => kind === 'TriggerAuthentication')).toBe(true);
    expect(triggers.at(-1)?.metadata.query).toMatch(/citysink_queue_jobs\{state=~"waiting\|active"\}/);
  });

  test('a pod has longer than the 25 s in which a worker drains', () => {
    const worker = pods(rendered()).find(({ spec }) => spec.containers[0]?.name === 'worker');
    expect(worker?.spec.terminationGracePeriodSeconds).toBeGreaterThan(25);
  });
});
