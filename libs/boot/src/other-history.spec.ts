import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { TerminalFailure } from '@skerry/kernel/errors';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { otherHistory } from './other-history.ts';

const watch = () => {
  const clock = new VirtualClock();
  const running: { failure?: unknown } = {};
  const stop = new AbortController();
  const ended: unknown[] = [];
  void otherHistory(stop.signal, { running, clock, log: silentLog }).then((why) => ended.push(why));
  return { clock, running, stop, ended };
};
const failureOf = (code: string) => new TerminalFailure(code, { code });

describe('a process', () => {
  it('ends at once when the store that it was built from is another one now', async () => {
    const { clock, running, ended } = watch();
    await clock.advanceAsync(60_000);
    running.failure = failureOf('incarnation-changed');
    await clock.advanceAsync(1_000);
    expect(ended).toEqual([running.failure]);
  });

  it.each(['store-behind', 'bus-ahead'])(
    'that waits for a person (%s) says so for half a minute first',
    async (code) => {
      const { clock, running, ended } = watch();
      running.failure = failureOf(code);
      await clock.advanceAsync(25_000);
      expect(ended).toEqual([]);
      await clock.advanceAsync(10_000);
      expect(ended).toEqual([running.failure]);
    },
  );

  it('stays when what was wrong has passed, or would be no better after a start', async () => {
    const { clock, running, ended } = watch();
    running.failure = failureOf('bus-ahead');
    await clock.advanceAsync(25_000);
    running.failure = undefined;
    await clock.advanceAsync(10_000);
    running.failure = failureOf('message-unreadable');
    await clock.advanceAsync(60_000);
    expect(ended).toEqual([]);
  });

  it('that is told to stop ends for nothing else', async () => {
    const { clock, stop, ended } = watch();
    stop.abort();
    await clock.advanceAsync(0);
    expect(ended).toEqual([undefined]);
  });
});
