import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BUS_SERVICES,
  type BusPermissions,
  servicePermissions,
  syncerPermissions,
  syncerUserOf,
} from '@skerry/adapters/jetstream/permissions';
import { readMasterKey } from '@skerry/adapters/postgres/master-key';
import { SERVICE_LOGINS } from '@skerry/adapters/postgres/prepare-store';
import { TerminalFailure } from '@skerry/kernel/errors';
import { type Credentials, openCredentials, write, writeKubeconfig } from '../hub/credentials.ts';
import { SyncerTokens } from '../hub/syncer-tokens.ts';

/** A user of NATS as the server's configuration has it. */
export interface BusUser {
  readonly user: string;
  readonly password: string;
  readonly permissions: BusPermissions;
}

/**
 * The secrets of one fleet: a folder per process, each file one secret, all of mode 600. A folder is what a process may
 * read, and what a Kubernetes Secret of its name holds; `admin` is for people. Made at first use, kept afterwards.
 */
export class FleetSecrets {
  readonly #dir: string;
  readonly #credentials: Credentials;

  private constructor(dir: string, credentials: Credentials) {
    this.#dir = dir;
    this.#credentials = { ...credentials, tokensPath: join(dir, 'gateway', 'tokens.json') };
  }

  /** `databaseUrl` has no user in it: each service gets its own. `hosts`: names of the gateway besides loopback. */
  static async make(options: { dir: string; databaseUrl: string; hosts?: readonly string[] }): Promise<FleetSecrets> {
    const { dir, databaseUrl, hosts } = options;
    requireSameDatabase(dir, databaseUrl);
    const made = await openCredentials(join(dir, 'admin'), hosts);
    const secrets = new FleetSecrets(dir, made);
    for (const role of SERVICE_LOGINS) {
      const url = new URL(databaseUrl);
      [url.username, url.password] = [role, secrets.#keep(join(folderOf(role), 'database-password'))];
      secrets.#keep(join(folderOf(role), 'database-url'), () => url.href);
    }
    secrets.#makeOwner(databaseUrl);
    for (const user of BUS_SERVICES) secrets.#keep(join(user, 'nats-password'));
    write(join(dir, 'gateway', 'tls.crt'), made.tls.cert);
    write(join(dir, 'gateway', 'tls.key'), made.tls.key);
    secrets.#keep(join('gateway', 'tokens.json'), () => readFileSync(made.tokensPath, 'utf8'));
    await readMasterKey(secrets.masterKeyPath);
    return secrets;
  }

  /** Of a folder that `make` has made. Throws TerminalFailure `no-secrets` for another. */
  static async open(dir: string): Promise<FleetSecrets> {
    if (!existsSync(join(dir, 'gateway', 'master.key'))) throw noSecrets(dir);
    return new FleetSecrets(dir, await openCredentials(join(dir, 'admin')));
  }

  get credentials(): Credentials {
    return this.#credentials;
  }

  folder(process: string): string {
    return join(this.#dir, process);
  }

  get masterKeyPath(): string {
    return join(this.#dir, 'gateway', 'master.key');
  }

  /** Of an administrator. With `url` it is written anew, and leads there; without, what is there stays. */
  makeKubeconfig(url: string | undefined): string {
    const { kubeconfigPath } = this.#credentials;
    if (url !== undefined || !existsSync(kubeconfigPath)) writeKubeconfig(this.#credentials, url ?? LOOPBACK);
    return kubeconfigPath;
  }

  /** What the syncer of a cluster needs; `uid` is that of its Cluster object. */
  addSyncer({ cluster, uid }: { cluster: string; uid: string }): string {
    const folder = SYNCER + cluster;
    const tokens = new SyncerTokens({ dir: join(this.#dir, 'admin'), tokensPath: this.#credentials.tokensPath });
    write(join(this.#dir, folder, 'token'), tokens.of({ name: cluster, uid }));
    write(join(this.#dir, folder, 'hub-ca.crt'), this.#credentials.ca);
    this.#keep(join(folder, 'nats-password'));
    return this.folder(folder);
  }

  /** For the configuration of NATS: the services, these clusters' syncers, and those of clusters that were named before. */
  busUsers(clusters: readonly string[] = []): BusUser[] {
    const services = BUS_SERVICES.map((user) => ({
      user,
      password: this.#keep(join(user, 'nats-password')),
      permissions: servicePermissions(user),
    }));
    const known = readdirSync(this.#dir).flatMap((name) => (name.startsWith(SYNCER) ? name.slice(SYNCER.length) : []));
    const syncers = [...new Set([...known, ...clusters])].sort().map((cluster) => ({
      user: syncerUserOf(cluster),
      password: this.#keep(join(SYNCER + cluster, 'nats-password')),
      permissions: syncerPermissions(cluster),
    }));
    return [...services, ...syncers];
  }

  /** Of a PostgreSQL that is made with this password; for one that exists, write its owner's login over it. */
  #makeOwner(databaseUrl: string): void {
    const url = new URL(databaseUrl);
    [url.username, url.password] = ['postgres', this.#keep(join('owner', 'password'))];
    this.#keep(join('owner', 'database-url'), () => url.href);
  }

  #keep(name: string, make: () => string = newPassword): string {
    const path = join(this.#dir, name);
    if (!existsSync(path)) write(path, make());
    return readFileSync(path, 'utf8');
  }
}

const SYNCER = 'syncer-';
/** Where compose publishes the gateway, and where `kubectl port-forward` leads to it. */
const LOOPBACK = 'https://127.0.0.1:6443';

/** Passwords are kept, so these would go on leading to the other one. The owner's may: somebody has written it. */
const requireSameDatabase = (dir: string, databaseUrl: string): void => {
  const placeOf = (text: string): string => `${new URL(text).host}${new URL(text).pathname}`;
  for (const path of SERVICE_LOGINS.map((role) => join(dir, folderOf(role), 'database-url')).filter(existsSync)) {
    const kept = placeOf(readFileSync(path, 'utf8'));
    if (kept === placeOf(databaseUrl)) continue;
    throw new TerminalFailure(
      `the secrets in ${dir} are for the database at ${kept}, not ${placeOf(databaseUrl)}: name that one, make them in another folder, or delete */database-url there`,
      { code: 'other-database' },
    );
  }
};

/** URL-safe: it stands in connection strings. */
const newPassword = (): string => randomBytes(24).toString('base64url');

/** `skerry_gateway` → `gateway` */
export const folderOf = (role: string): string => role.replace('skerry_', '');

export const noSecrets = (dir: string): TerminalFailure =>
  new TerminalFailure(`${dir} holds no secrets of a fleet: \`skerry fleet init\` makes them`, { code: 'no-secrets' });
