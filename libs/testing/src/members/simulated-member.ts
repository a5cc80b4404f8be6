import type { Server } from 'node:http';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { type ClusterSim, createClusterSim } from '@skerry/cluster-sim/cluster-sim';
import { kubeconfigText, serveClusterSim } from '@skerry/cluster-sim/http';
import type { ClusterSimOptions } from '@skerry/cluster-sim/options';
import { generate } from 'selfsigned';

const YEAR_MS = 365 * 24 * 3_600_000;

/** A small cluster in real time, started. It has one node, `a`, and sends bookmarks often. */
export const startSimulatedCluster = async (options: Partial<ClusterSimOptions> = {}): Promise<ClusterSim> => {
  const sim = createClusterSim({
    name: 'simulated',
    nodes: [{ name: 'a', cpuMillis: 4_000, memoryBytes: 8 * 2 ** 30 }],
    store: new MemoryObjectStore(),
    clock: systemClock,
    random: Math.random,
    startUpDelayMs: 10,
    bookmarkIntervalMs: 50,
    ...options,
  });
  await sim.start();
  return sim;
};

export interface ServedMember {
  readonly sim: ClusterSim;
  readonly server: Server;
  /** connections that were opened so far */
  readonly connections: () => number;
  /** with the credentials that are right now */
  readonly kubeconfig: () => string;
  /** from now on only new credentials are right */
  readonly rotate: () => void;
  close(): Promise<void>;
}

export interface ServedMemberOptions {
  readonly sim?: Partial<ClusterSimOptions>;
  /** lets clients in by their certificates instead of a token */
  readonly clientCertificates?: boolean;
}

/** A simulated cluster over TLS on loopback, for real clients. */
export const serveSimulatedMember = async (options: ServedMemberOptions = {}): Promise<ServedMember> => {
  const sim = await startSimulatedCluster(options.sim);
  const { ca, server, client } = await makeCertificates();
  const byCertificate = options.clientCertificates === true;
  let generation = 1;
  const token = (): string => `token-${generation}`;
  const tls = { cert: server.cert, key: server.private };
  const served = await serveClusterSim(sim, { tls, ...(byCertificate ? { clientCa: ca.cert } : { token }) });
  let connections = 0;
  served.server.on('connection', () => (connections += 1));
  const certificate = { clientCertificate: client.cert, clientKey: client.private };
  return {
    sim,
    server: served.server,
    connections: () => connections,
    kubeconfig: () =>
      kubeconfigText({
        name: sim.name,
        server: served.url,
        ca: ca.cert,
        ...(byCertificate ? certificate : { token: token() }),
      }),
    rotate: () => (generation += 1),
    close: async () => {
      sim.stop();
      await served.close(100);
    },
  };
};

const makeCertificates = async () => {
  const notAfterDate = new Date(Date.now() + YEAR_MS);
  const shared = { keyType: 'ec', algorithm: 'sha256', notAfterDate } as const;
  const named = (value: string) => [{ name: 'commonName', value }];
  const ca = await generate(named('simulated-ca'), {
    ...shared,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const signed = { ...shared, ca: { key: ca.private, cert: ca.cert } };
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
  const [server, client] = await Promise.all([
    generate(named('simulated'), { ...signed, extensions: [{ name: 'subjectAltName', altNames }] }),
    generate(named('syncer'), { ...signed, extensions: [{ name: 'extKeyUsage', clientAuth: true }] }),
  ]);
  return { ca, server, client };
};
