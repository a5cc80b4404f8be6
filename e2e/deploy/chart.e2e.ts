import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTALLATION, readProcesses } from '@skerry/all-in-one/fleet/processes';
import { locate } from '@skerry/native/locate';
import { parseAllDocuments, stringify } from 'yaml';
import { readCommands } from '../support/read-commands.ts';
import { type RealApiserver, startRealApiserver } from '../parity/real-apiserver.ts';

const CHART = join(INSTALLATION, 'deploy', 'chart');
const NATS = { url: 'nats://nats.nats.svc:4222' };
const { processes, everyProcess } = readProcesses();
const hubProcesses = processes.filter((one) => !one.perCluster);

let helm: string;
let kubectl: string;
let folder: string;
beforeAll(async () => {
  const found = await locate(['helm', 'kubectl']);
  [helm, kubectl] = [found.helm.path, found.kubectl.path];
  folder = mkdtempSync(join(tmpdir(), 'skerry-chart-'));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const withValues = (values: object): string => {
  const path = join(folder, 'values.yaml');
  writeFileSync(path, stringify(values));
  return path;
};

/** Helm keeps nothing at home: what it finds there must not change the outcome. */
const runHelm = (args: readonly string[]) =>
  spawnSync(helm, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } });

const render = (values: object, namespace = 'skerry'): any[] => {
  const { status, stdout, stderr } = runHelm(['template', 'hub', CHART, '-n', namespace, '-f', withValues(values)]);
  expect([status, stderr.match(/error/i)?.[0]]).toEqual([0, undefined]);
  return parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []);
};

const WHOLE = {
  nats: { ...NATS, caSecret: 'nats-ca' },
  syncers: [{ cluster: 'north' }, { cluster: 'inside', kubeconfig: 'in-cluster' }],
  gateway: { service: { type: 'LoadBalancer', annotations: { a: 'b' } } },
  networkPolicy: {
    clients: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
    monitoring: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
    postgres: { port: 5433, to: [{ ipBlock: { cidr: '10.1.0.0/16' } }] },
    nats: { port: 4222, to: [{ podSelector: { matchLabels: { app: 'nats' } } }] },
    members: { ports: [6443], to: [{ ipBlock: { cidr: '10.2.0.0/16' } }] },
  },
  image: { repository: 'registry.example/skerry', tag: '1', pullSecrets: [{ name: 'pull' }] },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'hub', operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  priorityClassName: 'system-cluster-critical',
  podAnnotations: { team: 'platform' },
};

const deploymentsOf = (objects: readonly any[]): any[] => objects.filter(({ kind }) => kind === 'Deployment');
const podsOf = (objects: readonly any[]): any[] =>
  objects.flatMap(({ kind, spec }) => {
    if (kind === 'CronJob') return [spec.jobTemplate.spec.template];
    return kind === 'Deployment' || kind === 'Job' ? [spec.template] : [];
  });

describe('the chart', () => {
  it('passes the linter of helm', () => {
    const { status, stdout } = runHelm(['lint', '--strict', CHART, '-f', withValues({ nats: NATS })]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('1 chart(s) linted, 0 chart(s) failed')]);
  });

  it('starts every process of the list, as often and with the settings that the list says', () => {
    const found = deploymentsOf(render({ nats: NATS }));
    expect(found.map(({ metadata }) => metadata.name).sort()).toEqual(
      hubProcesses.map(({ name }) => `hub-${name}`).sort(),
    );
    for (const process of hubProcesses) {
      const { spec } = found.find(({ metadata }) => metadata.name === `hub-${process.name}`);
      const [container] = spec.template.spec.containers;
      expect(spec.replicas).toBe(process.instances);
      expect(container.args).toEqual([process.main]);
      const names = container.env.map((one: { name: string }) => one.name);
      expect(names.sort()).toEqual(Object.keys({ ...everyProcess, ...process.environment }).sort());
      const { secret } = spec.template.spec.volumes[0];
      expect(secret.items.map((item: { key: string }) => item.key)).toEqual(process.secrets);
      expect(secret.secretName).toBe(`skerry-${process.name}`);
    }
  });

  it('lets no pod run as root, write its file system, gain a privilege or see the cluster', () => {
    const pods = podsOf(render({ nats: NATS, syncers: [{ cluster: 'north' }] }));
    expect(pods.length).toBe(hubProcesses.length + 3);
    for (const { spec } of pods) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec.automountServiceAccountToken).toBe(false);
      for (const { securityContext, resources } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(resources).toMatchObject({
          requests: { memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
    }
  });

  it('has a network policy for every pod, and only processes that need PostgreSQL may reach it', () => {
    const objects = render({ nats: NATS, syncers: [{ cluster: 'north' }] });
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    const selected = policies.map(({ spec }) => spec.podSelector.matchLabels['skerry.dev/process']);
    const labels = podsOf(objects).map(({ metadata }) => metadata.labels['skerry.dev/process']);
    expect([...new Set(selected)].sort()).toEqual([...new Set(labels)].sort());
    const mayReach = policies
      .filter(({ spec }) => JSON.stringify(spec.egress).includes('5432'))
      .map(({ metadata }) => metadata.name.slice('hub-'.length));
    const need = processes.filter(({ needs }) => needs.includes('postgres')).map(({ name }) => name);
    expect(mayReach.sort()).toEqual([...need, 'prepare', 'retention'].sort());
  });

  it.each([
    [
      'the ports of their schemes',
      { nats: 'nats://nats', hub: '', otlp: '' },
      { nats: [4222], hub: [443, 6443], otlp: [] },
    ],
    [
      'the ports that stand there',
      {
        nats: 'tls://a.example:4333,tls://u:p@[::1]:4334',
        hub: 'https://hub.example:8443/',
        otlp: 'http://c:4319/v1/traces',
      },
      { nats: [4333, 4334], hub: [8443, 6443], otlp: [4319] },
    ],
    [
      'https alone',
      { nats: 'nats://n:1', hub: 'https://hub.example', otlp: 'https://c/v1' },
      { nats: [1], hub: [443, 6443], otlp: [443] },
    ],
  ])('opens to each process what nats.url, hub.url and tracing.otlpUrl name: %s', (_what, urls, ports) => {
    const objects = render({
      nats: { url: urls.nats },
      hub: { url: urls.hub },
      tracing: { otlpUrl: urls.otlp },
      syncers: [{ cluster: 'north' }],
      networkPolicy: { postgres: { port: 1111 }, members: { ports: [2222] } },
    });
    const openTo = (process: string): number[] => {
      const { spec } = objects.find(
        ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === `hub-${process}`,
      );
      return spec.egress.flatMap((rule: any) => rule.ports.map(({ port }: { port: number }) => port));
    };
    expect(openTo('relay')).toEqual([53, 53, 1111, ...ports.nats, ...ports.otlp]);
    expect(openTo('syncer')).toEqual([53, 53, ...ports.nats, ...ports.otlp, ...ports.hub, 2222]);
  });

  it('opens one port more where a Service leads to another port of its pods', () => {
    const [policy] = render({ nats: NATS, networkPolicy: { nats: { port: 14222 } } }).filter(
      ({ kind }) => kind === 'NetworkPolicy',
    );
    expect(policy.spec.egress[2].ports).toEqual([{ port: 4222 }, { port: 14222 }]);
  });

  it('lets a job that runs before everything else reach PostgreSQL, although nothing may by default', () => {
    const objects = render({ nats: NATS });
    const before = objects.filter(({ kind, metadata }) => kind === 'Job' && metadata.annotations?.['helm.sh/hook']);
    expect(before.map(({ metadata }) => metadata.name)).toEqual(['hub-prepare']);
    for (const { metadata, spec } of before) {
      const { annotations } = metadata;
      const policy = objects.find(({ kind, metadata: own }) => kind === 'NetworkPolicy' && own.name === metadata.name);
      expect(spec.template.metadata.labels).toMatchObject(policy.spec.podSelector.matchLabels);
      expect(policy.metadata.annotations).toMatchObject({
        'helm.sh/hook': annotations['helm.sh/hook'],
        'helm.sh/hook-delete-policy': annotations['helm.sh/hook-delete-policy'],
      });
      // made first, gone last
      const weightOf = (of: Record<string, string>): number => Number(of['helm.sh/hook-weight'] ?? 0);
      expect(weightOf(policy.metadata.annotations)).toBeLessThan(weightOf(annotations));
    }
  });

  it('gives the rights over a member to the account of its own syncer, and to no other of that name', () => {
    const inside = { nats: NATS, syncers: [{ cluster: 'north', kubeconfig: 'in-cluster' }] };
    const bindingOf = (namespace: string): any => {
      const objects = render(inside, namespace);
      const [binding, ...none] = objects.filter(({ kind }) => kind === 'ClusterRoleBinding');
      expect(none).toEqual([]);
      const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata);
      const [syncer] = deploymentsOf(objects).filter(({ metadata }) => metadata.name === 'hub-syncer-north');
      const { serviceAccountName } = syncer.spec.template.spec;
      expect(syncer.metadata.namespace).toBe(namespace);
      expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: serviceAccountName, namespace }]);
      expect(accounts).toContainEqual(expect.objectContaining({ name: serviceAccountName, namespace }));
      return binding;
    };
    // Bindings have no namespace: the second of two releases would take over, or be refused for, that of the first.
    expect(bindingOf('one').metadata.name).not.toBe(bindingOf('two').metadata.name);
  });

  it('says of every object that has a namespace which one', () => {
    const objects = render({ nats: NATS, syncers: [{ cluster: 'north', kubeconfig: 'in-cluster' }] });
    const without = objects.filter(({ metadata }) => metadata.namespace !== 'skerry');
    expect(without.map(({ kind }) => kind)).toEqual(['ClusterRoleBinding']);
  });

  it('takes spans where it is told, from every process, and lets none out there otherwise', () => {
    const traced = (tracing: object) => {
      const objects = render({ nats: NATS, tracing, syncers: [{ cluster: 'north' }] });
      const settings = deploymentsOf(objects).map(({ spec }) =>
        spec.template.spec.containers[0].env
          .filter(({ name }: { name: string }) => name.startsWith('SKERRY_TRACE_'))
          .map(({ name, value }: { name: string; value: string }) => `${name}=${value}`),
      );
      const open = objects.filter(
        ({ kind, spec }) => kind === 'NetworkPolicy' && /4318/.test(JSON.stringify(spec.egress)),
      );
      return { settings, open: open.length };
    };
    const count = hubProcesses.length + 1;
    expect(traced({ ratio: 1 })).toEqual({ settings: Array(count).fill([]), open: 0 });
    const each = ['SKERRY_TRACE_OTLP_URL=http://collector:4318/v1/traces', 'SKERRY_TRACE_RATIO=0.010000'];
    expect(traced({ otlpUrl: 'http://collector:4318/v1/traces', ratio: 0.01 })).toEqual({
      settings: Array(count).fill(each),
      open: count,
    });
  });

  it('inside a member is a syncer alone, that drives the cluster it runs in', () => {
    const objects = render({
      nats: NATS,
      hub: { enabled: false, url: 'https://hub.example:443' },
      syncers: [{ cluster: 'north', kubeconfig: 'in-cluster' }],
    });
    const [syncer, ...none] = deploymentsOf(objects);
    expect(none).toEqual([]);
    expect(syncer.spec.template.spec.automountServiceAccountToken).toBe(true);
    expect(syncer.spec.template.spec.containers[0].env).toEqual(
      expect.arrayContaining([
        { name: 'SKERRY_HUB_URL', value: 'https://hub.example:443' },
        { name: 'SKERRY_KUBECONFIG', value: 'in-cluster' },
      ]),
    );
    expect(objects.map(({ kind }) => kind)).not.toContain('Job');
  });

  it.each([
    ['no NATS', {}, /nats/],
    ['a value that is misspelt', { nats: NATS, syncer: [] }, /additional properties 'syncer' not allowed/],
    ['a cluster whose name is none', { nats: NATS, syncers: [{ cluster: 'North' }] }, /syncers\/0\/cluster/],
    ['no replica', { nats: NATS, processes: { relay: { replicas: 0 } } }, /processes\/relay\/replicas/],
  ])('refuses %s, by the name of the value', (_what, values, message) => {
    const { status, stderr } = runHelm(['template', 'hub', CHART, '-f', withValues(values)]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});

describe('a real kube-apiserver', () => {
  let server: RealApiserver;
  beforeAll(async () => void (server = await startRealApiserver()), 120_000);
  afterAll(() => server?.stop(), 30_000);

  const apply = (text: string, ...more: string[]): string =>
    execFileSync(
      kubectl,
      [
        ...['--server', server.url, '--token', server.token, '--insecure-skip-tls-verify', 'apply', '--server-side'],
        ...['--validate=strict', ...more, '-f', '-'],
      ],
      { input: text, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } },
    );

  it.each([
    ['the least values', { nats: NATS }],
    ['every value', WHOLE],
  ])('takes the whole chart with %s', (_what, values) => {
    apply(stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'skerry' } }));
    const objects = render(values).map((object) => ({
      ...object,
      metadata: { namespace: 'skerry', ...object.metadata },
    }));
    const text = objects.map((object) => stringify(object)).join('---\n');
    const said = apply(text, '--dry-run=server').trim().split('\n');
    expect(said).toHaveLength(objects.length);
    expect(said.every((line) => line.endsWith('serverside-applied (server dry run)'))).toBe(true);
  });

  /** With hooks left out: no controller runs the job here. */
  const typed = (command: string): string => {
    const path = join(folder, 'path');
    mkdirSync(path, { recursive: true });
    writeFileSync(
      join(path, 'helm'),
      `#!/bin/sh\ncase $1 in list) exec ${helm} "$@";; *) exec ${helm} "$@" --no-hooks;; esac\n`,
      {
        mode: 0o755,
      },
    );
    writeFileSync(join(path, 'kubectl'), `#!/bin/sh\nexec ${kubectl} "$@"\n`, { mode: 0o755 });
    const kubeconfig = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'hub' },
      clusters: [{ name: 'hub', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'admin', user: { token: server.token } }],
      contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'admin' } }],
    };
    writeFileSync(join(folder, 'kubeconfig'), stringify(kubeconfig), { mode: 0o600 });
    const env = { PATH: `${path}:${process.env['PATH']}`, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
    return execFileSync('bash', ['-c', command], { cwd: INSTALLATION, encoding: 'utf8', env });
  };
  const imagesOf = (): string[] =>
    JSON.parse(typed('kubectl get deployments -n skerry -o json')).items.map(
      ({ spec }: any) => spec.template.spec.containers[0].image,
    );

  it('understands what the page about upgrades says to helm and kubectl, there and back', () => {
    apply(stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'skerry' } }));
    typed(`helm install hub deploy/chart -n skerry --set nats.url=${NATS.url} --set image.tag=0.1.0`);
    const all = (tag: string): string[] => hubProcesses.map(() => `skerry:${tag}`);
    expect(imagesOf()).toEqual(all('0.1.0'));
    const commands = readCommands(join(INSTALLATION, 'docs', 'how-to', 'upgrade.md')).map(({ text }) => text);
    const ours = commands.filter((command) => /^(helm|kubectl) /.test(command));
    const after: Record<string, string[]> = {
      'helm upgrade': all('0.2.0'),
      'kubectl delete': [],
      'helm rollback': all('0.1.0'),
    };
    for (const command of ours) {
      typed(command);
      const expected = after[command.split(' ', 2).join(' ')];
      if (expected) expect([command, imagesOf()]).toEqual([command, expected]);
      if (expected) delete after[command.split(' ', 2).join(' ')];
    }
    expect(Object.keys(after)).toEqual([]);
    expect(typed('kubectl get service,cronjob -n skerry -o name').split('\n')).toEqual(
      expect.arrayContaining(['service/hub-gateway', 'cronjob.batch/hub-retention']),
    );
  }, 60_000);
});
