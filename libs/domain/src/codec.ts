import { type DescMessage, fromBinary, type MessageInitShape, create, toBinary } from '@skerry/contract/message';
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
} as const satisfies Record<DomainEvent['type'], DescMessage>;

export const EVENT_TYPES = Object.keys(SCHEMAS) as DomainEvent['type'][];

export const schemaOf = (type: DomainEvent['type']): DescMessage => SCHEMAS[type];

/** Decodes a stored event. Throws on an unknown type or bytes that are no such message: folding is never skipped. */
export const decodeEvent = (stored: { type: string; data: Uint8Array }): DomainEvent => {
  const schema = SCHEMAS[stored.type as DomainEvent['type']] as DescMessage | undefined;
  if (!schema)
    throw new Error(`event type ${stored.type} is not known to this version; known: ${EVENT_TYPES.join(', ')}`);
  return { type: stored.type, data: fromBinary(schema, stored.data) } as unknown as DomainEvent;
};

export const encodeEvent = <Type extends DomainEvent['type']>(
  type: Type,
  data: MessageInitShape<(typeof SCHEMAS)[Type]>,
): Uint8Array => {
  const schema: DescMessage = SCHEMAS[type];
  return toBinary(schema, create(schema, data as never));
};
