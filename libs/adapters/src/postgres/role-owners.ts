import { TerminalFailure } from '@skerry/kernel/errors';
import { Database } from './database.ts';

/**
 * Roles belong to the whole server, and their names are fixed: a second fleet's passwords would lock out the first one's
 * services, and its logins could read the first one's store. Throws TerminalFailure `roles-in-use` when another database
 * of the server grants anything to one of the roles, whether or not it can be reached with this login.
 */
export const requireOwnRoles = async (connectionString: string, roles: readonly string[]): Promise<void> => {
  const database = new Database({ connectionString, maxConnections: 1 });
  try {
    const found = await database.rows('looking who uses the roles of services', { text: USED_BY, values: [roles] });
    if (found.length === 0) return;
    const [here] = found[0]!.slice(1);
    const others = found.map(([other]) => other).join(', ');
    throw new TerminalFailure(
      `the roles of services (skerry_…) of this server belong to the store in database ${others}, and database ${String(here)} is another: ` +
        'one PostgreSQL server holds one fleet. Give this fleet a server of its own, or, if that store is not needed any more, drop its database',
      { code: 'roles-in-use' },
    );
  } finally {
    await database.close();
  }
};

/** The catalogue of all databases that says what hinders a role from being dropped; everybody may read it. */
const USED_BY = `
SELECT DISTINCT d.datname::text, current_database()::text
FROM pg_catalog.pg_shdepend s
JOIN pg_catalog.pg_roles r ON s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = r.oid
JOIN pg_catalog.pg_database d ON d.oid = s.dbid
WHERE r.rolname = ANY ($1) AND d.datname <> current_database()
ORDER BY 1`;
