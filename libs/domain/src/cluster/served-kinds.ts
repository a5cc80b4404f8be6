import {
  type ClusterPortrayed,
  ClusterPortrayedSchema,
  type ServedGroup,
  ServedGroupSchema,
} from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { create, toBinary } from '@skerry/contract/message';
import { by } from '@skerry/kernel/order';

/** Bytes around each text of a group in an encoded portrait, at most. */
const FRAME_BYTES = 6;

/** What a cluster serves, as "apiVersion/kind", however its portrait says it. */
export const servedKinds = ({ kinds, served }: Pick<ClusterPortrayed, 'kinds' | 'served'>): string[] => [
  ...kinds,
  ...served.flatMap((group) => group.kinds.map((kind) => `${group.apiVersion}/${kind}`)),
];

/**
 * The portrait within so many bytes. Kinds are written out while they fit (every reader knows that form), then by group,
 * which takes half the room. If that is too much as well, some are left out and the list is not called complete: what is
 * missing in it is unknown then, not absent. The cluster's own groups stay longest.
 */
export const fitPortrait = (portrait: ClusterPortrayed, maxBytes: number): ClusterPortrayed => {
  const written = create(ClusterPortrayedSchema, { ...portrait, kinds: servedKinds(portrait), served: [] });
  if (sizeOf(written) <= maxBytes) return written;
  const groups = groupsOf(written.kinds);
  const grouped = create(ClusterPortrayedSchema, { ...written, kinds: [], served: groups });
  if (sizeOf(grouped) <= maxBytes) return grouped;
  const room = maxBytes - sizeOf(create(ClusterPortrayedSchema, { ...written, kinds: [], served: [] })) - FRAME_BYTES;
  return create(ClusterPortrayedSchema, { ...grouped, served: firstOf(groups, room), kindsComplete: false });
};

const sizeOf = (portrait: ClusterPortrayed): number => toBinary(ClusterPortrayedSchema, portrait).byteLength;

const groupsOf = (kinds: readonly string[]): ServedGroup[] => {
  const byVersion = new Map<string, string[]>();
  for (const kind of kinds) {
    const slash = kind.lastIndexOf('/');
    const apiVersion = kind.slice(0, slash);
    byVersion.set(apiVersion, [...(byVersion.get(apiVersion) ?? []), kind.slice(slash + 1)]);
  }
  return [...byVersion].map(([apiVersion, kinds_]) => create(ServedGroupSchema, { apiVersion, kinds: kinds_ }));
};

const firstOf = (groups: readonly ServedGroup[], room: number): ServedGroup[] => {
  const ranked = [...groups].sort(
    by<ServedGroup>(
      ({ apiVersion }) => (isBuiltIn(apiVersion) ? 0 : 1),
      ({ apiVersion }) => apiVersion,
    ),
  );
  let left = room;
  return ranked.filter((group) => (left -= toBinary(ServedGroupSchema, group).byteLength + FRAME_BYTES) >= 0);
};

/** "v1", "apps/v1", "networking.k8s.io/v1". */
const isBuiltIn = (apiVersion: string): boolean => {
  const [group = ''] = apiVersion.split('/');
  return !group.includes('.') || group.endsWith('.k8s.io');
};
