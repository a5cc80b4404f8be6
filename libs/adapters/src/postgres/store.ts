import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { Keys } from '@skerry/ports/keys/keys';
import { ContentBlobs } from '../crypto/content-blobs.ts';
import { DataKeys } from '../crypto/data-keys.ts';
import { PostgresBlobShelf } from './blob-shelf.ts';
import { Database } from './database.ts';
import { APPEND_LANES, PostgresEventStore } from './event-store.ts';
import { PostgresKeyShelf } from './key-shelf.ts';
import { PostgresLeases } from './leases.ts';
import { readMasterKey, requireSameMasterKey } from './master-key.ts';
import { migrate, requireSchema } from './schema.ts';
import { PostgresSnapshots } from './snapshots.ts';

export interface PostgresStoreOptions {
  /** login of the services; a superuser or the owner steps down to role `skerry_service` */
  readonly connectionString: string;
  /** login that may make and change the schema; default `connectionString`. `false`: the schema must be there already */
  readonly ownerConnectionString?: string | false;
  /** file of the master key, made with mode 600 at the first start */
  readonly masterKeyPath: string;
  /** names of this fleet and site, kept from the first start on; default `fleet` and `site` */
  readonly fleet?: string;
  readonly site?: string;
  /** positions per partition of `events`, for a store that is made now; default 2,000,000 */
  readonly partitionSize?: number;
  /** connections for reading, default 8; appends have two of their own */
  readonly maxConnections?: number;
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
  const { connectionString, maxConnections = 8 } = options;
  const masterKey = await readMasterKey(options.masterKeyPath);
  await prepare(options, masterKey);
  const role = 'skerry_service';
  const reader = new Database({ connectionString, role, maxConnections, settings: BY_INDEX });
  const writer = new Database({ connectionString, role, maxConnections: APPEND_LANES, settings: APPEND_PLANS });
  const events = new PostgresEventStore({ reader, writer });
  const keys = new DataKeys(masterKey, new PostgresKeyShelf(reader));
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

const prepare = async (options: PostgresStoreOptions, masterKey: Uint8Array): Promise<void> => {
  const { ownerConnectionString = options.connectionString, fleet = 'fleet', site = 'site', partitionSize } = options;
  const isOwner = ownerConnectionString !== false;
  const database = new Database({
    connectionString: isOwner ? ownerConnectionString : options.connectionString,
    maxConnections: 1,
  });
  try {
    if (!isOwner) return await requireSchema(database);
    await migrate(database, { fleet, site, partitionSize });
    await requireSameMasterKey(database, { path: options.masterKeyPath, key: masterKey });
  } finally {
    await database.close();
  }
};
