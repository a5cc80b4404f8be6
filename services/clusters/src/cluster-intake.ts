import { create } from '@skerry/contract/message';
import {
  type ObjectObserved,
  ObjectObservedSchema,
  ObservedState,
  WorkloadCountSchema,
} from '@skerry/contract/generated/skerry/v1/observed_pb';
import { NOT_REPORTED } from '@skerry/domain/observed/observed';
import type { Beat, Report } from '@skerry/contract/generated/skerry/v1/syncer_pb';

/** At most one event per object, cluster and second. */
export const OBSERVED_EVERY_MS = 1_000;
/** Repairs in one event: an object that somebody keeps changing must not become too large to be recorded. */
const MAX_REPAIRS = 20;
/** Beats that wait for their reports; older ones say nothing that a newer one does not. */
const MAX_WAITING_BEATS = 8;

interface Held {
  data: ObjectObserved;
  dueMs: number;
  sequence: number;
}

/**
 * One cluster's reports, put in order. Nothing is lost by holding a value back for a second: the lowest ready count of
 * all that was held goes into the event. A gap in the sequence makes every later beat worthless until a complete set came.
 */
export class ClusterIntake {
  readonly cluster: string;
  #term = 0;
  #sequence = 0;
  /** a complete set of this term has been taken since the judge started */
  #complete = false;
  #collecting: Set<string> | undefined;
  readonly #held = new Map<string, Held>();
  /** of the last second only, oldest first */
  readonly #emittedMs = new Map<string, number>();
  /** uids of which something was handed out that could not be recorded */
  readonly #unrecorded = new Set<string>();
  #beats: { beat: Beat; atMs: number }[] = [];

  constructor(cluster: string) {
    this.cluster = cluster;
  }

  /** `resync`: ask the syncer for a complete set. `missing`: uids that the complete set did not name. */
  take(
    report: Report,
    { known, nowMs }: { known: ReadonlyMap<string, { gone: boolean }>; nowMs: number },
  ): { resync: boolean; missing: string[] } {
    const term = Number(report.term);
    const sequence = Number(report.sequence);
    if (term < this.#term || (term === this.#term && sequence <= this.#sequence)) return { resync: false, missing: [] };
    const inOrder = term === this.#term ? sequence === this.#sequence + 1 : sequence === 1 && report.completeBegin;
    if (!inOrder) this.#lose();
    if (term !== this.#term) this.#ageHeld();
    this.#term = term;
    this.#sequence = sequence;
    if (report.completeBegin) this.#collecting = new Set();
    for (const object of report.objects) this.#hold(object, { nowMs, sequence });
    const missing = this.#collect(report, known);
    return { resync: !this.#complete && this.#collecting === undefined, missing };
  }

  /** Something that the intake itself concluded, e.g. from a complete set that does not name an object. */
  hold(data: ObjectObserved, nowMs: number): void {
    this.#hold(data, { nowMs, sequence: this.#sequence });
  }

  /** Nothing is missing: beats can be believed. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** What is due now. */
  due(nowMs: number): ObjectObserved[] {
    const due: ObjectObserved[] = [];
    for (const [uid, held] of this.#held) {
      if (held.dueMs > nowMs) continue;
      this.#held.delete(uid);
      this.#emittedMs.delete(uid);
      this.#emittedMs.set(uid, nowMs);
      due.push(held.data);
    }
    for (const [uid, emittedMs] of this.#emittedMs) {
      if (emittedMs + OBSERVED_EVERY_MS > nowMs) break;
      this.#emittedMs.delete(uid);
    }
    return due;
  }

  /** When the next held value is due; undefined when nothing is held. */
  get nextDueMs(): number | undefined {
    let next: number | undefined;
    for (const { dueMs } of this.#held.values()) next = next === undefined ? dueMs : Math.min(next, dueMs);
    return next;
  }

  addBeat(beat: Beat, atMs: number): void {
    this.#beats.push({ beat, atMs });
    if (this.#beats.length > MAX_WAITING_BEATS) this.#beats.shift();
  }

  /** What was handed out of this object could be recorded, or not: then no beat counts until something of it could. */
  recorded(uid: string, done: boolean): void {
    if (done) this.#unrecorded.delete(uid);
    else this.#unrecorded.add(uid);
  }

  get unrecorded(): ReadonlySet<string> {
    return this.#unrecorded;
  }

  /** The newest beat of which everything it names has been handed out, with its age; it and all older ones are taken. */
  takeBeat(nowMs: number): { term: number; sequence: number; ageMs: number } | undefined {
    if (this.#unrecorded.size > 0) this.#beats = [];
    if (!this.#complete) return undefined;
    // what is held is in the order of its sequences
    const oldestHeld = this.#held.values().next().value?.sequence ?? Infinity;
    let taken: { term: number; sequence: number; ageMs: number } | undefined;
    this.#beats = this.#beats.filter(({ beat, atMs }) => {
      const sequence = Number(beat.lastSequence);
      const usable = Number(beat.term) === this.#term && sequence <= this.#sequence && sequence < oldestHeld;
      if (usable) taken = { term: this.#term, sequence, ageMs: nowMs - atMs };
      return !usable && Number(beat.term) >= this.#term;
    });
    return taken;
  }

  /** The judge was away: what was proven before proves nothing now. */
  lose(): void {
    this.#lose();
  }

  #lose(): void {
    this.#complete = false;
    this.#collecting = undefined;
  }

  /** A new term counts from one: what the old one still waits to say is older than all of it. */
  #ageHeld(): void {
    for (const [uid, held] of this.#held) this.#held.set(uid, { ...held, sequence: 0 });
  }

  #collect(report: Report, known: ReadonlyMap<string, { gone: boolean }>): string[] {
    if (!this.#collecting) return [];
    for (const object of report.objects) this.#collecting.add(object.ref!.uid);
    if (!report.completeEnd) return [];
    const named = this.#collecting;
    this.#collecting = undefined;
    this.#complete = true;
    // nobody ever counted what was never recorded and is not there any more
    for (const uid of this.#unrecorded) if (!named.has(uid) && !known.has(uid)) this.#unrecorded.delete(uid);
    return [...known].filter(([uid, { gone }]) => !gone && !named.has(uid)).map(([uid]) => uid);
  }

  #hold(data: ObjectObserved, { nowMs, sequence }: { nowMs: number; sequence: number }): void {
    const uid = data.ref!.uid;
    const present = this.#held.get(uid);
    const lastMs = this.#emittedMs.get(uid) ?? -Infinity;
    const dueMs = present?.dueMs ?? Math.max(nowMs, lastMs + OBSERVED_EVERY_MS);
    this.#held.set(uid, {
      data: present ? mergeHeld(present.data, data) : data,
      dueMs,
      sequence: present?.sequence ?? sequence,
    });
  }
}

/** The later value with the lowest ready of both. A value for another placement version starts its own lowest. */
const mergeHeld = (before: ObjectObserved, after: ObjectObserved): ObjectObserved => {
  const repairs = [...before.repairs, ...after.repairs].slice(-MAX_REPAIRS);
  if (!after.hasCount || !after.count || !before.count || before.placementVersion !== after.placementVersion) {
    return { ...after, repairs };
  }
  const live = before.state === ObservedState.APPLIED || before.state === ObservedState.CONTENDED;
  const lowestBefore = live ? Math.min(before.count.lowestReady, before.count.ready) : 0;
  const lowestReady = Math.min(after.count.lowestReady, after.count.ready, lowestBefore);
  return { ...after, repairs, count: create(WorkloadCountSchema, { ...after.count, lowestReady }) };
};

/** What is recorded of an object that a complete set did not name any more. */
export const notReported = (cluster: string, ref: ObjectObserved['ref']): ObjectObserved =>
  create(ObjectObservedSchema, {
    ref,
    cluster,
    state: ObservedState.WAITING,
    reason: NOT_REPORTED,
    message: `${cluster} does not report this object any more`,
    hasCount: true,
    count: { replicas: 0, ready: 0, updated: 0, lowestReady: 0 },
  });
