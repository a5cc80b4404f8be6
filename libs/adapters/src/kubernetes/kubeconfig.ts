import { readFile } from 'node:fs/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { TerminalFailure } from '@skerry/kernel/errors';

/** How to reach and convince one API server. */
export interface MemberAccess {
  readonly server: string;
  readonly ca: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly token: string | undefined;
  readonly skipTlsVerify: boolean;
}

const decode = (base64: string | undefined): string | undefined =>
  base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8');

const fileOr = async (data: string | undefined, path: string | undefined): Promise<string | undefined> =>
  decode(data) ?? (path === undefined ? undefined : await readFile(path, 'utf8'));

/** The current context of a kubeconfig. Throws TerminalFailure `kubeconfig-invalid`, which names what is missing. */
export const readAccess = async (text: string): Promise<MemberAccess> => {
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch (cause) {
    throw new TerminalFailure('the kubeconfig cannot be parsed', { code: 'kubeconfig-invalid', cause });
  }
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster || !user) {
    throw new TerminalFailure('the kubeconfig has no current context with a cluster and a user', {
      code: 'kubeconfig-invalid',
    });
  }
  return {
    server: cluster.server,
    ca: await fileOr(cluster.caData, cluster.caFile),
    clientCertificate: await fileOr(user.certData, user.certFile),
    clientKey: await fileOr(user.keyData, user.keyFile),
    token: user.token,
    skipTlsVerify: cluster.skipTLSVerify === true,
  };
};
