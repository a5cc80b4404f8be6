import { stringify } from 'yaml';
import { environmentOf, type FleetJob, type FleetProcess, type FleetProcesses } from './processes.ts';

const IMAGE = '${SKERRY_IMAGE:-skerry:0.1.0}';
const SECRETS = '${SKERRY_SECRETS:?folder that `skerry fleet init` made}';
const NATS = '${SKERRY_NATS:-nats://nats:4222}';
const HUB = '${SKERRY_HUB:-https://gateway:6443}';
const CLUSTER = '${SKERRY_CLUSTER:?name of a cluster that has joined}';
const API_PORT = '${SKERRY_PORT:-6443}';

/** As the chart does it. */
const HARDENED = {
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  user: '${SKERRY_USER:-65532:65532}',
  restart: 'unless-stopped',
};

/** The list of processes as a compose file: PostgreSQL and NATS beside them, one instance of each. */
export const composeFile = ({ processes, everyProcess, jobs }: FleetProcesses): string => {
  const services = Object.fromEntries([
    ...stores(),
    ...jobs.map((job) => [job.name, jobService(job)]),
    ...processes.filter((one) => !one.perCluster).map((one) => [one.name, processService(one, everyProcess)]),
  ]);
  return textOf({ name: 'skerry', services, volumes: { postgres: {}, nats: {} } });
};

/** The syncer of one cluster, as a project of its own in the hub's network: there are as many as clusters, and they come and go. */
export const syncerComposeFile = ({ processes, everyProcess }: FleetProcesses): string => {
  const services = processes
    .filter(({ perCluster }) => perCluster)
    .map((one) => [one.name, { ...container(one, everyProcess), volumes: secretsOf(`${one.name}-${CLUSTER}`) }]);
  const networks = { default: { name: '${SKERRY_NETWORK:-skerry_default}', external: true } };
  return textOf({ name: `skerry-${CLUSTER}`, services: Object.fromEntries(services), networks });
};

const textOf = (file: object): string => `${HEAD}${stringify(file, { lineWidth: 0, aliasDuplicateObjects: false })}`;

const HEAD = `# Made from processes.json by \`npm run compose -w @skerry/all-in-one\`; do not edit.
# How to: docs/how-to/run-a-fleet.md
`;

const stores = (): [string, object][] => [
  [
    'postgres',
    {
      image: '${POSTGRES_IMAGE:-postgres:18}',
      environment: { POSTGRES_DB: 'skerry', POSTGRES_PASSWORD_FILE: '/run/owner/password' },
      volumes: ['postgres:/var/lib/postgresql', `${SECRETS}/owner:/run/owner:ro`],
      restart: 'unless-stopped',
    },
  ],
  [
    'nats',
    {
      image: '${NATS_IMAGE:-nats:2.15}',
      command: ['-c', '/run/nats.conf', '-sd', '/data'],
      volumes: ['nats:/data', `${SECRETS}/nats.conf:/run/nats.conf:ro`],
      restart: 'unless-stopped',
    },
  ],
];

const secretsOf = (folder: string): object[] => [secret(folder, 'secrets')];

/** What hub processes and syncers have in common. */
const container = (process: FleetProcess, every: Readonly<Record<string, string>>): object => {
  const { api = '', health } = process.ports;
  const inside = { secrets: '/run/skerry/secrets', host: '0.0.0.0', api: String(api), health: String(health) };
  const places = { ...inside, nats: NATS, hub: HUB, cluster: CLUSTER, logLevel: 'info' };
  return {
    image: IMAGE,
    command: [process.main],
    environment: environmentOf(process, { every, places }),
    ...HARDENED,
  };
};

const processService = (process: FleetProcess, every: Readonly<Record<string, string>>): object => {
  const { api } = process.ports;
  return {
    ...container(process, every),
    volumes: secretsOf(process.name),
    ...(api !== undefined && { ports: [`127.0.0.1:${API_PORT}:${api}`] }),
    depends_on: { prepare: { condition: 'service_completed_successfully' } },
  };
};

const jobService = (job: FleetJob): object => {
  const places: Record<string, string> = {
    fleet: 'fleet',
    secrets: '/run/skerry/secrets',
    allSecrets: '/run/skerry/all',
    owner: '/run/skerry/owner',
  };
  const words = job.arguments.map((word) => word.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => places[name]!));
  const isOnce = job.everyMinutes === undefined;
  return {
    image: IMAGE,
    command: ['apps/cli/dist/main.js', ...words],
    volumes: job.mounts.flatMap(filesOf),
    depends_on: ['postgres'],
    ...HARDENED,
    restart: isOnce ? 'on-failure' : 'no',
    ...(!isOnce && { profiles: ['jobs'] }),
  };
};

/** File by file, as the chart does it: the folder of all secrets holds every key that the fleet has. */
const filesOf = ({ at, secrets }: FleetJob['mounts'][number]): object[] =>
  secrets.flatMap(({ of, files }) =>
    files.map((file) => secret(`${of}/${file}`, `${at === 'all' ? `all/${of}` : at}/${file}`)),
  );

const secret = (from: string, to: string): object => ({
  type: 'bind',
  source: `${SECRETS}/${from}`,
  target: `/run/skerry/${to}`,
  read_only: true,
  // Otherwise Docker makes an empty folder of what is missing, under root's name, and `fleet init` finds it there.
  bind: { create_host_path: false },
});
