import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BUS_SERVICES,
  type BusPermissions,
  servicePermissions,
  syncerPermissions,
  syncerUserOf,
} from '@skerry/adapters/jetstream/permissions';
import { prepareStore, SERVICE_LOGINS, setServiceLogins } from '@skerry/adapters/postgres/prepare-store';
import { TerminalFailure } from '@skerry/kernel/errors';
import { type Credentials, openCredentials, write } from '../hub/credentials.ts';
import { SyncerTokens } from '../hub/syncer-tokens.ts';

/** A user of NATS as the server's configuration has it. */
export interface BusUser {
  readonly user: string;
  readonly password: string;
  readonly permissions: BusPermissions;
}

/**
 * The secrets of one fleet: a folder per process, each file one secret, all of mode 600. A folder is what a process may
 * read, and what a Kubernetes Secret of its name holds. Made at first use, kept afterwards.
 */
export class FleetSecrets {
  readonly #dir: string;
  readonly #credentials: Credentials;

  private constructor(dir: string, credentials: Credentials) {
    this.#dir = dir;
    this.#credentials = credentials;
  }

  /** `databaseUrl` has no user in it: each service gets its own. */
  static async make({ dir, databaseUrl, hosts }: { dir: string; databaseUrl: string; hosts?: readonly string[] }) {
    const credentials = await openCredentials(join(dir, 'gateway'), hosts);
    const secrets = new FleetSecrets(dir, credentials);
    for (const role of SERVICE_LOGINS) {
      const url = new URL(databaseUrl);
      [url.username, url.password] = [role, secrets.#keep(join(folderOf(role), 'database-password'))];
      secrets.#keep(join(folderOf(role), 'database-url'), () => url.href);
    }
    for (const user of BUS_SERVICES) secrets.#keep(join(user, 'nats-password'));
    secrets.#keep(join('gateway', 'tls.crt'), () => credentials.tls.cert);
    secrets.#keep(join('gateway', 'tls.key'), () => credentials.tls.key);
    return secrets;
  }

  /** Of a folder that `make` has made. Throws TerminalFailure `no-secrets` for another. */
  static async open(dir: string): Promise<FleetSecrets> {
    if (!existsSync(join(dir, 'gateway', 'complete'))) {
      throw new TerminalFailure(`${dir} holds no secrets of a fleet: \`skerry fleet init\` makes them`, {
        code: 'no-secrets',
      });
    }
    return new FleetSecrets(dir, await openCredentials(join(dir, 'gateway')));
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

  /** Makes the store and the logins of the services, and answers their names. `ownerUrl`: a login that may. */
  async prepare(ownerUrl: string, fleet?: string): Promise<readonly string[]> {
    await prepareStore({ connectionString: ownerUrl, masterKeyPath: this.masterKeyPath, ...(fleet && { fleet }) });
    const passwords = SERVICE_LOGINS.map((role): [string, string] => [
      role,
      readFileSync(join(this.#dir, folderOf(role), 'database-password'), 'utf8'),
    ]);
    await setServiceLogins(ownerUrl, new Map(passwords));
    return SERVICE_LOGINS;
  }

  /** What the syncer of a cluster needs; `uid` is that of its Cluster object. */
  addSyncer({ cluster, uid }: { cluster: string; uid: string }): string {
    const folder = `syncer-${cluster}`;
    const tokens = new SyncerTokens({ dir: join(this.#dir, 'gateway'), tokensPath: this.#credentials.tokensPath });
    write(join(this.#dir, folder, 'token'), tokens.of({ name: cluster, uid }));
    write(join(this.#dir, folder, 'hub-ca.crt'), this.#credentials.ca);
    this.#keep(join(folder, 'nats-password'));
    return this.folder(folder);
  }

  /** For the configuration of NATS: the services, and these clusters' syncers. */
  busUsers(clusters: readonly string[]): BusUser[] {
    const services = BUS_SERVICES.map((user) => ({
      user,
      password: this.#keep(join(user, 'nats-password')),
      permissions: servicePermissions(user),
    }));
    const syncers = clusters.map((cluster) => ({
      user: syncerUserOf(cluster),
      password: this.#keep(join(`syncer-${cluster}`, 'nats-password')),
      permissions: syncerPermissions(cluster),
    }));
    return [...services, ...syncers];
  }

  #keep(name: string, make: () => string = newPassword): string {
    const path = join(this.#dir, name);
    if (!existsSync(path)) write(path, make());
    return readFileSync(path, 'utf8');
  }
}

/** URL-safe: it stands in connection strings. */
const newPassword = (): string => randomBytes(24).toString('base64url');

/** `skerry_gateway` → `gateway` */
const folderOf = (role: string): string => role.replace('skerry_', '');
