import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { locate } from '@skerry/native/locate';
import { parse } from 'yaml';
import { readProcesses } from '../fleet/processes.ts';
import { eventually, type MemoryHub, startMemoryHub } from '../hub/memory-hub.spec-support.ts';
import { askedBy } from './promql.spec-support.ts';

const root = join(import.meta.dirname, '../../../..');
const folder = join(root, 'deploy/observability');
const read = (name: string): any => parse(readFileSync(join(folder, name), 'utf8'));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary?: string; readonly runbook_url?: string };
}
const rules = (read('alerts.yaml').groups as { rules: Rule[] }[]).flatMap((group) => group.rules);
const panels = read('dashboard.json').panels as { title: string; targets?: { expr: string }[] }[];
const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** What Prometheus itself gives. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['job', 'instance', 'le'] };

jest.setTimeout(60_000);

/** Names and labels of what a hub and its syncers expose, as they expose them. */
const exposedBy = (text: string): { metrics: Set<string>; labels: Map<string, Set<string>> } => {
  const metrics = new Set(OF_PROMETHEUS.metrics);
  const labels = new Map<string, Set<string>>();
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) metrics.add(`${name}${suffix}`);
  }
  for (const [, name, inner] of text.matchAll(/^([\w:]+)\{(.*)\} /gm)) {
    const seen = labels.get(name!) ?? new Set<string>();
    for (const [, label] of inner!.matchAll(/(\w+)="/g)) seen.add(label!);
    labels.set(name!, seen);
  }
  return { metrics, labels };
};

describe('alert rules', () => {
  const run = async (...args: string[]): Promise<string> => {
    const { promtool } = await locate(['promtool']);
    const { stdout } = await promisify(execFile)(promtool.path, args, { cwd: folder });
    return stdout;
  };

  it('are taken by promtool', async () => {
    expect(await run('check', 'rules', '--lint-fatal', 'alerts.yaml')).toContain(
      `SUCCESS: ${rules.length} rules found`,
    );
  });

  it('are loaded by a configuration that promtool takes, which finds what the chart starts', async () => {
    expect(await run('check', 'config', 'prometheus.yaml')).toContain(`SUCCESS: ${rules.length} rules found`);
    const { job_name: job, relabel_configs: keeps } = read('prometheus.yaml').scrape_configs[0];
    expect(rules.find(({ alert }) => alert === 'SkerryDown')!.expr).toContain(`job=~"${job}`);
    const chart = readFileSync(join(root, 'deploy/chart/templates/_parts.tpl'), 'utf8');
    for (const label of ['app.kubernetes.io/name', 'skerry.dev/process']) {
      expect(chart).toContain(`${label}: `);
      expect(JSON.stringify(keeps)).toContain(`pod_label_${label.replaceAll(/\W/g, '_')}`);
    }
  });

  it('fire for what they are about, after their time, and for nothing else', async () => {
    expect(await run('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS');
  });

  it('are each tested quiet and firing', () => {
    const cases = (read('alerts.test.yaml').tests as any[]).flatMap((test) => test.alert_rule_test);
    const tested = (fires: boolean) =>
      [...new Set(cases.filter((one) => one.exp_alerts.length > 0 === fires).map((one) => one.alertname))].sort();
    const all = rules.map(({ alert }) => alert).sort();
    expect([tested(true), tested(false)]).toEqual([all, all]);
  });

  it('each say how bad it is, what happened, and name a page that is there', () => {
    const lacking = rules.filter(
      ({ labels, annotations: { summary = '', runbook_url: page = '' } }) =>
        !['critical', 'warning'].includes(labels.severity) || summary === '' || !existsSync(join(root, page)),
    );
    expect(lacking.map(({ alert }) => alert)).toEqual([]);
  });
});

describe('runbooks', () => {
  const pages = readdirSync(join(root, 'docs/how-to/runbooks')).filter((name) => name !== 'README.md');
  const text = (name: string): string => readFileSync(join(root, 'docs/how-to/runbooks', name), 'utf8');

  it('are there for alerts only, and name theirs', () => {
    const wanted = rules.map(({ alert, annotations }) => [annotations.runbook_url!.split('/').at(-1)!, alert]).sort();
    expect(pages.map((name) => [name, /^# (\w+)$/m.exec(text(name))?.[1]]).sort()).toEqual(wanted);
  });

  it('name only deployments that the chart makes of the list of processes', () => {
    const named = pages.flatMap((name) => [...text(name).matchAll(/ deploy\/([\w-]+)/g)].map(([, one]) => one!));
    const made = ['NAME', ...readProcesses().processes.map(({ name }) => `hub-${name}`)];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !made.includes(name))).toEqual([]);
  });

  it.each(pages)('%s says what it means, what to look at, what to do, and when it is over', (name) => {
    expect([...text(name).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      'What it means',
      'What to look at',
      'What to do',
      'When to stop worrying',
    ]);
  });
});

describe('dashboard and rules ask', () => {
  let hub: MemoryHub;
  let exposed: ReturnType<typeof exposedBy>;
  beforeAll(async () => {
    hub = await startMemoryHub();
    await hub.join('north');
    await eventually('a verdict', async () => /verdict="Ready"/.test(await hub.metrics.text()));
    exposed = exposedBy(await hub.metrics.text());
  });
  afterAll(() => hub.close());

  it('for many metrics', () => {
    expect(expressions.length).toBeGreaterThan(40);
  });

  it.each(expressions)('%s: only for what a running hub exposes: %s', (_where, expression) => {
    const { metrics } = askedBy(expression);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !exposed.metrics.has(name))).toEqual([]);
  });

  it('and only by labels that these have', () => {
    const wrong = expressions.flatMap(([where, expression]) => {
      const { metrics, labels } = askedBy(expression);
      const seen = metrics.map((name) => exposed.labels.get(name)).filter((one) => one !== undefined);
      const has = (label: string) => OF_PROMETHEUS.labels.includes(label) || seen.some((one) => one.has(label));
      return seen.length === 0 ? [] : labels.filter((label) => !has(label)).map((label) => `${where}: ${label}`);
    });
    expect(wrong).toEqual([]);
  });

  it('by no name that a person misspelt: the check sees it', () => {
    expect(askedBy('sum by (lease) (rate(skery_lease_held{leas="a"}[5m])) > 2 and on (job) up')).toEqual({
      metrics: ['skery_lease_held', 'up'],
      labels: ['leas', 'lease', 'job'],
    });
  });
});
