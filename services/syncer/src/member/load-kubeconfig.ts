import { readFile } from 'node:fs/promises';
import { TerminalFailure } from '@skerry/kernel/errors';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface KubeconfigSource {
  /** a path, `in-cluster`, or `hub` */
  readonly from: string;
  readonly readHub: () => Promise<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How the member's kubeconfig is read, each time anew: files and tokens of service accounts rotate. */
export const kubeconfigLoader = ({ from, readHub, environment }: KubeconfigSource): (() => Promise<string>) => {
  if (from === 'hub') return readHub;
  if (from === 'in-cluster') return () => readServiceAccount(environment);
  return () => readFile(from, 'utf8');
};

const readServiceAccount = async (environment: Readonly<Record<string, string | undefined>>): Promise<string> => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) {
    throw new TerminalFailure('SKERRY_KUBECONFIG is in-cluster, but this process does not run in a pod', {
      code: 'not-in-cluster',
    });
  }
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const token = (await readFile(`${ACCOUNT}/token`, 'utf8')).trim();
  // JSON is YAML too; the CA is named rather than copied, so that it is read when it is needed.
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'member',
    clusters: [{ name: 'member', cluster: { server, 'certificate-authority': `${ACCOUNT}/ca.crt` } }],
    users: [{ name: 'syncer', user: { token } }],
    contexts: [{ name: 'member', context: { cluster: 'member', user: 'syncer' } }],
  });
};
