import type { ObjectRef } from '@skerry/contract/generated/skerry/v1/common_pb';
import { rankOf } from '@skerry/engines/sync/kind-order';
import type { Clock } from '@skerry/ports/clock/clock';

/** A member that hangs on one object must not hold up all others. */
const PATIENCE_MS = 1_000;

interface Turn {
  readonly kind: string;
  readonly name: string;
  readonly rank: number;
  readonly namespace: string;
  readonly removing: boolean;
  readonly done: Promise<void>;
}

/**
 * Many objects are under way at once, and what is made still comes in the order of kinds: an object waits for those under
 * way that come before it, for a while. Deletes go the other way round. Nobody waits for one that may wait for it, nor for
 * what is in another namespace: applications do not stand on one another, and a burst of many would go half as fast.
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
    const { kind, name, namespace } = ref;
    this.#turns.set(ref.uid, { kind, name, namespace, rank: rankOf(kind), removing, done });
    return () => {
      this.#turns.delete(ref.uid);
      leave();
    };
  }

  isMakingNamespace(name: string): boolean {
    return [...this.#turns.values()].some((turn) => turn.kind === 'Namespace' && turn.name === name && !turn.removing);
  }

  /** Resolves at once for an object that is not under way. */
  async of({ uid }: ObjectRef): Promise<void> {
    const own = this.#turns.get(uid);
    if (!own) return;
    const before = [...this.#turns.values()].filter((other) => isBefore(other, own));
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

const isBefore = (other: Turn, own: Turn): boolean => {
  if (other.removing !== own.removing) return false;
  const isRelated = other.namespace === own.namespace || other.namespace === '' || own.namespace === '';
  return isRelated && (own.removing ? other.rank > own.rank : other.rank < own.rank);
};
