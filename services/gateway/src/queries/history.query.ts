import { decodeEvent } from '@skerry/domain/codec';
import { manifestStream } from '@skerry/domain/manifest/manifest';
import { loadObject, objectOf } from '@skerry/adapters/event-sourced/manifest-events';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { EventStore, StoredEvent } from '@skerry/ports/event-store/event-store';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ObjectKey } from '@skerry/ports/object-store/object-store';
import { differenceOf, type FieldDifference } from './difference.ts';
import { QueryRefused } from './route.ts';

export interface Revision {
  readonly revision: number;
  readonly position: number;
  readonly at: string;
  readonly author: string;
  readonly manager: string;
  readonly operation: string;
  readonly uid: string;
  readonly difference: readonly FieldDifference[] | 'changed' | 'deleted';
}

/** Fields that every write touches and nobody asks about. */
const NOISE = /^metadata\.(managedFields|resourceVersion|generation)\b/;

/** Every revision of an object: who, when, what differs from the one before. Of a sealed object only that it changed. */
export const historyOf = async (
  { events, blobs }: { events: EventStore; blobs: Blobs },
  key: ObjectKey,
): Promise<Revision[]> => {
  const rows = await events.readStream(manifestStream(key));
  if (rows.length === 0) throw new QueryRefused(404, `${key.resource} ${key.name} was never stored`);
  const revisions: Revision[] = [];
  let before: KubeObject | undefined;
  for (const row of rows) {
    const { revision, object } = await revisionOf(blobs, { row, before });
    revisions.push(revision);
    before = object;
  }
  return revisions;
};

const revisionOf = async (blobs: Blobs, { row, before }: { row: StoredEvent; before: KubeObject | undefined }) => {
  const event = decodeEvent(row);
  const common = {
    revision: row.version,
    position: row.position,
    at: row.recordedAt.toISOString(),
    author: row.meta.actor,
    uid: row.uid,
  };
  if (event.type !== 'ManifestStored') {
    return {
      revision: { ...common, manager: '', operation: 'delete', difference: 'deleted' as const },
      object: undefined,
    };
  }
  const { manager, operation } = event.data;
  const { object, blob } = objectOf(event.data);
  if (blob?.sealed) return { revision: { ...common, manager, operation, difference: 'changed' as const }, object };
  const whole = blob ? await loadObject(blobs, blob) : object;
  const difference = differenceOf(before ?? {}, whole).filter(({ path }) => !NOISE.test(path));
  return { revision: { ...common, manager, operation, difference }, object: whole };
};
