import { createKubeServer, type KubeServer } from '@skerry/kube-api/http';
import type { ClusterSim } from './cluster-sim.ts';

export interface ServeOptions {
  /** PEM texts; without them plain http. More settings of a TLS server may be given, such as `ca` and `requestCert`. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The one bearer token that is let in, as administrator; a function is asked at each request, so that it may change. */
  readonly token: string | (() => string);
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** A simulated cluster on a socket. */
export interface ServedClusterSim {
  readonly url: string;
  readonly server: KubeServer['server'];
  /** Ends watches and closes; the cluster itself goes on. */
  readonly close: (graceMs?: number) => Promise<void>;
}

const ADMINISTRATOR = { name: 'admin', groups: ['system:masters'] };

/** Serves a cluster for real clients. While its API is down (see `faults`), connections are cut and new ones closed at once. */
export async function serveClusterSim(sim: ClusterSim, options: ServeOptions): Promise<ServedClusterSim> {
  const { tls, token, port = 0, host = '127.0.0.1' } = options;
  const wanted = typeof token === 'string' ? () => token : token;
  const served = createKubeServer({
    api: { handle: sim.handle },
    ...(tls === undefined ? {} : { tls }),
    authenticate: (given) => (given === wanted() ? ADMINISTRATOR : undefined),
  });
  const { server } = served;
  server.on('connection', (socket) => {
    if (sim.faults.isDown) socket.destroy();
  });
  const stopListening = sim.faults.onApiDown(() => server.closeAllConnections());
  const url = await served.listen(port, host);
  return {
    url,
    server,
    close: async (graceMs) => {
      stopListening();
      await served.close(graceMs);
    },
  };
}

export interface KubeconfigOptions {
  /** Name of cluster, user and context. */
  readonly name: string;
  readonly server: string;
  /** PEM text of the CA; absent for plain http. */
  readonly ca?: string;
  readonly token?: string;
  /** PEM texts. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

/** The text of a kubeconfig, with everything in it. JSON, which is YAML too. */
export const kubeconfigText = (options: KubeconfigOptions): string => {
  const { name, server, ca, token, clientCertificate, clientKey } = options;
  const user = {
    ...(token === undefined ? {} : { token }),
    ...(clientCertificate === undefined ? {} : { 'client-certificate-data': base64(clientCertificate) }),
    ...(clientKey === undefined ? {} : { 'client-key-data': base64(clientKey) }),
  };
  const cluster = { server, ...(ca === undefined ? {} : { 'certificate-authority-data': base64(ca) }) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
