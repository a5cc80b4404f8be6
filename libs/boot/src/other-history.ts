import { TerminalFailure } from '@skerry/kernel/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import type { ServiceHealth } from '@skerry/runtime/service/service-health';
import type { Log } from '@skerry/runtime/telemetry/log';

const LOOK_MS = 500;
/** How long a process stays that waits for a person: whoever asks its health, or looks at the fleet, is told why. */
const SHOWN_MS = 30_000;

/**
 * The store has another history than what the process was built from, and for how long that is shown before the process
 * ends. A restored store that was adopted asks for nothing but a start. One that was not asks for a person first, and then
 * for a start that nobody should have to remember.
 */
const SHOWN_BEFORE_END: Readonly<Record<string, number>> = {
  'incarnation-changed': 0,
  'store-behind': SHOWN_MS,
  'bus-ahead': SHOWN_MS,
};

/** Resolves with what the process has to end for; with undefined when it is told to stop before. */
export const otherHistory = (
  stop: AbortSignal,
  { running, clock, log }: { running: Pick<ServiceHealth, 'failure'>; clock: Clock; log: Log },
): Promise<TerminalFailure | undefined> =>
  new Promise((resolve) => {
    let seen: { readonly code: string; readonly atMs: number } | undefined;
    let cancel = (): void => {};
    const look = (): void => {
      const failure = endingFailure(running.failure);
      if (failure && failure.code !== seen?.code) {
        seen = { code: failure.code, atMs: clock.monotonicMs() };
        const endsInMs = SHOWN_BEFORE_END[failure.code];
        log.error({ error: failure, endsInMs }, 'the store has another history: this has to be started again');
      }
      if (!failure) seen = undefined;
      if (failure && clock.monotonicMs() - seen!.atMs >= SHOWN_BEFORE_END[failure.code]!) return resolve(failure);
      cancel = clock.after(LOOK_MS, look);
    };
    const leave = (): void => {
      cancel();
      resolve(undefined);
    };
    if (stop.aborted) return leave();
    stop.addEventListener('abort', leave, { once: true });
    look();
  });

const endingFailure = (failure: unknown): TerminalFailure | undefined =>
  failure instanceof TerminalFailure && failure.code in SHOWN_BEFORE_END ? failure : undefined;
