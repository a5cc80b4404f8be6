import { type DescMessage, type MessageInitShape, create, toBinary } from '@skerry/contract/message';
import { ClusterJudgedSchema, ClusterPortrayedSchema } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import {
  ObjectDesiredSchema,
  ObjectWithdrawnSchema,
  WithdrawalEndedSchema,
} from '@skerry/contract/generated/skerry/v1/desired_pb';
import { ManifestDeletedSchema, ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ObjectObservedSchema } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { PlacementDecidedSchema } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { SelectionDecidedSchema } from '@skerry/contract/generated/skerry/v1/selection_pb';
import type { ClusterEvent } from './cluster/cluster.ts';
import type { DesiredEvent } from './desired/desired.ts';
import type { ManifestEvent } from './manifest/manifest.ts';
import type { ObservedEvent } from './observed/observed.ts';
import type { PlacementEvent } from './placement/placement.ts';
import type { SelectionEvent } from './selection/selection.ts';
import { createDecoder, type Upcasters } from './upcast.ts';

export type DomainEvent = ManifestEvent | ClusterEvent | SelectionEvent | PlacementEvent | DesiredEvent | ObservedEvent;

/** Every event type ever written, with its schema. A breaking change is a new type, never another shape here. */
const SCHEMAS = {
  ManifestStored: ManifestStoredSchema,
  ManifestDeleted: ManifestDeletedSchema,
  ClusterJudged: ClusterJudgedSchema,
  ClusterPortrayed: ClusterPortrayedSchema,
  SelectionDecided: SelectionDecidedSchema,
  PlacementDecided: PlacementDecidedSchema,
  ObjectDesired: ObjectDesiredSchema,
  ObjectWithdrawn: ObjectWithdrawnSchema,
  WithdrawalEnded: WithdrawalEndedSchema,
  ObjectObserved: ObjectObservedSchema,
} as const satisfies Record<DomainEvent['type'], DescMessage> & Record<string, DescMessage>;

/** The same, for whoever goes through all of them. */
export const EVENT_SCHEMAS: Readonly<Record<string, DescMessage>> = SCHEMAS;

export const schemaOf = (type: DomainEvent['type']): DescMessage => SCHEMAS[type];

/** One line for each type above that is no longer in `DomainEvent`: none yet. */
const UPCASTERS: Upcasters<typeof SCHEMAS, DomainEvent> = {};

/** By its bytes, what this process has encoded itself or decoded for several readers: none decodes it again. Events never change. */
const known = new WeakMap<Uint8Array, DomainEvent>();

const decode = createDecoder<DomainEvent, typeof SCHEMAS>({ schemas: SCHEMAS, upcasters: UPCASTERS });

/**
 * Decodes a stored event, as a current type: an old one is brought up to date here and nowhere else. Throws on an unknown
 * type or bytes that are no such message: folding is never skipped.
 */
export const decodeEvent = (stored: { type: string; data: Uint8Array }): DomainEvent =>
  known.get(stored.data) ?? decode(stored);

/** For rows that several readers will decode: it is done once. What cannot be decoded is left to them, who say so. */
export const decodeAhead = (rows: readonly { type: string; data: Uint8Array }[]): void => {
  for (const { type, data } of rows) {
    try {
      if (!known.has(data)) known.set(data, decode({ type, data }));
    } catch {
      // thrown again by whoever folds it
    }
  }
};

export const encodeEvent = <Type extends DomainEvent['type']>(
  type: Type,
  init: MessageInitShape<(typeof SCHEMAS)[Type]>,
): Uint8Array => {
  const schema: DescMessage = SCHEMAS[type];
  const data = create(schema, init as never);
  const bytes = toBinary(schema, data);
  known.set(bytes, { type, data } as unknown as DomainEvent);
  return bytes;
};
