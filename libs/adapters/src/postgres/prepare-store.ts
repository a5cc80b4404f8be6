import { ANSWER_WITHIN_MS, Database } from './database.ts';
import { SCHEMA_LOCK } from './locks.ts';
import { readMasterKey, requireMasterKeyOf, requireSameMasterKey } from './master-key.ts';
import { SERVICE_RIGHTS } from './migrations/0006-service-rights.ts';
import { migrate, requireSchema } from './schema.ts';
import { scramVerifier } from './scram-verifier.ts';

export interface PrepareOptions {
  /** a login that may make and change the schema, and create roles: also where the roles are there already */
  readonly connectionString: string;
  /** file of the master key, made with mode 600 if there is none */
  readonly masterKeyPath?: string;
  /** names of this fleet and site, kept from the first time on; default `fleet` and `site` */
  readonly fleet?: string;
  readonly site?: string;
  /** positions per partition of `events`, for a store that is made now; default 2,000,000 */
  readonly partitionSize?: number;
}

/** Makes the store or brings its schema up to date, and remembers its master key. Any number of times, also at once. */
export const prepareStore = async (options: PrepareOptions): Promise<void> => {
  const { connectionString, masterKeyPath, fleet = 'fleet', site = 'site', partitionSize } = options;
  const database = new Database({ connectionString, maxConnections: 1 });
  try {
    await migrate(database, { fleet, site, partitionSize });
    if (masterKeyPath === undefined) return;
    await requireSameMasterKey(database, { path: masterKeyPath, key: await readMasterKey(masterKeyPath) });
  } finally {
    await database.close();
  }
};

/** For a login that may not change the schema: throws unless schema and master key are what this process knows. */
export const requirePrepared = async (options: Pick<PrepareOptions, 'connectionString' | 'masterKeyPath'>) => {
  const { connectionString, masterKeyPath } = options;
  const database = new Database({ connectionString, maxConnections: 1, answerWithinMs: ANSWER_WITHIN_MS });
  try {
    await requireSchema(database);
    if (masterKeyPath === undefined) return;
    await requireMasterKeyOf(database, { path: masterKeyPath, key: await readMasterKey(masterKeyPath) });
  } finally {
    await database.close();
  }
};

/** The roles that are made logins: one of each service, and that of retention, which no service has. */
export const SERVICE_LOGINS: readonly string[] = [...SERVICE_RIGHTS.map(({ role }) => role), 'skerry_retention'];

/**
 * Makes roles of services to logins with these passwords; one that is a login already gets the new password. All of them
 * or none. The owner must be a superuser, or have CREATEROLE and the ADMIN OPTION on each role, as whoever made them has.
 * Throws TerminalFailure `not-allowed` otherwise.
 */
export const setServiceLogins = async (
  connectionString: string,
  passwords: ReadonlyMap<string, string>,
): Promise<void> => {
  const database = new Database({ connectionString, maxConnections: 1 });
  try {
    await database.transaction('setting the logins of services', async (client) => {
      // Of two that change one role at once PostgreSQL refuses the second.
      await client.query(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`);
      for (const [role, password] of passwords) {
        // A utility statement takes no parameters; `format` quotes what goes into it.
        const text = "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text) AS made";
        const { rows } = await client.query({ text, values: [role, scramVerifier(password)] });
        await client.query(rows[0].made as string);
      }
    });
  } finally {
    await database.close();
  }
};
