import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { UID } from '../world/objects.ts';
import type { Written } from '../world/member-cluster.ts';

interface Change {
  readonly atMs: number;
  readonly ready: number;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface LivingObject {
  readonly object: KubeObject;
  /** when somebody other than our syncer or a controller last changed it, or it came back with a backup */
  readonly touchedMs: number;
}

interface Owned {
  readonly owner: string;
  readonly ready: boolean;
}

const HISTORY_MS = 120_000;
/** What was so for less nobody has to see: a watch that breaks just then shows only what came of it. */
const BLINK_MS = 250;

/** What truly runs in one member, seen at its store: ready pods by hub uid, now and before. */
export class Running {
  /** ours, by hub uid */
  readonly objects = new Map<string, Map<string, LivingObject>>();
  /** by uid of the owner: ReplicaSet or StatefulSet */
  readonly #pods = new Map<string, Owned>();
  readonly #counts = new Map<string, number>();
  readonly #deploymentOf = new Map<string, string>();
  readonly #hubUidOf = new Map<string, string>();
  readonly #history = new Map<string, Change[]>();
  readonly onChangedUid: (what: string) => void;

  /** `onChangedUid`: an object of ours became that of another uid, without being made anew */
  constructor({ onChangedUid }: { onChangedUid: (what: string) => void }) {
    this.onChangedUid = onChangedUid;
  }

  written({ stored: { object }, gone, user, subresource }: Written, atMs: number): void {
    const { kind } = object;
    if (kind === 'Pod') return this.#pod(object, { gone, atMs });
    if (kind === 'ReplicaSet') this.#deploymentOf.set(object.metadata.uid!, ownerOf(object));
    const hubUid = object.metadata.annotations?.[UID];
    const before = this.#hubUidOf.get(object.metadata.uid!);
    if (before !== undefined && hubUid !== before) this.onChangedUid(`${kind} ${object.metadata.name}`);
    if (hubUid === undefined || kind === 'Event') return;
    this.#hubUidOf.set(object.metadata.uid!, hubUid);
    const key = `${kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const living = this.objects.get(hubUid) ?? new Map<string, LivingObject>();
    this.objects.set(hubUid, living);
    const isOthers = user !== undefined && user !== 'skerry-syncer' && subresource === '';
    const touchedMs = isOthers ? atMs : (living.get(key)?.touchedMs ?? -Infinity);
    if (gone) living.delete(key);
    else living.set(key, { object, touchedMs });
    if (gone && living.size === 0) this.objects.delete(hubUid);
  }

  /** Everything is gone at once: a backup follows. */
  clear(atMs: number): void {
    for (const uid of this.#history.keys()) this.#note(uid, { atMs, ready: 0 });
    for (const map of [this.objects, this.#pods, this.#counts, this.#deploymentOf, this.#hubUidOf]) map.clear();
  }

  readyOf(hubUid: string): number {
    return this.#history.get(hubUid)?.at(-1)?.ready ?? 0;
  }

  /** The lowest ready count in that time, without what was so only while nobody watched. */
  lowest(hubUid: string, { fromMs, toMs, blind }: Span & { readonly blind: readonly Span[] }): number {
    const history = this.#history.get(hubUid) ?? [];
    let lowest = Infinity;
    for (let at = -1; at < history.length; at += 1) {
      const lastedMs = (history[at + 1]?.atMs ?? Infinity) - (history[at]?.atMs ?? -Infinity);
      const beginsMs = Math.max(fromMs, history[at]?.atMs ?? -Infinity);
      const endsMs = Math.min(toMs, history[at + 1]?.atMs ?? Infinity);
      const isUnseen = blind.some((span) => span.fromMs <= beginsMs && endsMs <= span.toMs);
      if (beginsMs < endsMs && lastedMs >= BLINK_MS && !isUnseen) lowest = Math.min(lowest, history[at]?.ready ?? 0);
    }
    return lowest;
  }

  #pod(pod: KubeObject, { gone, atMs }: { gone: boolean; atMs: number }): void {
    const uid = pod.metadata.uid!;
    const before = this.#pods.get(uid);
    const owner = ownerOf(pod);
    const status = (pod['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
    const isReady = status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
    const ready = !gone && isReady && pod.metadata.deletionTimestamp === undefined;
    if (gone) this.#pods.delete(uid);
    else this.#pods.set(uid, { owner, ready });
    if ((before?.ready ?? false) === ready) return;
    const top = this.#deploymentOf.get(owner) || owner;
    const hubUid = this.#hubUidOf.get(top);
    if (hubUid === undefined) return;
    const count = (this.#counts.get(hubUid) ?? 0) + (ready ? 1 : -1);
    this.#counts.set(hubUid, count);
    this.#note(hubUid, { atMs, ready: count });
  }

  #note(hubUid: string, change: Change): void {
    const history = this.#history.get(hubUid) ?? [];
    history.push(change);
    while (history.length > 1 && history[1]!.atMs < change.atMs - HISTORY_MS) history.shift();
    this.#history.set(hubUid, history);
  }
}

const ownerOf = ({ metadata }: KubeObject): string =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? '';
