import { APPEND_LOCK } from '../locks.ts';

/**
 * What retention knows. `blob_references`: which row names which blob, as far as `references_through`, because PostgreSQL
 * cannot look into a row's bytes. `condemned_at`: when a run found that nobody names a blob; a put lifts it.
 */
export const retentionTables = `
ALTER TABLE blobs ADD COLUMN condemned_at timestamptz;
CREATE TABLE blob_references (
  position bigint NOT NULL,
  blob text COLLATE "C" NOT NULL,
  PRIMARY KEY (position, blob)
);
CREATE INDEX blob_references_by_blob ON blob_references (blob);

-- rows up to aged_through have been looked at since they were old enough, those up to superseded_through since they were appended
CREATE TABLE retention (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  older_than_ms float8 NOT NULL DEFAULT 0,
  aged_through bigint NOT NULL DEFAULT 0,
  superseded_through bigint NOT NULL DEFAULT 0,
  references_through bigint NOT NULL DEFAULT 0
);
INSERT INTO retention DEFAULT VALUES;
`;

/**
 * Adds a partition as soon as less than a whole one is ahead of the head; an append does so itself only when less than
 * half of one is, and so never has to where this is called from time to time. True when it added one.
 */
export const partitionAheadFunction = `
CREATE FUNCTION partition_ahead() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = skerry, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM head h, store t WHERE h.position >= h.partitions_until - t.partition_size) THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(${APPEND_LOCK});
  -- again: an append may have added one while this waited for the lock
  IF NOT EXISTS (SELECT FROM head h, store t WHERE h.position >= h.partitions_until - t.partition_size) THEN
    RETURN false;
  END IF;
  PERFORM add_partition();
  RETURN true;
END
$$;
`;

/** Retention reads no blob's bytes; services may lift a condemnation and nothing else of a blob that is there. */
export const retentionRights = `
REVOKE ALL ON FUNCTION partition_ahead FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partition_ahead TO skerry_retention;
GRANT SELECT, UPDATE ON retention TO skerry_retention;
GRANT SELECT, INSERT, DELETE ON blob_references TO skerry_retention;
GRANT SELECT (id, condemned_at), UPDATE (condemned_at), DELETE ON blobs TO skerry_retention;
GRANT UPDATE (condemned_at) ON blobs TO skerry_service;
`;
