import type { Clock } from '@skerry/ports/clock/clock';
import type { EventStore } from '@skerry/ports/event-store/event-store';
import type { StateFigures } from '@skerry/runtime/telemetry/metrics';

const PATIENCE_MS = 1_000;

interface StateParts {
  readonly store: Pick<EventStore, 'head'>;
  readonly clock: Clock;
  /** position up to which reads are answered */
  readonly through: () => number;
}

/** How far the state that answers reads is behind the store. A store that does not answer leaves the lag out, and nobody waiting. */
export const stateFigures = async ({ store, clock, through }: StateParts): Promise<StateFigures> => {
  let cancel: () => void = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(PATIENCE_MS, () => resolve(undefined));
  });
  const head = await Promise.race([store.head().catch(() => undefined), late]);
  cancel();
  const position = through();
  return { position, lagPositions: head && Math.max(0, head.position - position) };
};
