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

/** What this process has encoded itself: folded at acknowledgement, without being decoded again. Events never change. */
const encodedHere = new WeakMap<Uint8Array, DomainEvent>();

const decode = createDecoder<DomainEvent, typeof SCHEMAS>({ schemas: SCHEMAS, upcasters: UPCASTERS });

/**
 * Decodes a stored event, as a current type: an old one is brought up to date here and nowhere else. Throws on an unknown
 * type or bytes that are no such message: folding is never skipped.
 */
export const decodeEvent = (stored: { type: string; data: Uint8Array }): DomainEvent =>
  encodedHere.get(stored.data) ?? decode(stored);

export const encodeEvent = <Type extends DomainEvent['type']>(
  type: Type,
  init: MessageInitShape<(typeof SCHEMAS)[Type]>,
): Uint8Array => {
  const schema: DescMessage = SCHEMAS[type];
  const data = create(schema, init as never);
  const bytes = toBinary(schema, data);
  encodedHere.set(bytes, { type, data } as unknown as DomainEvent);
  return bytes;
};
