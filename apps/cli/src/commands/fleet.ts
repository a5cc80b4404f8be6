import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import type { Command } from 'commander';
import { requireOk, usage } from '../failure.ts';
import type { World } from '../world.ts';
import { type Call, onHub, type Shell, withExamples } from './command.ts';

export const addFleet = (program: Command, shell: Shell): void => {
  const command = program
    .command('fleet')
    .summary('secrets of a hub that runs as separate processes')
    .description('Secrets of a hub that runs as separate processes, by compose or by the chart.');
  withExamples(command, ['skerry fleet init ./secrets --database postgres://db:5432/skerry --host skerry-gateway']);
  addInit(command, shell);
  addSyncer(command, shell);
};

interface InitOptions {
  readonly database: string;
  readonly host: readonly string[];
  readonly cluster: readonly string[];
  readonly url?: string;
}

const collect = (text: string, before: readonly string[]): string[] => [...before, text];

const addInit = (parent: Command, { world }: Shell): void => {
  const init = parent
    .command('init')
    .description(
      'Makes the secrets of a fleet: a folder for each process with its logins, the certificate and tokens of the gateway, a kubeconfig for administrators, and nats.conf with the users of NATS and what each may do. What is there is kept. All files have mode 600.',
    )
    .argument('<folder>', 'where to')
    .requiredOption('--database <url>', 'where PostgreSQL is, without a login: postgres://host:port/database')
    .option(
      '--host <name>',
      'a name by which the gateway is reached, for its certificate; may be repeated',
      collect,
      [],
    )
    .option('--cluster <name>', 'a cluster whose syncer gets a user at NATS; may be repeated', collect, [])
    .option(
      '--url <url>',
      'where administrators reach the gateway, for its certificate and their kubeconfig, which is then written anew (default: https://127.0.0.1:6443)',
    )
    .action((folder: string, options: InitOptions) => initFleet(resolve(world.folder, folder), { options, world }));
  withExamples(init, [
    'skerry fleet init ./secrets --database postgres://db:5432/skerry --host skerry-gateway --cluster north',
  ]);
};

const initFleet = async (dir: string, { options, world }: { options: InitOptions; world: World }): Promise<void> => {
  const { database, host, cluster } = options;
  if (!/^postgres(ql)?:\/\//.test(database) || !URL.canParse(database) || new URL(database).password !== '') {
    throw usage(`--database ${database}: allowed is postgres://host:port/database, without a login`);
  }
  const url = options.url === undefined ? undefined : gatewayUrlOf(options.url);
  const { FleetSecrets } = await import('@skerry/all-in-one/fleet/fleet-secrets');
  const secrets = await FleetSecrets.make({
    dir,
    databaseUrl: database,
    hosts: [...host, ...(url ? [url.hostname.replace(/^\[|\]$/g, '')] : [])],
  });
  const users = secrets.busUsers(cluster);
  const path = join(dir, 'nats.conf');
  writeFileSync(path, `${JSON.stringify({ jetstream: {}, authorization: { users } }, undefined, 2)}\n`, {
    mode: 0o600,
  });
  const kubeconfig = secrets.makeKubeconfig(url?.origin);
  world.out(`secrets of ${users.length} users are in ${dir}`);
  world.out(`configuration of NATS with these users: ${path}`);
  world.out(`kubeconfig of an administrator: ${kubeconfig}`);
};

const gatewayUrlOf = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && [url.origin, `${url.origin}/`].includes(text.toLowerCase())) return url;
  throw usage(`--url ${text}: allowed is https://host:port`);
};

interface SyncerOptions {
  readonly secrets: string;
}

const addSyncer = (parent: Command, shell: Shell): void => {
  const syncer = parent
    .command('syncer')
    .description(
      'Makes the secrets of the syncer of a cluster that has joined: its token at the gateway, its password at NATS, the CA of the hub.',
    )
    .argument('<cluster>', 'name of the Cluster')
    .requiredOption('--secrets <folder>', 'folder that `skerry fleet init` made')
    .action(onHub<SyncerOptions>(shell, ([cluster], call) => addSyncerSecrets(cluster, call)));
  withExamples(syncer, ['skerry fleet syncer north --secrets ./secrets']);
};

const addSyncerSecrets = async (cluster: string, { api, options, world }: Call<SyncerOptions>): Promise<void> => {
  const uid = await uidOf(cluster, api);
  const { FleetSecrets } = await import('@skerry/all-in-one/fleet/fleet-secrets');
  const secrets = await FleetSecrets.open(resolve(world.folder, options.secrets));
  world.out(`secrets of the syncer of ${cluster} are in ${secrets.addSyncer({ cluster, uid })}`);
};

const uidOf = async (cluster: string, api: HubApi): Promise<string> => {
  const answer = await api.call('GET', `/apis/skerry.dev/v1alpha1/clusters/${encodeURIComponent(cluster)}`);
  return requireOk(answer, `cluster ${cluster}`).body.metadata.uid as string;
};
