import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { rankOf } from '@skerry/engines/sync/kind-order';
import type { Clock } from '@skerry/ports/clock/clock';

/** A member that hangs on one object must not hold up all others. */
const PATIENCE_MS = 1_000;

interface Turn {
  readonly rank: number;
  readonly removing: boolean;
  readonly done: Promise<void>;
}

/**
 * Many objects are under way at once, and what is made still comes in the order of kinds: an object waits for those under
 * way that come before it, for a while. Deletes go the other way round. Nobody waits for one that may wait for it.
 */
export class KindTurns {
  readonly #clock: Clock;
  readonly #turns = new Map<string, Turn>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on the object is under way, until the returned function is called. */
  enter(ref: ObjectRef, removing: boolean): () => void {
    let leave = (): void => {};
    const done = new Promise<void>((resolve) => (leave = resolve));
    this.#turns.set(ref.uid, { rank: rankOf(ref.kind), removing, done });
    return () => {
      this.#turns.delete(ref.uid);
      leave();
    };
  }

  /** Resolves at once for an object that is not under way. */
  async of({ uid }: ObjectRef): Promise<void> {
    const own = this.#turns.get(uid);
    if (!own) return;
    const before = [...this.#turns.values()].filter(
      ({ rank, removing }) => removing === own.removing && (removing ? rank > own.rank : rank < own.rank),
    );
    if (before.length === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(PATIENCE_MS, resolve);
      void Promise.all(before.map(({ done }) => done)).then(() => {
        cancel();
        resolve();
      });
    });
  }
}
