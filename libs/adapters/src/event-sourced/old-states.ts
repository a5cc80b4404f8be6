import { decodeEvent } from '@skerry/domain/codec';
import { manifestStream } from '@skerry/domain/manifest/manifest';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { EventStore, StoredEvent } from '@skerry/ports/event-store/event-store';
import type { Collection, ObjectKey, StoredObject } from '@skerry/ports/object-store/object-store';
import { loadObject, objectOf } from './manifest-events.ts';

const PAGE = 1_000;

export const keyOfStream = (stream: string): ObjectKey => {
  const [group, resource, namespace, name] = stream.slice(stream.indexOf('-') + 1).split('/');
  return { group: group!, resource: resource!, namespace: namespace!, name: name! };
};

/** Exact state at an old version: the last manifest row of every stream up to it. Without status: only spec and metadata travel in time. */
export const listAsOf = async (
  { events, blobs }: { events: EventStore; blobs: Blobs },
  { collection, at }: { collection: Collection; at: number },
): Promise<readonly StoredObject[]> => {
  const prefix = manifestStream({ ...collection, namespace: '', name: '' }).slice(0, -1);
  const found: StoredObject[] = [];
  let afterStream = prefix;
  for (;;) {
    const rows = await events.readLastPerStream({ category: 'manifest', upTo: at, afterStream, limit: PAGE });
    for (const row of rows) {
      if (!row.stream.startsWith(prefix)) return found;
      const stored = await asOf(blobs, row);
      if (stored) found.push(stored);
    }
    if (rows.length < PAGE) return found;
    afterStream = rows.at(-1)!.stream;
  }
};

const asOf = async (blobs: Blobs, row: StoredEvent): Promise<StoredObject | undefined> => {
  const event = decodeEvent(row);
  if (event.type !== 'ManifestStored') return undefined;
  const { object, blob } = objectOf(event.data);
  const version = String(row.position);
  const whole = blob ? await loadObject(blobs, blob) : object;
  return { key: keyOfStream(row.stream), object: whole, version, mainVersion: version };
};
