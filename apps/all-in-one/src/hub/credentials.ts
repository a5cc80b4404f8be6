import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { ADMINS, type TokenEntry } from '@skerry/gateway/access/tokens';
import { generate } from 'selfsigned';
import { stringify } from 'yaml';

/** What the hub made for itself at its first start. Everything secret lies in files of mode 600. */
export interface Credentials {
  readonly ca: string;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly tokensPath: string;
  readonly kubeconfigPath: string;
  readonly adminToken: string;
}

const YEARS_10_MS = 10 * 365 * 24 * 3_600_000;
const CN = (value: string) => [{ name: 'commonName', value }];

/**
 * The hub's own CA, server certificate (for loopback and these names) and admin token: made once, read afterwards. A name
 * that the certificate does not have yet gets a new one of the same CA.
 */
export const openCredentials = async (dir: string, hosts: readonly string[] = []): Promise<Credentials> => {
  const path = (name: string): string => join(dir, name);
  if (!existsSync(path('complete'))) await makeCredentials(dir, hosts);
  const { missing, named } = hostsOf(readFileSync(path('server.crt'), 'utf8'), hosts);
  if (missing.length > 0) await makeServer(dir, [...named, ...missing]);
  return {
    ca: readFileSync(path('ca.crt'), 'utf8'),
    tls: { cert: readFileSync(path('server.crt'), 'utf8'), key: readFileSync(path('server.key'), 'utf8') },
    tokensPath: path('tokens.json'),
    kubeconfigPath: path('kubeconfig'),
    adminToken: readFileSync(path('admin.token'), 'utf8'),
  };
};

const makeCredentials = async (dir: string, hosts: readonly string[]): Promise<void> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const notAfterDate = new Date(Date.now() + YEARS_10_MS);
  const ca = await generate(CN('skerry-hub-ca'), {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const token = newToken();
  write(join(dir, 'ca.crt'), ca.cert);
  write(join(dir, 'ca.key'), ca.private);
  await makeServer(dir, hosts);
  write(join(dir, 'admin.token'), token);
  addToken(join(dir, 'tokens.json'), { token, user: 'admin', groups: [ADMINS] });
  write(join(dir, 'complete'), '');
};

const makeServer = async (dir: string, hosts: readonly string[]): Promise<void> => {
  const notAfterDate = new Date(Date.now() + YEARS_10_MS);
  const ca = { cert: readFileSync(join(dir, 'ca.crt'), 'utf8'), private: readFileSync(join(dir, 'ca.key'), 'utf8') };
  const server = await generate(CN('skerry-gateway'), {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          ...hosts.map((host) => (isIP(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host })),
        ],
      },
    ],
  });
  write(join(dir, 'server.crt'), server.cert);
  write(join(dir, 'server.key'), server.private);
};

/** Names and addresses of a certificate besides loopback, and those of `hosts` that it does not have. */
const hostsOf = (certificate: string, hosts: readonly string[]): { named: string[]; missing: string[] } => {
  const read = new X509Certificate(certificate);
  const names = (read.subjectAltName ?? '').split(', ').map((one) => one.replace(/^(DNS|IP Address):/, ''));
  const has = (host: string): boolean => (isIP(host) ? read.checkIP(host) !== undefined : names.includes(host));
  return {
    named: names.filter((name) => name !== 'localhost' && name !== '127.0.0.1'),
    missing: [...new Set(hosts)].filter((host) => !has(host)),
  };
};

export const newToken = (): string => randomBytes(32).toString('base64url');

/** Whole or not at all, and never readable for others. */
export const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

export const readTokens = (path: string): readonly TokenEntry[] =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as TokenEntry[]) : [];

export const writeTokens = (path: string, entries: readonly TokenEntry[]): void =>
  write(path, `${JSON.stringify(entries, null, 2)}\n`);

/** Instead of whatever token the user had. */
export const addToken = (path: string, { token, ...entry }: Omit<TokenEntry, 'sha256'> & { token: string }): void => {
  const sha256 = createHash('sha256').update(token).digest('hex');
  const others = readTokens(path).filter(({ user }) => user !== entry.user);
  writeTokens(path, [...others, { sha256, ...entry }]);
};

/** A kubeconfig of mode 600 that leads kubectl to the hub. */
export const writeKubeconfig = ({ ca, kubeconfigPath, adminToken }: Credentials, url: string): void => {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'skerry',
    clusters: [
      { name: 'skerry', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'admin', user: { token: adminToken } }],
    contexts: [{ name: 'skerry', context: { cluster: 'skerry', user: 'admin', namespace: 'default' } }],
  };
  write(kubeconfigPath, stringify(config));
};
