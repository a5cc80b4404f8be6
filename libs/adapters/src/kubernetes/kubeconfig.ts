import { readFile } from 'node:fs/promises';
import { TerminalFailure } from '@skerry/kernel/errors';
import { parse } from 'yaml';

/** How to reach and convince one API server. */
export interface MemberAccess {
  readonly server: string;
  readonly ca: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly token: string | undefined;
  readonly skipTlsVerify: boolean;
}

/** An entry of one of the lists of a kubeconfig, as it stands there: anything may be missing or of another type. */
type Entry = Readonly<Record<string, unknown>>;

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
  const server = textOf(cluster, 'server');
  if (server === undefined) throw invalid(`cluster "${textOf(context, 'cluster')}" has no server`);
  const access = {
    server,
    ca: await dataOrFile(cluster, 'certificate-authority'),
    clientCertificate: await dataOrFile(user, 'client-certificate'),
    clientKey: await dataOrFile(user, 'client-key'),
    token: textOf(user, 'token') ?? (await fileOf(user, 'tokenFile'))?.trim(),
    skipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
  };
  refuseLoginPrograms(user, access);
  return access;
};

const invalid = (why: string, cause?: unknown): TerminalFailure =>
  new TerminalFailure(`the kubeconfig cannot be used: ${why}`, { code: 'kubeconfig-invalid', cause });

const parsed = (text: string): Entry => {
  try {
    const value = parse(text) as unknown;
    if (isEntry(value)) return value;
  } catch (cause) {
    // without the library's words: they quote the text, which holds secrets
    throw invalid('it is neither YAML nor JSON', (cause as { code?: unknown }).code);
  }
  throw invalid('it is no object');
};

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (entry: Entry, field: string): string | undefined => {
  const value = entry[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const entryOf = (config: Entry, { list, holds, name }: { list: string; holds: string; name: string }): Entry => {
  const all = (Array.isArray(config[list]) ? config[list] : []).filter(isEntry);
  const found = all.find((one) => one['name'] === name)?.[holds];
  if (isEntry(found)) return found;
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

/** Without this the member would be asked as nobody, and what it answers says nothing of why. */
const refuseLoginPrograms = (user: Entry, { token, clientCertificate }: MemberAccess): void => {
  const program = ['exec', 'auth-provider'].find((field) => user[field] !== undefined);
  if (program === undefined || token !== undefined || clientCertificate !== undefined) return;
  throw invalid(`its user logs in by ${program}, which is not run here; give it a token or a client certificate`);
};
