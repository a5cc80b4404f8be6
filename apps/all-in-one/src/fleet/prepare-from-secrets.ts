import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareStore, SERVICE_LOGINS, setServiceLogins } from '@skerry/adapters/postgres/prepare-store';
import { requireOwnRoles } from '@skerry/adapters/postgres/role-owners';
import { folderOf, noSecrets } from './fleet-secrets.ts';

/**
 * Makes the store and its logins from a folder of secrets, of which it reads the passwords and the master key alone: a
 * job in a cluster is given no more. Answers the roles that have a login now. Throws TerminalFailure `roles-in-use` when
 * the server holds another fleet.
 */
export const prepareFromSecrets = async (options: {
  folder: string;
  /** a login that may create schemas and roles */
  connectionString: string;
  fleet?: string;
}): Promise<readonly string[]> => {
  const { folder, connectionString, fleet } = options;
  const masterKeyPath = join(folder, 'gateway', 'master.key');
  if (!existsSync(masterKeyPath)) throw noSecrets(folder);
  const passwords = SERVICE_LOGINS.map((role): [string, string] => [
    role,
    readFileSync(join(folder, folderOf(role), 'database-password'), 'utf8'),
  ]);
  // Before anything is made: what is refused leaves nothing behind.
  await requireOwnRoles(connectionString, SERVICE_LOGINS);
  await prepareStore({ connectionString, masterKeyPath, ...(fleet && { fleet }) });
  await setServiceLogins(connectionString, new Map(passwords));
  return SERVICE_LOGINS;
};
