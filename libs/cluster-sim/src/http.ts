import { createKubeServer, type KubeServer, type KubeServerOptions } from '@skerry/kube-api/http';
import type { ClusterSim } from './cluster-sim.ts';

export interface ServeOptions {
  /** PEM texts; without them plain http. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The one bearer token that is let in, as administrator; a function is asked at each request, so that it may change. */
  readonly token?: string | (() => string);
  /** PEM text: lets in, instead of a token, whoever has a certificate of this CA. Needs `tls`. */
  readonly clientCa?: string;
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
  const { port = 0, host = '127.0.0.1' } = options;
  const served = createKubeServer({ api: { handle: sim.handle }, ...accessOf(options) });
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

/** Whoever lacks a wanted certificate does not get past TLS, so every request that arrives is the administrator's. */
function accessOf({ tls, token, clientCa }: ServeOptions): Pick<KubeServerOptions, 'authenticate' | 'tls'> {
  if (clientCa !== undefined && tls !== undefined) {
    const mutual = { ...tls, ca: clientCa, requestCert: true, rejectUnauthorized: true };
    return { tls: mutual, authenticate: () => ADMINISTRATOR };
  }
  if (token === undefined || clientCa !== undefined) {
    throw new RangeError('a served cluster needs a token, or clientCa together with tls: got neither');
  }
  const wanted = typeof token === 'string' ? () => token : token;
  const authenticate = (given: string | undefined) => (given === wanted() ? ADMINISTRATOR : undefined);
  return tls === undefined ? { authenticate } : { tls, authenticate };
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
