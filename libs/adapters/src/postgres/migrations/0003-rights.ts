import { APPEND_LOCK } from '../locks.ts';

/** Leases change hands under the append lock: whoever gets one sees every append that an earlier holder was still granted. */
export const leaseFunctions = leaseFunctionsAfter('');

/** With a check of `wanted` before anything else. */
export function leaseFunctionsAfter(check: string): string {
  return `
CREATE FUNCTION acquire_lease(wanted text, who text, ttl_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skerry, pg_temp AS $$
DECLARE
  got bigint;
BEGIN
  ${check && `PERFORM ${check};`}
  PERFORM pg_advisory_xact_lock(${APPEND_LOCK});
  INSERT INTO leases AS l (name, holder, term, expires_at)
    VALUES (wanted, who, 1, clock_timestamp() + ttl_ms * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, term = l.term + 1, expires_at = excluded.expires_at
      WHERE l.holder = excluded.holder OR l.expires_at <= clock_timestamp()
    RETURNING l.term INTO got;
  RETURN got;
END
$$;
CREATE FUNCTION renew_lease(wanted text, held bigint, ttl_ms bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = skerry, pg_temp AS $$
  ${check && `SELECT ${check};`}
  WITH renewed AS (
    UPDATE leases SET expires_at = clock_timestamp() + ttl_ms * interval '1 millisecond'
      WHERE name = wanted AND term = held AND expires_at > clock_timestamp() RETURNING 1)
  SELECT EXISTS (SELECT FROM renewed)
$$;
CREATE FUNCTION release_lease(wanted text, held bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = skerry, pg_temp AS $$
  ${check && `SELECT ${check};`}
  UPDATE leases SET expires_at = '-infinity' WHERE name = wanted AND term = held
$$;
`;
}

/**
 * What services may do. They append through `append_batch`, which runs with its owner's rights, and have no right to
 * change or delete an event; retention has, and no service is a member of its role.
 */
export const rights = `
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['skerry_service', 'skerry_retention'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- roles belong to the whole server: another database of it made them
    END;
    EXECUTE format('GRANT %I TO CURRENT_USER', role);
  END LOOP;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA skerry FROM PUBLIC;
GRANT USAGE ON SCHEMA skerry TO skerry_service, skerry_retention;
GRANT SELECT ON schema_versions, store, head, events, compacted, append_keys, streams, channels, leases TO skerry_service;
GRANT EXECUTE ON FUNCTION append_batch, acquire_lease, renew_lease, release_lease TO skerry_service;
GRANT SELECT, INSERT ON blobs TO skerry_service;
GRANT SELECT, INSERT, UPDATE ON data_keys TO skerry_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots, checkpoints TO skerry_service;
GRANT SELECT ON schema_versions, store, head, streams TO skerry_retention;
GRANT SELECT, DELETE ON events TO skerry_retention;
GRANT SELECT, INSERT ON compacted TO skerry_retention;
GRANT EXECUTE ON FUNCTION row_hash TO skerry_retention;
`;
