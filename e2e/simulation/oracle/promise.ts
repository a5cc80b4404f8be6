import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Verdicts } from './broken.ts';
import type { Evidence } from './evidence.ts';
import type { Ledger } from './ledger.ts';
import type { Orders } from './orders.ts';
import type { Running } from './running.ts';

/** All that is known of the world when a promise is looked at. */
export interface Facts {
  readonly verdicts: Verdicts;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly orders: Orders;
  running(cluster: string): Running;
  nowMs(): number;
}

/** Looks at an event; the ledger has it already. */
export type RowPromise = (facts: Facts, row: StoredEvent) => void;
