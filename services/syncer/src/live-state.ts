import { SYNCER_MANAGER, UID_ANNOTATION } from '@skerry/api/object';
import { LowestReady } from '@skerry/engines/sync/lowest-ready';
import { ownedText } from '@skerry/engines/sync/owned-fields';
import { NO_PODS, type PodCounts, PodTally } from '@skerry/engines/sync/pod-count';
import type { LiveItem } from '@skerry/engines/sync/sync-plan';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { hashOf } from '@skerry/runtime/hash';

export const ADOPTED_ANNOTATION = 'skerry.dev/adopted';
const MAX_STATUS_BYTES = 8 * 1024;
/** More than can leave while one answer is on its way. */
const LEFT_KEPT = 1_000;

/** What is kept of a live object of ours: never the object itself. */
export interface LiveEntry extends LiveItem {
  readonly key: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly updated: number;
  /** `spec.replicas`, for whatever has it: only of a counted kind it is a count */
  readonly replicas: number | undefined;
  /** status as JSON text, for kinds that are not counted; empty when there is none or it is too large */
  readonly status: string;
}

const COUNTED = new Set(['Deployment', 'ReplicaSet', 'StatefulSet']);

export const isCounted = (of: { group: string; kind: string }): boolean => of.group === 'apps' && COUNTED.has(of.kind);

/** What the hub has to tell before it has taken over what lives. A count for kinds that the hub counts too, else 1. */
export const countOfHeld = (entry: LiveEntry): number => (isCounted(entry) ? (entry.replicas ?? 1) : 1);

export const liveKey = (of: { group: string; kind: string; namespace: string; name: string }): string =>
  `${of.group}/${of.kind}/${of.namespace}/${of.name}`;

export const toLiveEntry = (object: KubeObject): LiveEntry => {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const { metadata, kind } = object;
  const place = { group, kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
  const status = (object['status'] ?? {}) as { observedGeneration?: number; updatedReplicas?: number };
  return {
    ...place,
    key: liveKey(place),
    version: object.apiVersion.slice(slash + 1),
    memberUid: metadata.uid ?? '',
    hubUid: metadata.annotations?.[UID_ANNOTATION] ?? '',
    terminating: metadata.deletionTimestamp !== undefined,
    ownedHash: hashOf(ownedText(object as never, SYNCER_MANAGER) ?? ''),
    adopted: metadata.annotations?.[ADOPTED_ANNOTATION] === 'true',
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    observedGeneration: status.observedGeneration ?? 0,
    updated: status.updatedReplicas ?? 0,
    replicas: replicasOf(object),
    status: isCounted(place) ? '' : statusText(object['status']),
  };
};

const replicasOf = (object: KubeObject): number | undefined => {
  const { replicas } = (object['spec'] ?? {}) as { replicas?: unknown };
  return typeof replicas === 'number' ? replicas : undefined;
};

const statusText = (status: unknown): string => {
  const text = status === undefined ? '' : JSON.stringify(status);
  return text === '{}' || Buffer.byteLength(text) > MAX_STATUS_BYTES ? '' : text;
};

export interface LiveCount extends PodCounts {
  readonly updated: number;
  readonly lowestReady: number;
}

/** What is live in the member: our objects by name and by hub uid, and the pods behind them, counted by owner. */
export class LiveState {
  readonly #byKey = new Map<string, LiveEntry>();
  readonly #byHubUid = new Map<string, Set<string>>();
  readonly #pods = new PodTally();
  /** ReplicaSet uid → Deployment uid, and the other way round */
  readonly #ownerOf = new Map<string, string>();
  readonly #ownedBy = new Map<string, Set<string>>();
  readonly #byMemberUid = new Map<string, string>();
  readonly #lowest = new LowestReady();
  /** By member uid, of what left last: in which version */
  readonly #left = new Map<string, string>();
  /** by member uid: ready pods when the observed generation last was the applied one */
  readonly #readyBefore = new Map<string, number>();

  get(key: string): LiveEntry | undefined {
    return this.#byKey.get(key);
  }

  ofHubUid(uid: string): readonly LiveEntry[] {
    return [...(this.#byHubUid.get(uid) ?? [])].flatMap((key) => this.#byKey.get(key) ?? []);
  }

  get all(): Iterable<LiveEntry> {
    return this.#byKey.values();
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** If it is known in this very version: what is answered to a change comes over the watch too, before or after. */
  known({ metadata: { uid = '', resourceVersion = '' } }: KubeObject): LiveEntry | undefined {
    const entry = this.#byKey.get(this.#byMemberUid.get(uid) ?? '');
    return resourceVersion !== '' && entry?.resourceVersion === resourceVersion ? entry : undefined;
  }

  /**
   * Answers the hub uids that have to be looked at. An older version than the one known is not news, also of an object that
   * had the name before: a watch that was held up tells of it when its successor is there already.
   */
  put(entry: LiveEntry): readonly string[] {
    const before = this.#byKey.get(entry.key);
    if (before && isOlder(entry.resourceVersion, before.resourceVersion)) return [];
    if (isOlder(entry.resourceVersion, this.#left.get(entry.memberUid) ?? '')) return uidsOf(entry);
    if (before) this.#unlink(before);
    if (before && before.memberUid !== entry.memberUid) this.#readyBefore.delete(before.memberUid);
    this.#byKey.set(entry.key, entry);
    const keys = this.#byHubUid.get(entry.hubUid) ?? new Set();
    keys.add(entry.key);
    this.#byHubUid.set(entry.hubUid, keys);
    this.#byMemberUid.set(entry.memberUid, entry.key);
    this.#sawCount(entry);
    return uidsOf(before, entry);
  }

  /** The member goes on from an older state: what it says next is news, although its versions are lower. */
  forgetVersions(): void {
    this.#left.clear();
    for (const [key, entry] of this.#byKey) this.#byKey.set(key, { ...entry, resourceVersion: '' });
  }

  /**
   * The watch told that it left: an answer to a change that is older than that, and comes later, does not bring it back. It may
   * come back by itself, in a newer version: what leaves is also what loses its mark.
   */
  leave({ key, memberUid, resourceVersion }: LiveEntry): readonly string[] {
    this.#left.set(memberUid, resourceVersion);
    if (this.#left.size > LEFT_KEPT) this.#left.delete(this.#left.keys().next().value!);
    return this.remove(key, memberUid);
  }

  /** It is not in a list; which may be older than what is known. */
  remove(key: string, memberUid: string): readonly string[] {
    const before = this.#byKey.get(key);
    if (!before || before.memberUid !== memberUid) return [];
    this.#unlink(before);
    this.#readyBefore.delete(before.memberUid);
    this.#byKey.delete(key);
    return uidsOf(before);
  }

  putPod(object: KubeObject): readonly string[] {
    const { metadata } = object;
    const status = (object['status'] ?? {}) as { phase?: string; conditions?: { type: string; status: string }[] };
    const over = status.phase === 'Succeeded' || status.phase === 'Failed';
    const ready = status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
    const ownerUid = metadata.ownerReferences?.find((owner) => owner.controller)?.uid ?? '';
    const terminating = metadata.deletionTimestamp !== undefined || over;
    return this.#recount(this.#pods.put(metadata.uid ?? '', { ownerUid, ready, terminating }));
  }

  removePod(uid: string): readonly string[] {
    return this.#recount(this.#pods.put(uid, undefined));
  }

  get podUids(): Iterable<string> {
    return this.#pods.pods.keys();
  }

  putReplicaSet(object: KubeObject): readonly string[] {
    const uid = object.metadata.uid ?? '';
    const owner = object.metadata.ownerReferences?.find((one) => one.controller)?.uid ?? '';
    if (owner === '' || this.#ownerOf.get(uid) === owner) return [];
    this.#ownerOf.set(uid, owner);
    const sets = this.#ownedBy.get(owner) ?? new Set();
    sets.add(uid);
    this.#ownedBy.set(owner, sets);
    return this.#recount([uid]);
  }

  get replicaSetUids(): Iterable<string> {
    return this.#ownerOf.keys();
  }

  removeReplicaSet(uid: string): readonly string[] {
    const owner = this.#ownerOf.get(uid);
    if (owner === undefined) return [];
    this.#ownerOf.delete(uid);
    const sets = this.#ownedBy.get(owner);
    if (sets?.delete(uid) && sets.size === 0) this.#ownedBy.delete(owner);
    return this.#recount([owner]);
  }

  /** Ready pods of a counted object; reading it changes nothing. */
  readyOf(entry: LiveEntry): number {
    return this.#countOf(entry).ready;
  }

  /** Present counts of a counted object; reading `lowestReady` starts its next interval. */
  takeCount(entry: LiveEntry): LiveCount {
    const { replicas, ready } = this.#countOf(entry);
    return { replicas, ready, updated: entry.updated, lowestReady: this.#lowest.take(entry.hubUid, ready) };
  }

  /** The count that was taken last has arrived at the hub. */
  confirmCount(hubUid: string): void {
    this.#lowest.confirm(hubUid);
  }

  /** Its lowest count will not be asked for again: neither hub nor cluster has it. Until then a dip must not be lost. */
  forget(hubUid: string): void {
    this.#lowest.forget(hubUid);
  }

  /**
   * Ready counts only when the member has looked at the generation that was applied. Until then no more than what counted
   * before, instead of none: a pod that is ready stays so, and a count of 0 at every edit would end every soak.
   */
  #countOf(entry: LiveEntry): PodCounts {
    const pods = this.#podsOf(entry);
    if (entry.observedGeneration >= entry.generation) {
      this.#readyBefore.set(entry.memberUid, pods.ready);
      return pods;
    }
    return { ...pods, ready: Math.min(pods.ready, this.#readyBefore.get(entry.memberUid) ?? 0) };
  }

  #podsOf(entry: LiveEntry): PodCounts {
    if (entry.kind !== 'Deployment') return this.#pods.of(entry.memberUid);
    let total = NO_PODS;
    for (const set of this.#ownedBy.get(entry.memberUid) ?? []) {
      const { replicas, ready } = this.#pods.of(set);
      total = { replicas: total.replicas + replicas, ready: total.ready + ready };
    }
    return total;
  }

  /** Owners of pods → the hub uids of the objects behind them. */
  #recount(owners: readonly string[]): readonly string[] {
    return owners.flatMap((owner) => {
      const key = this.#byMemberUid.get(this.#ownerOf.get(owner) ?? owner);
      const entry = key === undefined ? undefined : this.#byKey.get(key);
      if (!entry || entry.hubUid === '') return [];
      this.#sawCount(entry);
      return [entry.hubUid];
    });
  }

  #sawCount(entry: LiveEntry): void {
    if (isCounted(entry)) this.#lowest.saw(entry.hubUid, this.#countOf(entry).ready);
  }

  #unlink(entry: LiveEntry): void {
    this.#byHubUid.get(entry.hubUid)?.delete(entry.key);
    if (this.#byHubUid.get(entry.hubUid)?.size === 0) this.#byHubUid.delete(entry.hubUid);
    this.#byMemberUid.delete(entry.memberUid);
  }
}

const uidsOf = (...entries: (LiveEntry | undefined)[]): string[] => [
  ...new Set(entries.flatMap((entry) => (entry && entry.hubUid !== '' ? [entry.hubUid] : []))),
];

/** Versions of one resource in one server can be compared: both are numbers of the same store. */
const isOlder = (version: string, than: string): boolean => {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
};
