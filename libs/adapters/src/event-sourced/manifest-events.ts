import type { BlobRef } from '@skerry/ports/blobs/blobs';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import type { MessageInitShape } from '@skerry/contract/message';
import type { BodySchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { ManifestStored, ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { type ObjectKey, ObjectTooLarge, type WriteContext } from '@skerry/ports/object-store/object-store';

const INLINE_BYTES = 16 * 1024;
/** Skerry's own kinds are read by every service, so they are always inline; an event has room for this much. */
const MAX_OWN_KIND_BYTES = 48 * 1024;
/** Labels stand in the event beside the body, so that objects are selected without it; both have to fit. */
const MAX_LABELS_BYTES = 32 * 1024;
const MAX_OWN_KIND_LABELS_BYTES = 8 * 1024;
const WITHDRAW_ANNOTATION = 'skerry.dev/withdraw';
const WITH_REPLICAS = new Set(['Deployment', 'ReplicaSet', 'StatefulSet']);

const isSecret = (object: KubeObject): boolean => object.kind === 'Secret' && object.apiVersion === 'v1';

/**
 * The event that stores the object from here on. A Secret's body is a sealed blob, a large body a blob, both put first.
 * Throws ObjectTooLarge where no event could hold it.
 */
export const storedEventOf = async (
  blobs: Blobs,
  { key, object, context }: { key: ObjectKey; object: KubeObject; context: WriteContext },
): Promise<MessageInitShape<typeof ManifestStoredSchema>> => {
  const { metadata } = object;
  const version = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
  const bytes = new TextEncoder().encode(JSON.stringify(object));
  checkSize({ key, object, sizeBytes: bytes.byteLength });
  return {
    ref: { ...key, version, kind: object.kind, uid: metadata.uid ?? '' },
    generation: BigInt(metadata.generation ?? 1),
    body: await bodyOf(blobs, { key, object, bytes }),
    labels: metadata.labels ?? {},
    manager: context.fieldManager ?? context.user ?? '',
    operation: context.verb,
    deleting: metadata.deletionTimestamp !== undefined,
    statusOnly: context.subresource === 'status',
    ...replicaFacts(object),
    withdraw: metadata.annotations?.[WITHDRAW_ANNOTATION] === 'true' || isForegroundDeletion(object),
  };
};

const checkSize = ({ key, object, sizeBytes }: { key: ObjectKey; object: KubeObject; sizeBytes: number }): void => {
  const isOwn = key.group === 'skerry.dev';
  const labels = Object.entries(object.metadata.labels ?? {});
  const labelsBytes = labels.reduce((sum, [name, value]) => sum + name.length + value.length + 8, 0);
  const limitBytes = isOwn ? MAX_OWN_KIND_LABELS_BYTES : MAX_LABELS_BYTES;
  if (labelsBytes > limitBytes) {
    throw new ObjectTooLarge({ field: 'metadata.labels', sizeBytes: labelsBytes, limitBytes });
  }
  if (isOwn && sizeBytes > MAX_OWN_KIND_BYTES) {
    throw new ObjectTooLarge({ field: 'spec', sizeBytes, limitBytes: MAX_OWN_KIND_BYTES });
  }
};

/** The owner waits for the clusters to confirm, so they are told before the object itself goes. */
const isForegroundDeletion = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes('foregroundDeletion');

const replicaFacts = (object: KubeObject): { hasReplicas: boolean; replicas: number } => {
  if (!WITH_REPLICAS.has(object.kind) || !object.apiVersion.startsWith('apps/'))
    return { hasReplicas: false, replicas: 0 };
  const replicas = (object['spec'] as { replicas?: number } | undefined)?.replicas;
  return { hasReplicas: true, replicas: replicas ?? 1 };
};

const bodyOf = async (
  blobs: Blobs,
  { key, object, bytes }: { key: ObjectKey; object: KubeObject; bytes: Uint8Array },
): Promise<MessageInitShape<typeof BodySchema>> => {
  if (isSecret(object)) return { at: { case: 'blob', value: await blobs.putSealed(key.namespace, bytes) } };
  if (bytes.byteLength <= INLINE_BYTES || key.group === 'skerry.dev') return { at: { case: 'inline', value: bytes } };
  return { at: { case: 'blob', value: await blobs.put(bytes) } };
};

const OWNED = Object.freeze({});

/** Each field that somebody owns is an empty object in `managedFields`, as many as there are fields: here they are one. */
const sharedOwnership = (object: KubeObject): KubeObject => {
  for (const { fieldsV1 } of object.metadata.managedFields ?? []) shareLeaves(fieldsV1 as Record<string, object>);
  return object;
};

const shareLeaves = (fields: Record<string, object> | undefined): void => {
  for (const name in fields) {
    const below = fields[name] as Record<string, object>;
    let isLeaf = true;
    for (const _ in below) {
      isLeaf = false;
      break;
    }
    if (isLeaf) fields[name] = OWNED;
    else shareLeaves(below);
  }
};

/** The object of an event, or where its body is. What is known without the body is enough to list by name and label. */
export const objectOf = (data: ManifestStored): { object: KubeObject; blob: BlobRef | undefined } => {
  const body = data.body!;
  if (body.at.case === 'inline') {
    return {
      object: sharedOwnership(JSON.parse(new TextDecoder().decode(body.at.value)) as KubeObject),
      blob: undefined,
    };
  }
  const ref = data.ref!;
  const stub: KubeObject = {
    apiVersion: ref.group === '' ? ref.version : `${ref.group}/${ref.version}`,
    kind: ref.kind,
    metadata: {
      name: ref.name,
      ...(ref.namespace === '' ? {} : { namespace: ref.namespace }),
      uid: ref.uid,
      labels: { ...data.labels },
    },
  };
  const { id, sealed, namespace } = body.at.value!;
  return { object: stub, blob: { id, sealed, namespace } };
};

export const loadObject = async (blobs: Blobs, blob: BlobRef): Promise<KubeObject> =>
  JSON.parse(new TextDecoder().decode(await blobs.get(blob))) as KubeObject;
