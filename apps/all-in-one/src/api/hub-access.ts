import { readFileSync } from 'node:fs';
import { TerminalFailure } from '@skerry/kernel/errors';
import { parse } from 'yaml';

export interface HubAccess {
  readonly url: string;
  /** PEM text */
  readonly ca: string;
  readonly token: string;
}

/** How to reach a hub, from the kubeconfig that its first start wrote. Throws TerminalFailure that says what is wrong with the file. */
export const readHubAccess = (kubeconfigPath: string): HubAccess => {
  const config = parseConfig(kubeconfigPath);
  const cluster = config?.clusters?.[0]?.cluster;
  const token = config?.users?.[0]?.user?.token;
  if (!cluster?.server || !token) {
    throw unusable(`${kubeconfigPath} names no server or no token: is it the hub's kubeconfig?`);
  }
  const ca = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8');
  return { url: cluster.server.replace(/\/$/, ''), ca, token };
};

interface Kubeconfig {
  clusters?: { cluster?: { server?: string; 'certificate-authority-data'?: string } }[];
  users?: { user?: { token?: string } }[];
}

const parseConfig = (path: string): Kubeconfig | undefined => {
  try {
    return parse(readFileSync(path, 'utf8')) as Kubeconfig | undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw unusable(
      `${path} cannot be read (${code === 'ENOENT' ? 'there is no such file' : (code ?? message)})`,
      cause,
    );
  }
};

const unusable = (message: string, cause?: unknown): TerminalFailure =>
  new TerminalFailure(message, { code: 'kubeconfig', cause });
