import { TerminalFailure } from '@skerry/kernel/errors';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { Keys } from '@skerry/ports/keys/keys';
import { ContentBlobs } from '../crypto/content-blobs.ts';
import { DataKeys } from '../crypto/data-keys.ts';
import { PostgresBlobShelf } from './blob-shelf.ts';
import { ANSWER_WITHIN_MS, Database } from './database.ts';
import { APPEND_LANES, PostgresEventStore } from './event-store.ts';
import { PostgresKeyShelf } from './key-shelf.ts';
import { PostgresLeases } from './leases.ts';
import { readMasterKey } from './master-key.ts';
import { prepareStore, requirePrepared } from './prepare-store.ts';
import { PostgresSnapshots } from './snapshots.ts';

export interface PostgresStoreOptions {
  /** login of the services; a superuser or the owner steps down to `role` */
  readonly connectionString: string;
  /** what the connections may do: a service's own role, or `skerry_service` (default), which may do what all of them may */
  readonly role?: string;
  /** login that may make and change the schema; default `connectionString`. `false`: the schema must be there already */
  readonly ownerConnectionString?: string | false;
  /** file of the master key, made with mode 600 at the first start; without it sealed blobs stay closed */
  readonly masterKeyPath?: string;
  /** names of this fleet and site, kept from the first start on; default `fleet` and `site` */
  readonly fleet?: string;
  readonly site?: string;
  /** positions per partition of `events`, for a store that is made now; default 2,000,000 */
  readonly partitionSize?: number;
  /** connections for reading, default 8; appends have two of their own */
  readonly maxConnections?: number;
  /** until a server that does not answer is given up, default 30 s; what was asked of it then fails as transient */
  readonly answerWithinMs?: number;
}

/** Everything that is kept in PostgreSQL, over one set of connections. */
export interface PostgresStore {
  readonly events: PostgresEventStore;
  readonly leases: PostgresLeases;
  readonly snapshots: PostgresSnapshots;
  readonly keys: Keys;
  readonly blobs: Blobs;
  close(): Promise<void>;
}

/**
 * Opens the store; makes it, or brings its schema up to date, first. Safe when several start at once. Throws
 * TransientFailure while PostgreSQL cannot be reached, and TerminalFailure `schema-too-new`, `schema-too-old`,
 * `wrong-fleet`, `key-file-open`, `key-file-malformed` or `wrong-master-key`.
 */
export const openPostgresStore = async (options: PostgresStoreOptions): Promise<PostgresStore> => {
  const { connectionString, maxConnections = 8, role = 'skerry_service', masterKeyPath } = options;
  const masterKey = masterKeyPath === undefined ? undefined : await readMasterKey(masterKeyPath);
  const { ownerConnectionString = connectionString } = options;
  if (ownerConnectionString === false) await requirePrepared({ connectionString, masterKeyPath });
  else await prepareStore({ ...options, connectionString: ownerConnectionString });
  const { answerWithinMs = ANSWER_WITHIN_MS } = options;
  const login = { connectionString, role, answerWithinMs };
  const reader = new Database({ ...login, maxConnections, settings: BY_INDEX });
  const writer = new Database({ ...login, maxConnections: APPEND_LANES, settings: APPEND_PLANS });
  const events = new PostgresEventStore({ reader, writer });
  const keys = masterKey ? new DataKeys(masterKey, new PostgresKeyShelf(reader)) : noKeys;
  return {
    events,
    leases: new PostgresLeases(reader),
    snapshots: new PostgresSnapshots(reader),
    keys,
    blobs: new ContentBlobs(new PostgresBlobShelf(reader), keys),
    close: () => events.close(),
  };
};

/**
 * Everything here goes by an index; without these a plan that was made for empty tables, or before they were analysed,
 * reads all of `events` to find a page.
 */
const BY_INDEX = { enable_seqscan: 'off', enable_bitmapscan: 'off', jit: 'off' };
const APPEND_PLANS = {
  ...BY_INDEX,
  plan_cache_mode: 'force_generic_plan',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

const refuse = async (): Promise<never> => {
  throw new TerminalFailure('this service has no master key: it neither seals nor unseals', { code: 'not-allowed' });
};
const noKeys: Keys = { digest: refuse, seal: refuse, open: refuse, erase: refuse };
