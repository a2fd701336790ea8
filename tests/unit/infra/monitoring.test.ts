import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { METRIC_NAMES } from '../../support/metric-names.ts';

const ROOT = join(import.meta.dirname, '../../..');
const INFRA = join(ROOT, 'infra');
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}
const rules = parse(text('infra/prometheus/alerts.yml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
) as Rule[];
const board = JSON.parse(text('infra/grafana/boards/citysink.json')) as {
  panels: { title: string; datasource: { uid: string }; targets: { expr: string }[] }[];
};
/** Series of our own, of Node and of the process that a query asks for, without the endings of histograms. */
const asked = (query: string) =>
  (query.match(/\b(citysink|nodejs|process)_[a-z0-9_]+\b/g) ?? []).map((name) =>
    name.replace(/_(bucket|sum|count)$/, ''),
  );
const found = (tool: string, ...args: string[]) => spawnSync(tool, args, { encoding: 'utf8', timeout: 30_000 });
const isThere = (tool: string) =>
  found(tool, 'version').error === undefined || found(tool, '--version').error === undefined;

describe('alerts', () => {
  test('ask for series that citysink has', () => {
    for (const { alert, expr } of rules) for (const name of asked(expr)) expect(METRIC_NAMES, alert).toContain(name);
  });

  test('each has a heading in docs/operating.md that says what to do', () => {
    const headings = text('docs/operating.md')
      .split('\n')
      .filter((line) => line.startsWith('### '))
      .map((line) => line.slice(4));
    expect(headings.filter((heading) => heading.startsWith('Citysink'))).toEqual(rules.map(({ alert }) => alert));
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook).toBe(`docs/operating.md#${alert.toLowerCase()}`);
    }
  });

  test.skipIf(!isThere('promtool'))('pass promtool check rules', () => {
    const { status, stdout, stderr } = found('promtool', 'check', 'rules', join(INFRA, 'prometheus/alerts.yml'));
    expect(`${stdout}${stderr}`).toMatch(/SUCCESS: \d+ rules found/);
    expect(status).toBe(0);
  });
});

test.skipIf(!isThere('promtool'))(
  'the configuration of Prometheus passes promtool but for the secret that is mounted later',
  () => {
    const { stdout, stderr } = found(
      'promtool',
      'check',
      'config',
      '--syntax-only',
      join(INFRA, 'prometheus/prometheus.yml'),
    );
    expect(`${stdout}${stderr}`).toMatch(/SUCCESS: .*prometheus\.yml is valid/);
  },
);

describe('the board of Grafana', () => {
  test('asks for series that citysink has, of the source that is provisioned', () => {
    const { uid } = parse(text('infra/grafana/provisioning/datasources/prometheus.yml')).datasources[0];
    expect(board.panels.length).toBeGreaterThan(8);
    for (const { title, datasource, targets } of board.panels) {
      expect(datasource.uid, title).toBe(uid);
      for (const name of targets.flatMap(({ expr }) => asked(expr))) expect(METRIC_NAMES, title).toContain(name);
    }
  });
});

test.skipIf(!isThere('terraform'))('the Terraform files are read and laid out as terraform fmt has them', () => {
  const { status, stdout, stderr } = found(
    'terraform',
    'fmt',
    '-check',
    '-recursive',
    '-diff',
    join(INFRA, 'terraform'),
  );
  expect(`${stdout}${/^Error/m.test(stderr) ? stderr : ''}`).toBe('');
  expect(status).toBe(0);
});

describe('roles in Terraform', () => {
  const roles = text('infra/terraform/roles.tf');
  /** Statements of a policy document: what is allowed on what. */
  const statements = (name: string) => {
    const body = new RegExp(`data "aws_iam_policy_document" "${name}" \\{\\n([\\s\\S]*?)\\n\\}`).exec(roles)?.[1] ?? '';
    return [...body.matchAll(/actions\s*=\s*\[([^\]]*)\][\s\S]*?resources\s*=\s*([\s\S]*?)\n {2}\}/g)].map((match) => ({
      actions: [...(match[1]?.match(/[a-z0-9]+:\w+/g) ?? [])] as string[],
      on: match[2] ?? '',
    }));
  };
  const STAGES = ['producer', 'worker', 'reducer', 'api', 'keeper'];

  test('no action and no resource is everything, and no stage writes scenes', () => {
    for (const stage of STAGES) {
      expect(statements(stage).length, stage).toBeGreaterThan(1);
      for (const { actions, on } of statements(stage)) {
        expect(actions.join(' '), stage).not.toMatch(/\*/);
        expect(on, stage).not.toMatch(/"\*"/);
        if (/scene/.test(on)) for (const action of actions) expect(action).toMatch(/^s3:(Get|List)/);
      }
    }
  });

  test('only the keeper may take counts away, and the reducer blocks of maps', () => {
    const deletes = (stage: string) =>
      statements(stage)
        .filter(({ actions }) => actions.includes('s3:DeleteObject'))
        .map(({ on }) => on.match(/[a-z-]+(?=\/\*")/g));
    expect(Object.fromEntries(STAGES.map((stage) => [stage, deletes(stage)]))).toEqual({
      producer: [],
      worker: [],
      reducer: [['map-blocks']],
      api: [],
      keeper: [['partials', 'map-cells']],
    });
  });
});
