import { leaseFunctionsAfter } from './0003-rights.ts';

/** What a role may append to and lead. */
export interface ServiceRights {
  readonly role: string;
  /** categories of events that it owns */
  readonly categories: readonly string[];
  /** names of leases that it may hold */
  readonly leases: readonly string[];
}

/** One role per service. `skerry_service` stays for a hub that runs all of them in one process, and may do what all of them may. */
export const SERVICE_RIGHTS: readonly ServiceRights[] = [
  { role: 'skerry_gateway', categories: ['manifest'], leases: [] },
  { role: 'skerry_relay', categories: [], leases: ['relay'] },
  { role: 'skerry_clusters', categories: ['cluster', 'observed'], leases: ['clusters'] },
  { role: 'skerry_scheduler', categories: ['selection'], leases: [] },
  { role: 'skerry_replicas', categories: ['placement'], leases: ['replicas'] },
  { role: 'skerry_rollout', categories: ['rollout', 'desired'], leases: ['rollout'] },
];

const list = (names: readonly string[]): string => `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]::text[]`;
const rows = SERVICE_RIGHTS.map(
  ({ role, categories, leases }) => `('${role}', ${list(categories)}, ${list(leases)})`,
).join(', ');
const roles = SERVICE_RIGHTS.map(({ role }) => role);
const leaders = SERVICE_RIGHTS.filter(({ leases }) => leases.length > 0).map(({ role }) => role);
const appenders = SERVICE_RIGHTS.filter(({ categories }) => categories.length > 0).map(({ role }) => role);

/**
 * Functions that append or give leases run with their owner's rights, so they ask for themselves who calls. Not by a
 * function per service: the rule would then be in as many places as there are services.
 */
export const serviceRights = `
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ${list(roles)} LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- roles belong to the whole server: another database of it made them
    END;
    EXECUTE format('GRANT %I TO CURRENT_USER', role);
  END LOOP;
END
$$;

CREATE TABLE service_rights (
  role text PRIMARY KEY,
  -- null: all of them, for a hub that runs every service in one process
  categories text[],
  leases text[]
);
INSERT INTO service_rights (role, categories, leases) VALUES ${rows}, ('skerry_service', NULL, NULL);

-- The role that the session has taken on, or the login itself: what a function with its owner's rights cannot change.
CREATE FUNCTION calling_role() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END
$$;

CREATE FUNCTION require_lease_right(wanted text) RETURNS void LANGUAGE plpgsql SET search_path = skerry, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM service_rights r
      WHERE r.role = calling_role() AND (r.leases IS NULL OR wanted = ANY (r.leases))) THEN
    RAISE EXCEPTION 'role % may not hold lease %', calling_role(), wanted USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;
${leaseFunctionsAfter('require_lease_right(wanted)').replaceAll('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION')}
GRANT USAGE ON SCHEMA skerry TO ${roles.join(', ')};
GRANT SELECT ON schema_versions, store, head, events, compacted, append_keys, streams, channels TO ${roles.join(', ')};
GRANT EXECUTE ON FUNCTION append_batch TO ${appenders.join(', ')};
GRANT EXECUTE ON FUNCTION acquire_lease, renew_lease, release_lease TO ${leaders.join(', ')};
GRANT SELECT, INSERT, UPDATE (condemned_at) ON blobs TO skerry_gateway, skerry_rollout;
GRANT SELECT, INSERT, UPDATE ON data_keys TO skerry_gateway;
REVOKE ALL ON FUNCTION calling_role, require_lease_right FROM PUBLIC;
`;
