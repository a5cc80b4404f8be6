import { create, toBinary } from '@skerry/contract/message';
import {
  type ObjectObserved,
  ObjectObservedSchema,
  ObservedState,
  type Repair,
  RepairSchema,
} from '@skerry/contract/generated/skerry/v1/observed_pb';
import { type ObjectRef, ObjectRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { DesiredState } from './desired-state.ts';
import { keyOfRef } from './desired-state.ts';
import { countOfHeld, isCounted, type LiveEntry, type LiveState } from './live-state.ts';
import type { ServedKinds } from './member/discovery.ts';
import { GONE, type Outcome } from './outcome.ts';

const MAX_REPAIRS_KEPT = 20;
/** An observed event has to fit into the store whatever a member says, also when the hub joins the repairs of two. */
const MAX_FIELDS = 10;
const MAX_REPAIRS_BYTES = 16 * 1024;
const MAX_MESSAGE = 2_000;
const MAX_TEXT = 256;
const NOTHING_RUNS = { replicas: 0, ready: 0, updated: 0, lowestReady: 0 };

export interface ObservationParts {
  readonly desired: DesiredState;
  readonly live: LiveState;
  readonly kinds: ServedKinds;
  /** after a restore: whether the hub has to be told what lives under this uid */
  readonly keeps: (uid: string) => boolean;
}

/** What there is to say of every object: built when it is sent, so that a report never says what was. */
export class Observation {
  /** with the version of the order that was looked at: a later one may ask for the contrary */
  readonly #outcomes = new Map<string, Outcome & { readonly placementVersion: bigint }>();
  readonly #repairs = new Map<string, Repair[]>();
  /** orphans that were reported, and not yet as gone */
  readonly #orphans = new Map<string, { readonly ref: ObjectRef; readonly saidGone: boolean }>();
  /** in a report that is not known to have arrived */
  readonly #onTheWay = new Map<string, number>();
  readonly #parts: ObservationParts;

  constructor(parts: ObservationParts) {
    this.#parts = parts;
  }

  setOutcome(uid: string, outcome: Outcome, placementVersion: bigint): void {
    this.#outcomes.set(uid, { ...outcome, placementVersion });
  }

  /** Whether it waits for a person. */
  isHeld(uid: string): boolean {
    return this.#outcomes.get(uid)?.reason === 'Held';
  }

  /** Objects whose repair is backed off. */
  get contended(): number {
    let count = 0;
    for (const { state } of this.#outcomes.values()) if (state === ObservedState.CONTENDED) count += 1;
    return count;
  }

  forget(uid: string): void {
    this.#outcomes.delete(uid);
    this.#repairs.delete(uid);
    this.#onTheWay.delete(uid);
  }

  /** Kept until a report with it has arrived. */
  addRepair(uid: string, repair: { action: string; manager: string; fields: readonly string[]; at: Date }): void {
    const { action, manager, fields, at } = repair;
    const made = create(RepairSchema, {
      action: cut(action),
      manager: cut(manager),
      fields: fields.slice(0, MAX_FIELDS).map((field) => cut(field)),
      atUnixMs: BigInt(at.getTime()),
    });
    const all = [...(this.#repairs.get(uid) ?? []), made];
    const kept = newest(all);
    this.#repairs.set(uid, kept);
    // those that are in a report on its way stand first: what was dropped of them is not confirmed with it
    const onTheWay = this.#onTheWay.get(uid) ?? 0;
    this.#onTheWay.set(uid, Math.max(0, onTheWay - (all.length - kept.length)));
  }

  /** Desired, withdrawn, and marked objects that nobody desires. */
  *everything(): Iterable<string> {
    const { desired, live } = this.#parts;
    yield* desired.desired.keys();
    yield* desired.withdrawn.keys();
    const seen = new Set<string>();
    for (const { hubUid } of live.all) {
      if (hubUid === '' || seen.has(hubUid) || desired.knows(hubUid)) continue;
      seen.add(hubUid);
      yield hubUid;
    }
    for (const uid of this.#orphans.keys()) if (!seen.has(uid) && !desired.knows(uid)) yield uid;
  }

  /** undefined: not looked at yet, so there is nothing to say. Reading it starts the next interval of the lowest ready count. */
  observe(uid: string): ObjectObserved | undefined {
    const { desired, live } = this.#parts;
    const ref = desired.refOf(uid);
    if (!ref) return this.#observeOrphan(uid);
    const outcome = this.#outcomes.get(uid);
    if (!outcome) return undefined;
    const entry = live.get(keyOfRef(ref));
    const own = entry?.hubUid === uid ? entry : undefined;
    const applied = desired.applied.get(uid);
    const counted = isCounted(ref);
    const repairs = this.#repairs.get(uid) ?? [];
    this.#onTheWay.set(uid, repairs.length);
    return create(ObjectObservedSchema, {
      ref,
      ...outcome,
      reason: cut(outcome.reason),
      field: cut(outcome.field),
      message: cut(outcome.message, MAX_MESSAGE),
      desiredHash: applied?.desiredHash ?? '',
      ownedHash: applied?.ownedHash ?? '',
      memberUid: own?.memberUid ?? '',
      hasCount: counted,
      count: counted ? (own ? live.takeCount(own) : NOTHING_RUNS) : undefined,
      status: new TextEncoder().encode(own?.status ?? ''),
      repairs,
      appliedGeneration: BigInt(own?.generation ?? 0),
      ...this.#held(uid, own),
    });
  }

  /** A report with the last observation of these objects has arrived. */
  confirm(uids: readonly string[]): void {
    for (const uid of uids) {
      this.#parts.live.confirmCount(uid);
      const left = (this.#repairs.get(uid) ?? []).slice(this.#onTheWay.get(uid) ?? 0);
      if (left.length > 0) this.#repairs.set(uid, left);
      else this.#repairs.delete(uid);
      this.#onTheWay.delete(uid);
      if (this.#orphans.get(uid)?.saidGone) this.#orphans.delete(uid);
    }
  }

  /** An orphan that was reported has to be reported as gone too, or the hub would list it for ever. */
  #observeOrphan(uid: string): ObjectObserved | undefined {
    const [entry] = this.#parts.live.ofHubUid(uid);
    const before = this.#orphans.get(uid);
    if (!entry) {
      if (!before) return undefined;
      this.#orphans.set(uid, { ref: before.ref, saidGone: true });
      return create(ObjectObservedSchema, { ref: before.ref, ...GONE });
    }
    const { group, version, kind, namespace, name, memberUid } = entry;
    const resource = this.#parts.kinds.find(entry)?.plural ?? '';
    const ref = create(ObjectRefSchema, { group, version, resource, kind, namespace, name, uid });
    this.#orphans.set(uid, { ref, saidGone: false });
    return create(ObjectObservedSchema, {
      ref,
      state: ObservedState.ORPHAN,
      reason: 'Orphan',
      message: 'carries our mark and is not desired here; nothing is done to it',
      memberUid,
      ...this.#held(uid, entry),
    });
  }

  #held(uid: string, own: LiveEntry | undefined): { hasHeld: boolean; held: number } {
    const hasHeld = own !== undefined && !own.terminating && this.#parts.keeps(uid);
    return { hasHeld, held: hasHeld ? countOfHeld(own) : 0 };
  }
}

/** As many as may be kept and as fit. */
const newest = (repairs: readonly Repair[]): Repair[] => {
  let bytes = 0;
  const isOver = (repair: Repair): boolean => (bytes += toBinary(RepairSchema, repair).byteLength) > MAX_REPAIRS_BYTES;
  const last = repairs.slice(-MAX_REPAIRS_KEPT);
  return last.slice(last.findLastIndex(isOver) + 1);
};

/** Never half a character. */
const cut = (text: string, length = MAX_TEXT): string => text.slice(0, length).toWellFormed();
