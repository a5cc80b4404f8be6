import { readFile } from 'node:fs/promises';
import { TerminalFailure } from '@skerry/kernel/errors';
import { parse } from 'yaml';

/** How to reach and convince one API server. */
export interface MemberAccess {
  readonly server: string;
  /** the name that its certificate is checked against, if not that of the server's URL */
  readonly serverName: string | undefined;
  readonly ca: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly token: string | undefined;
  readonly skipTlsVerify: boolean;
}

/** An entry of one of the lists of a kubeconfig, as it stands there: anything may be missing or of another type. */
type Entry = Readonly<Record<string, unknown>>;

/** What is not served, and what to do about it. Left out in silence, somebody else would ask, or somebody else be asked. */
const NOT_SERVED: Readonly<Record<'cluster' | 'user', Readonly<Record<string, string>>>> = {
  cluster: { 'proxy-url': 'proxies are not used here' },
  user: {
    exec: 'login programs are not run here; give it a token or a client certificate',
    'auth-provider': 'login programs are not run here; give it a token or a client certificate',
    as: 'nobody is impersonated here; give it a user of its own',
    username: 'API servers take no passwords any more; give it a token or a client certificate',
  },
};

/**
 * The current context of a kubeconfig. Throws TerminalFailure `kubeconfig-invalid`, which names what is missing or not served.
 *
 * Why not the common client library: it has no way to this part alone, and all of it costs every process 80 MiB and most of a
 * second (see the ADR on the member client).
 */
export const readAccess = async (text: string): Promise<MemberAccess> => {
  const config = parsed(text);
  const name = textOf(config, 'current-context');
  if (name === undefined) throw invalid('it has no current-context');
  const context = entryOf(config, { list: 'contexts', holds: 'context', name });
  const cluster = entryOf(config, { list: 'clusters', holds: 'cluster', name: textOf(context, 'cluster') ?? '' });
  const user = entryOf(config, { list: 'users', holds: 'user', name: textOf(context, 'user') ?? '' });
  refuseNotServed(cluster, 'cluster');
  refuseNotServed(user, 'user');
  const server = textOf(cluster, 'server');
  if (server === undefined) throw invalid(`cluster "${textOf(context, 'cluster')}" has no server`);
  return {
    server,
    serverName: textOf(cluster, 'tls-server-name'),
    ca: await dataOrFile(cluster, 'certificate-authority'),
    clientCertificate: await dataOrFile(user, 'client-certificate'),
    clientKey: await dataOrFile(user, 'client-key'),
    token: (await fileOf(user, 'tokenFile'))?.trim() ?? textOf(user, 'token'),
    skipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
  };
};

const invalid = (why: string): TerminalFailure =>
  new TerminalFailure(`the kubeconfig cannot be used: ${why}`, { code: 'kubeconfig-invalid' });

const parsed = (text: string): Entry => {
  let value: unknown;
  try {
    // merge keys as kubectl takes them; and no word of the parser's own, which would quote a text that holds secrets
    value = parse(text, { merge: true, logLevel: 'error', prettyErrors: false });
  } catch {
    throw invalid('it is neither YAML nor JSON');
  }
  if (isEntry(value)) return value;
  throw invalid('it is no object');
};

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (entry: Entry, field: string): string | undefined => {
  const value = entry[field] ?? '';
  if (typeof value !== 'string') throw invalid(`its ${field} is no text: put it in quotes`);
  return value === '' ? undefined : value;
};

const entryOf = (config: Entry, { list, holds, name }: { list: string; holds: string; name: string }): Entry => {
  const all = (Array.isArray(config[list]) ? config[list] : []).filter(isEntry);
  const found = all.find((one) => String(one['name']) === name);
  if (found) return isEntry(found[holds]) ? found[holds] : {};
  const names = all.map((one) => `"${String(one['name'])}"`).join(', ');
  throw invalid(`${holds} "${name}" is not among its ${list}: ${names === '' ? 'there are none' : names}`);
};

const fileOf = async (entry: Entry, field: string): Promise<string | undefined> => {
  const path = textOf(entry, field);
  return path === undefined ? undefined : await readFile(path, 'utf8');
};

const dataOrFile = async (entry: Entry, field: string): Promise<string | undefined> => {
  const data = textOf(entry, `${field}-data`);
  return data === undefined ? fileOf(entry, field) : Buffer.from(data, 'base64').toString('utf8');
};

const refuseNotServed = (entry: Entry, what: 'cluster' | 'user'): void => {
  for (const [field, why] of Object.entries(NOT_SERVED[what])) {
    if ((entry[field] ?? '') !== '') throw invalid(`its ${what} has ${field}: ${why}`);
  }
};
