/** What a layer may import. Written down once, from the architecture's table; the check and the ADR follow it. */
export interface Layer {
  readonly name: string;
  /** The folder below which each package of the layer lies, or the package's folder itself. */
  readonly folders: readonly string[];
  /** Patterns of `@skerry/…` specifiers. The contract and the own package are always allowed. */
  readonly packages: readonly RegExp[];
  /** Whether packages from npm are allowed, as far as package.json declares them; a list narrows it. */
  readonly npm: boolean | readonly RegExp[];
  /** Whether `node:*` is allowed. */
  readonly node: boolean;
}

const any = (...names: readonly string[]): RegExp[] => names.map((name) => new RegExp(`^@skerry/${name}/`));
const libraries = [
  'kernel',
  'domain',
  'api',
  'ports',
  'engines',
  'adapters',
  'kube-api',
  'cluster-sim',
  'runtime',
  'boot',
];
const tools = ['native', 'local', 'checks', 'generate'];
const services = [
  'gateway',
  'relay',
  'clusters',
  'profiling',
  'elastic',
  'scheduler',
  'replicas',
  'rollout',
  'inspection',
  'syncer',
];
/** Of a service, what starts and wires it; to tests the rest is its inside. */
const servicesOutside = new RegExp(`^@skerry/(${services.join('|')})/[a-z-]+\\.(module|config|service)$`);
const applications = ['all-in-one', 'cli', 'console'];

/** The table. Order does not matter: each file belongs to the layer with the longest matching folder. */
export const layers: readonly Layer[] = [
  { name: 'contract', folders: ['libs/contract'], packages: [], npm: [/^@bufbuild\/protobuf(\/|$)/], node: false },
  { name: 'kernel', folders: ['libs/kernel'], packages: [], npm: false, node: false },
  { name: 'domain', folders: ['libs/domain'], packages: any('kernel'), npm: false, node: false },
  { name: 'api', folders: ['libs/api'], packages: any('kernel'), npm: false, node: false },
  { name: 'ports', folders: ['libs/ports'], packages: any('kernel', 'domain'), npm: false, node: false },
  { name: 'engines', folders: ['libs/engines'], packages: any('kernel', 'domain', 'api'), npm: false, node: false },
  { name: 'adapters', folders: ['libs/adapters'], packages: any('ports', 'domain', 'kernel'), npm: false, node: true },
  ...adaptersOf({
    postgres: [/^pg(-|\/|$)/],
    jetstream: [/^@nats-io\//],
    kubernetes: [/^undici$/, /^yaml$/],
    kafka: [/^kafkajs$/],
    // The syncer's way to its hub: HTTPS, as to a member.
    hub: [/^undici$/],
  }),
  // Schema tools: parsing YAML bodies, patterns that take no more time than their text is long.
  {
    name: 'kube-api',
    folders: ['libs/kube-api'],
    packages: any('ports', 'api', 'kernel'),
    npm: [/^yaml$/, /^re2js$/],
    node: false,
  },
  {
    name: 'cluster-sim',
    folders: ['libs/cluster-sim'],
    packages: any('kube-api', 'ports', 'api', 'kernel'),
    npm: false,
    node: false,
  },
  { name: 'runtime', folders: ['libs/runtime'], packages: any('ports', 'domain', 'kernel'), npm: true, node: true },
  // What turns a service into a process: the one library that brings adapters and runtime together.
  {
    name: 'boot',
    folders: ['libs/boot'],
    packages: any('runtime', 'adapters', 'ports', 'kernel'),
    npm: [/^@nestjs\//, /^reflect-metadata$/],
    node: true,
  },
  {
    name: 'services',
    folders: ['services'],
    packages: any(...libraries),
    npm: [/^@nestjs\//, /^reflect-metadata$/, /^rxjs(\/|$)/],
    node: true,
  },
  {
    name: 'apps',
    folders: ['apps'],
    packages: any(...libraries, ...tools, ...applications, ...services),
    npm: true,
    node: true,
  },
  { name: 'tools', folders: ['tools'], packages: any('kernel', ...tools), npm: true, node: true },
  {
    name: 'testing, e2e, bench',
    folders: ['libs/testing', 'e2e', 'bench'],
    packages: [...any(...libraries, ...tools, ...applications, 'testing'), servicesOutside],
    npm: true,
    node: true,
  },
];

function adaptersOf(clients: Readonly<Record<string, readonly RegExp[]>>): Layer[] {
  return Object.entries(clients).map(([technology, npm]) => ({
    name: `adapters/${technology}`,
    folders: [`libs/adapters/src/${technology}`],
    packages: any('ports', 'domain', 'kernel'),
    npm,
    node: true,
  }));
}

/** What a spec may import besides what its layer may: test tools, and doubles that are no mocks. */
export const specs = {
  packages: any('testing', 'local', 'native', 'adapters/memory'),
  npm: [/^@jest\/globals$/, /^fast-check$/],
} as const;

/** Layers without clock, randomness, timers, process and network: all that they know is passed in. */
export const pureFolders = ['kernel', 'domain', 'api', 'engines', 'ports', 'kube-api', 'cluster-sim'].map(
  (name) => `libs/${name}/`,
);

/** The thin shells that bind a pure library to the world. */
export const shells: readonly string[] = ['libs/kube-api/src/http.ts', 'libs/cluster-sim/src/http.ts'];

/** Words that say nothing about what a file is for. */
export const forbiddenWords: readonly string[] = [
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'misc',
  'base',
  'impl',
  'info',
  'manager',
];

/** Whether a path is a spec, or made for one. */
export const isSpec = (path: string): boolean => /\.(spec|spec-support)\.ts$/.test(path);

/** The layer of a file, by its path below the root of the repository. */
export function layerOf(path: string): Layer | undefined {
  return layers
    .flatMap((layer) => layer.folders.map((folder) => ({ layer, folder })))
    .filter(({ folder }) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0]?.layer;
}
