import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { Contention } from '@skerry/engines/sync/contention';
import type { KeptObject } from '@skerry/engines/sync/restore-hold';
import type { Member } from '@skerry/ports/member/member';
import type { DesiredState } from './desired-state.ts';
import type { LiveEntry, LiveState } from './live-state.ts';
import type { LoopCounts } from './loop-counts.ts';
import type { ServedKinds } from './member/discovery.ts';
import type { ServedResource } from './member/kube-calls.ts';
import type { RefusedBodies } from './refused-bodies.ts';

/** What a look at one object may use of its syncer. */
export interface SyncContext {
  readonly member: Member;
  readonly desired: DesiredState;
  readonly live: LiveState;
  readonly kinds: ServedKinds;
  readonly counts: LoopCounts;
  readonly refusedBodies: RefusedBodies;
  nowMs(): number;
  /** the cluster's lease is held, by the monotonic clock */
  mayAct(): boolean;
  /** empty when objects of this kind are followed and listed; otherwise, after a few seconds, why they are not */
  follow(resource: ServedResource): Promise<string>;
  askDiscovery(): void;
  /** resolves when `kinds` is what the member serves now */
  refreshKinds(): Promise<void>;
  /** collections whose server takes no condition with what it makes */
  readonly unconditional: Set<string>;
  namespaceIsThere(name: string): boolean;
  /** the namespace is under way */
  isMakingNamespace(name: string): boolean;
  namespaceSeen(namespace: ObjectRef): void;
  /** empty: may be deleted; otherwise what it waits for */
  deleteHold(object: KeptObject, cause: string): string;
  /** empty: what lives may be changed; otherwise what that waits for */
  changeHold(object: KeptObject): string;
  /** asks the guard for one that goes now: counted, unless it is given back */
  takeDelete(cause: string): { readonly hold: string; readonly giveBack: () => void };
  contentionOf(uid: string): Contention;
  /** the object is looked at again when that happens, before its wake-up */
  waitsFor(what: string, uid: string): void;
  /** resolves when what comes before it in the order of kinds and is under way has been done, or takes too long */
  turnOf(ref: ObjectRef): Promise<void>;
  /** the answer to an own apply: known before the watch tells it */
  sawLive(entry: LiveEntry): void;
  /** it was not there, and this syncer made it */
  made(uid: string): void;
  repaired(uid: string, repair: { action: string; manager: string; fields: readonly string[] }): void;
}
