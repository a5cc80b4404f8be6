import { storeTables } from './0001-store.ts';
import { appendFunction, hashFunction, partitionFunction, refusalFunction } from './0002-append.ts';
import { leaseFunctions, rights } from './0003-rights.ts';
import { serviceRights } from './0006-service-rights.ts';
import { partitionAheadFunction, retentionRights, retentionTables } from './0004-retention.ts';

export interface Migration {
  /** 1, 2, 3, …; a published one is never changed */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** In its present text, for stores that were made with an earlier one. */
const appendAgain = appendFunction.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION');

export const migrations: readonly Migration[] = [
  { version: 1, name: 'store', sql: storeTables },
  { version: 2, name: 'append', sql: hashFunction + partitionFunction + refusalFunction + appendFunction },
  { version: 3, name: 'rights', sql: leaseFunctions + rights },
  { version: 4, name: 'retention', sql: retentionTables + partitionAheadFunction + retentionRights },
  { version: 5, name: 'append again', sql: appendAgain },
  { version: 6, name: 'rights of each service', sql: serviceRights + appendAgain },
];
