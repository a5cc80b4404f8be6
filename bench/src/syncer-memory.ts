import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHubAccess } from '@skerry/all-in-one/api/hub-access';
import { HubApi, type HubObject } from '@skerry/all-in-one/api/hub-api';
import { SyncerTokens } from '@skerry/all-in-one/hub/syncer-tokens';
import { startNats } from '@skerry/local/nats';
import { startPostgres } from '@skerry/local/postgres';
import { startApart } from './apart/apart.ts';
import { pssMib } from '@skerry/local/pss';

const CLUSTER = 'c0';
const SYNCER = import.meta.resolve('@skerry/syncer/main');
const DEADLINE_MS = 600_000;
/** The budget speaks of ten minutes at this rate; two looks of the process at its spare memory are enough. */
const CALM_SECONDS = 60;
const CHANGES_PER_SECOND = 5;
const PODS_EACH = 100;

/** PSS in MiB of the syncer's own process, as a fleet runs it, with so many objects and pods, after a calm minute of changes. */
export const measureSyncerMemory = async (
  dir: string,
  { objects, pods }: { objects: number; pods: number },
): Promise<number> => {
  const postgres = await startPostgres({ dir: join(dir, 'postgres') });
  const nats = await startNats({ dir: join(dir, 'nats') });
  const place = { dir: join(dir, 'state'), databaseUrl: postgres.url, nats: { url: nats.url, users: nats.users } };
  const members = await startApart('members', { names: [CLUSTER], pods: pods + 100 });
  const hub = await startApart('hub', place);
  const access = readHubAccess(hub.started.kubeconfigPath);
  const api = new HubApi(access);
  const stops: (() => unknown)[] = [];
  try {
    const { body } = await api.apply({
      apiVersion: 'skerry.dev/v1alpha1',
      kind: 'Cluster',
      metadata: { name: CLUSTER },
      spec: {},
    });
    const { uid } = body.metadata;
    const tokens = new SyncerTokens({ dir: join(place.dir, 'hub'), tokensPath: join(place.dir, 'hub', 'tokens.json') });
    const kubeconfig = join(dir, 'member.kubeconfig');
    writeFileSync(kubeconfig, members.started.members[0].kubeconfig, { mode: 0o600 });
    const { user, password } = nats.users[0]!;
    const syncer = fork(fileURLToPath(SYNCER), {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        SKERRY_CLUSTER: CLUSTER,
        SKERRY_HUB_URL: access.url,
        SKERRY_HUB_CA: access.ca,
        SKERRY_TOKEN: tokens.of({ name: CLUSTER, uid }),
        SKERRY_KUBECONFIG: kubeconfig,
        SKERRY_NATS_URL: nats.url,
        SKERRY_NATS_USER: user,
        SKERRY_NATS_PASSWORD: password,
        SKERRY_LOG_LEVEL: 'error',
      },
    });
    stops.push(() => syncer.kill('SIGTERM'));
    await applyAll(api, { objects, pods });
    const isThere = async (): Promise<boolean> => {
      const [found, running] = [await members.ask('configMaps'), await members.ask('pods')];
      return found.count >= objects - Math.ceil(pods / PODS_EACH) && running.count >= pods;
    };
    const endMs = performance.now() + DEADLINE_MS;
    while (!(await isThere())) {
      if (performance.now() > endMs) throw new Error('not everything is in the member in time');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await changeCalmly(api, { objects, pods });
    return pssMib(syncer.pid);
  } finally {
    stops.forEach((stop) => stop());
    api.close();
    await hub.stop();
    await members.stop();
    await nats.stop();
    await postgres.discard();
  }
};

const applyAll = async (api: HubApi, { objects, pods }: { objects: number; pods: number }): Promise<void> => {
  const deployments = Math.ceil(pods / PODS_EACH);
  const metadata = { name: 'everything', namespace: 'bench' };
  const spec = { selects: [{ apiVersion: '*', kind: '*' }] };
  const first: HubObject[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } },
    { apiVersion: 'skerry.dev/v1alpha1', kind: 'PlacementPolicy', metadata, spec },
  ];
  for (const object of first) await taken(api, object);
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < objects; index = next++) {
      await taken(api, index < deployments ? deployment(index) : configMap(index));
    }
  };
  await Promise.all(Array.from({ length: 32 }, caller));
};

const changeCalmly = async (api: HubApi, { objects, pods }: { objects: number; pods: number }): Promise<void> => {
  const first = Math.ceil(pods / PODS_EACH);
  for (let change = 0; change < CALM_SECONDS * CHANGES_PER_SECOND; change++) {
    const object = configMap(first + (change % (objects - first)));
    await taken(api, { ...object, data: { ...(object['data'] as object), changed: 'yes' } });
    await new Promise((resolve) => setTimeout(resolve, 1_000 / CHANGES_PER_SECOND));
  }
};

const taken = async (api: HubApi, object: HubObject): Promise<void> => {
  const { status, body } = await api.apply(object);
  if (status >= 300) throw new Error(`apply ${object.metadata.name}: ${status} ${body?.message}`);
};

const configMap = (index: number): HubObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `m-${index}`, namespace: 'bench' },
  data: Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`key-${key}`, 'v'.repeat(40)])),
});

const deployment = (index: number): HubObject => {
  const labels = { app: `w-${index}` };
  const containers = [{ name: 'main', image: 'registry.example/w:1', resources: { requests: { cpu: '1m' } } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `w-${index}`, namespace: 'bench' },
    spec: {
      replicas: PODS_EACH,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
};
