/** The programs that Skerry starts and does not carry itself; helm, promtool and Kafka are started by its tests only. */
export type ProgramName =
  | 'nats-server'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kwok'
  | 'kubectl'
  | 'helm'
  | 'promtool'
  | 'kafka-run-class';

/** How a program is made: by `go` from a module of our own or by `go install` of a published one, or by Maven. */
export type Recipe =
  | { readonly way: 'own-module'; readonly folder: string; readonly package: string; readonly ldflags: string }
  /** `stamp`: the variable that the publisher's own build sets to the version; without it the program does not know its own */
  | { readonly way: 'install'; readonly package: string; readonly stamp?: string; readonly tags?: string }
  /** jars of a `pom.xml` of our own beside the program, which is then a script that runs one of their classes */
  | { readonly way: 'maven'; readonly folder: string };

export interface DownloadRecipe {
  /** The published file; for an archive the program is the entry `member`. */
  readonly url: string;
  /** The publisher's own checksum file, read over TLS from the same release. */
  readonly checksumUrl: string;
  /** Path of the program inside the .tar.gz. Absent: the file is the program. */
  readonly member?: string;
}

export interface Program {
  readonly name: ProgramName;
  readonly version: string;
  /** A program on PATH is taken if its version is at least `from` and below `below`. */
  readonly accepts: { readonly from: string; readonly below: string };
  readonly versionArguments: readonly string[];
  readonly recipe: Recipe;
  /** Seconds of a first build on two cores with an empty build cache. */
  readonly buildSeconds: number;
  /** Absent where the publisher offers no checksum that we could hold a download to: then it is built. */
  readonly download?: DownloadRecipe;
}

const kubernetes = '1.36.3';
const nats = '2.15.2';
const etcd = '3.7.3';
const kwok = '0.8.0';
const helm = '4.3.1';
const kafka = '4.3.1'; // and in kafka/pom.xml
// Prometheus 3.x.y is Go module v0.(3xx).y
const prometheus = { release: '3.16.0', module: '0.316.0' };
const platform = `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
const dashed = platform.replace('/', '-');
const dotted = platform.replace('/', '.');

const stamp = 'k8s.io/component-base/version';
// The same flags for all four, so that they share Go's build cache.
const kubernetesLdflags = `-s -w -X ${stamp}.gitVersion=v${kubernetes} -X ${stamp}.gitMajor=1 -X ${stamp}.gitMinor=36`;

function fromKubernetes(name: ProgramName, buildSeconds: number): Program {
  // Neither SHA-256 is written down here, because this list was made without access to the publisher's host: a download
  // is held to the .sha256 file that dl.k8s.io serves beside it over TLS. That guards against a broken transfer or
  // mirror, not against the publisher; who wants more sets SKERRY_OFFLINE=1 and lets Go's checksum database judge.
  const url = `https://dl.k8s.io/v${kubernetes}/bin/${platform}/${name}`;
  return {
    name,
    version: kubernetes,
    accepts: { from: '1.36.0', below: '1.37.0' },
    versionArguments: name === 'kubectl' ? ['version', '--client'] : ['--version'],
    recipe: { way: 'own-module', folder: '.', package: `k8s.io/kubernetes/cmd/${name}`, ldflags: kubernetesLdflags },
    buildSeconds,
    // Servers are published for Linux only.
    ...(process.platform === 'linux' || name === 'kubectl' ? { download: { url, checksumUrl: `${url}.sha256` } } : {}),
  };
}

const natsRelease = `https://github.com/nats-io/nats-server/releases/download/v${nats}`;
const etcdRelease = `https://github.com/etcd-io/etcd/releases/download/v${etcd}`;
const prometheusRelease = `https://github.com/prometheus/prometheus/releases/download/v${prometheus.release}`;

/** Every program by name, with its pinned version. */
export const programs: Readonly<Record<ProgramName, Program>> = {
  'nats-server': {
    name: 'nats-server',
    version: nats,
    accepts: { from: '2.12.0', below: '3.0.0' },
    versionArguments: ['--version'],
    recipe: { way: 'install', package: `github.com/nats-io/nats-server/v2@v${nats}` },
    buildSeconds: 25,
    download: {
      url: `${natsRelease}/nats-server-v${nats}-${dashed}.tar.gz`,
      checksumUrl: `${natsRelease}/SHA256SUMS`,
      member: `nats-server-v${nats}-${dashed}/nats-server`,
    },
  },
  etcd: {
    name: 'etcd',
    version: etcd,
    accepts: { from: '3.6.0', below: '4.0.0' },
    versionArguments: ['--version'],
    recipe: { way: 'own-module', folder: 'etcd', package: '.', ldflags: '-s -w' },
    buildSeconds: 30,
    // For other systems etcd is published as .zip.
    ...(process.platform === 'linux'
      ? {
          download: {
            url: `${etcdRelease}/etcd-v${etcd}-${dashed}.tar.gz`,
            checksumUrl: `${etcdRelease}/SHA256SUMS`,
            member: `etcd-v${etcd}-${dashed}/etcd`,
          },
        }
      : {}),
  },
  'kube-apiserver': fromKubernetes('kube-apiserver', 280),
  'kube-controller-manager': fromKubernetes('kube-controller-manager', 85),
  'kube-scheduler': fromKubernetes('kube-scheduler', 15),
  kwok: {
    name: 'kwok',
    version: kwok,
    accepts: { from: '0.7.0', below: '0.9.0' },
    versionArguments: ['--version'],
    recipe: { way: 'install', package: `sigs.k8s.io/kwok/cmd/kwok@v${kwok}` },
    buildSeconds: 90,
  },
  kubectl: fromKubernetes('kubectl', 30),
  helm: {
    name: 'helm',
    version: helm,
    accepts: { from: '4.0.0', below: '5.0.0' },
    versionArguments: ['version', '--template', '{{.Version}}'],
    recipe: {
      way: 'install',
      package: `helm.sh/helm/v4/cmd/helm@v${helm}`,
      stamp: `helm.sh/helm/v4/internal/version.version=v${helm}`,
    },
    buildSeconds: 140,
    download: {
      url: `https://get.helm.sh/helm-v${helm}-${dashed}.tar.gz`,
      checksumUrl: `https://get.helm.sh/helm-v${helm}-${dashed}.tar.gz.sha256sum`,
      member: `${dashed}/helm`,
    },
  },
  promtool: {
    name: 'promtool',
    version: prometheus.release,
    accepts: { from: '3.0.0', below: '4.0.0' },
    versionArguments: ['--version'],
    recipe: {
      way: 'install',
      package: `github.com/prometheus/prometheus/cmd/promtool@v${prometheus.module}`,
      stamp: `github.com/prometheus/common/version.Version=${prometheus.release}`,
      // rules need no service discovery, whose clients are most of its modules (one was not to be had from the proxy)
      tags: 'remove_all_sd',
    },
    buildSeconds: 90,
    download: {
      url: `${prometheusRelease}/prometheus-${prometheus.release}.${dotted}.tar.gz`,
      checksumUrl: `${prometheusRelease}/sha256sums.txt`,
      member: `prometheus-${prometheus.release}.${dotted}/promtool`,
    },
  },
  // As a distribution of Kafka has it: its arguments are a class and that one's own, KAFKA_HEAP_OPTS and KAFKA_OPTS are Java's.
  'kafka-run-class': {
    name: 'kafka-run-class',
    version: kafka,
    accepts: { from: '4.0.0', below: '5.0.0' },
    versionArguments: ['kafka.Kafka', '--version'],
    recipe: { way: 'maven', folder: 'kafka' },
    buildSeconds: 60,
  },
};

/** The programs of a real member cluster. */
export const memberPrograms = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const satisfies readonly ProgramName[];

/** What only `npm test` starts: to render charts, to check alert rules, and a broker. */
export const testPrograms = ['helm', 'promtool', 'kafka-run-class'] as const satisfies readonly ProgramName[];
