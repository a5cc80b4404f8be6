/** Held from the first read of an append to its commit, and while a lease changes hands. Advisory locks are per database. */
export const APPEND_LOCK = 91_830_270_000_001;
/** Held while the schema is made or changed, so that two that start at once do not do it twice. */
export const SCHEMA_LOCK = 91_830_270_000_002;
/** Held by a retention run, so that no second one takes a row between being read and being noted. */
export const RETENTION_LOCK = 91_830_270_000_003;
