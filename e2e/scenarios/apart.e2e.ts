import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTALLATION, readProcesses } from '@skerry/all-in-one/fleet/processes';
import { skerry } from '@skerry/cli/cli.spec-support';
import { ChangeStream, notesIn } from '../support/change-stream.ts';
import { eventually } from '../support/fleet.ts';
import { type FleetMember, type SeparateFleet, startSeparateFleet } from '../support/separate-fleet.ts';

const TAKEOVER_MS = 5_000;
const CLUSTERS = ['north', 'south'];
const NAMESPACE = 'apart';

let fleet: SeparateFleet;
let traces: string;
beforeAll(async () => {
  traces = mkdtempSync(join(tmpdir(), 'skerry-apart-traces-'));
  fleet = await startSeparateFleet({ clusters: CLUSTERS, environment: { SKERRY_TRACE_FOLDER: traces } });
  const everywhere = { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } };
  for (const object of [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { ...policy, spec: everywhere },
  ]) {
    const { status, body } = await fleet.api.apply(object as never);
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  }
}, 180_000);
afterAll(async () => {
  await fleet?.close();
  rmSync(traces, { recursive: true, force: true });
}, 60_000);

const policy = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everywhere', namespace: NAMESPACE },
};

let stream: ChangeStream | undefined;
afterEach(() => stream?.stop());

/** What a member holds of one ConfigMap; undefined: nothing. */
const numberIn = async (cluster: string, name: string): Promise<number | undefined> => {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`;
  const user = { name: 'admin', groups: ['system:masters'] };
  const { status, body } = await fleet.member(cluster).sim.handle({ method: 'GET', path, headers: {}, user });
  return status === 200 ? Number(JSON.parse(body).data?.number) : undefined;
};

/** Every change that was answered is in every member, and nothing older. */
const allArrived = (changes: ChangeStream): Promise<unknown> =>
  eventually(
    'every answered change is in every member',
    async () => {
      for (const [name, number] of changes.answered) {
        for (const cluster of CLUSTERS) if (((await numberIn(cluster, name)) ?? -1) < number) return false;
      }
      return true;
    },
    30_000,
  );

const topOf = async (): Promise<any> => (await fleet.api.call('GET', '/skerry/v1/top')).body;

/** As a caller does that records its own traces. */
const applyTraced = (object: ReturnType<typeof deployment>, traceparent: string): Promise<unknown> => {
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${object.metadata.name}?fieldManager=skerry`;
  const { ca, adminToken } = fleet.secrets.credentials;
  const headers = {
    authorization: `Bearer ${adminToken}`,
    'content-type': 'application/apply-patch+yaml',
    traceparent,
  };
  return new Promise((resolve, reject) => {
    const asking = request(`${fleet.api.url}${path}`, { method: 'PATCH', ca, headers, agent: false }, (answer) => {
      answer
        .resume()
        .once('end', () => (answer.statusCode === 200 ? resolve(answer) : reject(new Error(`${answer.statusCode}`))));
    });
    asking.once('error', reject).end(JSON.stringify(object));
  });
};

const holderOf = async (service: string): Promise<FleetMember> =>
  eventually(`somebody holds the lease ${service}`, async () => {
    for (const one of fleet.of(service)) {
      if (one.isRunning && /^skerry_lease_held\{[^}]*\} 1$/m.test((await one.ask('/metrics')).text)) return one;
    }
    return undefined;
  });

describe('a hub of separate processes, two of each', () => {
  it('carries an application to the clusters and its status back, over users that may do nothing else', async () => {
    const { status, body } = await fleet.api.apply(deployment(2) as never);
    expect([status, body.message]).toEqual([201, undefined]);
    await eventually('the Deployment is Available in both clusters', async () => {
      const answer = await fleet.api.call('GET', `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/web`);
      return answer.body.status?.readyReplicas === 2 * CLUSTERS.length;
    });
    for (const file of readdirSync(join(fleet.dir, 'logs'))) {
      expect([file, readFileSync(join(fleet.dir, 'logs', file), 'utf8')]).toEqual([
        file,
        expect.not.stringContaining('NATS refuses'),
      ]);
    }
  }, 90_000);

  it('both gateways answer, and know the same', async () => {
    const heads = new Set<string>();
    for (const gateway of fleet.of('gateway')) {
      const text = (await gateway.ask('/metrics')).text;
      heads.add(/^skerry_gateway_requests_total\{[^}]*\} [1-9]/m.test(text) ? gateway.name : 'nobody');
    }
    expect([...heads].sort()).toEqual(['gateway-1', 'gateway-2']);
  });

  it('says at one place how every process does', async () => {
    const { length } = fleet.processes;
    const isWell = ({ unhealthy, unready }: any): boolean => unhealthy.length + unready.length === 0;
    await eventually('all are heard, and are well', async () => {
      const { processes } = await topOf();
      return processes.length === length && processes.every(isWell);
    });
    const { stages } = await topOf();
    const leading = stages.filter(({ leads }: any) => leads).map(({ stage }: any) => stage);
    expect(leading).toEqual(['relay', 'clusters', 'replicas', 'rollout', 'syncer-north', 'syncer-south']);
    expect(stages.filter(({ stage }: any) => stage === 'scheduler')).toHaveLength(2);
  });

  it('leaves one trace of an apply, from the gateway to the pods of each cluster, over all processes', async () => {
    const traceId = 'a1b2c3d4'.repeat(4);
    await applyTraced(deployment(3), `00-${traceId}-00f067aa0ba902b7-01`);
    const told = await eventually('the pods of both', async () => {
      const { out } = await skerry(['trace', traces, traceId]);
      return (out.match(/syncer pods ready/g)?.length ?? 0) === CLUSTERS.length && out;
    });
    for (const span of ['gateway apply', 'replicas decide', 'rollout decide', 'append ObjectDesired', 'member PATCH']) {
      expect(told).toContain(span);
    }
  }, 30_000);

  it.each(['relay', 'clusters', 'replicas', 'rollout'])(
    'the standby of %s takes over within 5 s of a SIGKILL, and goes on',
    async (service) => {
      const holder = await holderOf(service);
      await holder.kill();
      const killedMs = performance.now();
      const next = await holderOf(service);
      expect(performance.now() - killedMs).toBeLessThan(TAKEOVER_MS);
      expect(next.name).not.toBe(holder.name);
      const name = `after-${service}`;
      await fleet.api.apply(configMap(name) as never);
      await eventually(`${name} is in both`, async () => {
        const found = await Promise.all(CLUSTERS.map((cluster) => numberIn(cluster, name)));
        return found.every((number) => number === 7);
      });
      holder.start();
      await holder.ready();
    },
    60_000,
  );

  it('a rolling restart of everything under 20 changes/s loses nothing, and no request fails after one retry', async () => {
    stream = new ChangeStream({ api: fleet.api, commandOf: notesIn(NAMESPACE, 60), perSecond: 20 });
    for (const one of fleet.processes) {
      expect([one.name, await one.stop()]).toEqual([one.name, 0]);
      one.start();
      await one.ready();
    }
    await stream.stop();
    expect(stream.lost).toEqual([]);
    await allArrived(stream);
    expect(stream.answered.size).toBe(60);
  }, 240_000);

  it('whose store was adopted ends with code 1, process by process, and goes on when each is started again', async () => {
    const adopted = await skerry(['store', 'adopt-restored', '--database-url-file', 'owner-url'], {
      folder: fleet.dir,
    });
    expect(adopted.code).toBe(0);
    // The relay carries over what the store holds, whatever came before it.
    const built = fleet.processes.filter(({ process }) => process.name !== 'relay');
    const codes = await Promise.all(
      built.map(async (one) => {
        // An idle gateway learns of it by the first request.
        const ended = async (): Promise<boolean> => {
          if (one.isRunning) await fleet.api.call('GET', '/api/v1/namespaces').catch(() => undefined);
          return !one.isRunning;
        };
        await eventually(`${one.name} has ended`, ended, 60_000);
        const code = await one.stop();
        one.start();
        return [one.name, code, /adopt-restored|incarnation/.test(one.saidLast())];
      }),
    );
    expect(codes).toEqual(built.map(({ name }) => [name, 1, true]));
    await Promise.all(fleet.processes.map((one) => one.ready()));
    await fleet.api.apply(configMap('after-adoption') as never);
    await eventually('what is new arrives', async () => (await numberIn('north', 'after-adoption')) === 7);
  }, 180_000);
});

describe('a process that is told wrongly', () => {
  it.each(readProcesses().processes)('$name ends with code 2 and says all that is wrong', ({ main, name }) => {
    const environment = { PATH: process.env['PATH'] ?? '', SKERRY_NATS_URL: 'http://x', SKERRY_NATS_ULR: 'y' };
    const { status, stderr } = spawnSync(process.execPath, [join(INSTALLATION, main)], {
      env: environment,
      encoding: 'utf8',
    });
    expect(stderr).toContain(`skerry ${name} cannot start:`);
    expect(stderr).toContain('SKERRY_NATS_URL is "http://x"; allowed: a URL that begins with nats:// or tls://');
    expect(stderr).toContain('SKERRY_NATS_ULR is not a setting of this program; there are: ');
    expect(status).toBe(2);
  });
});

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE },
  data: { number: '7' },
});

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
});
