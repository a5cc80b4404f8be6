import { describe, expect, it } from '@jest/globals';
import { untilOrStopped } from './until-stopped.ts';

const never = new Promise<string>(() => undefined);
const aborted = (): AbortSignal => AbortSignal.abort();

describe('work that may be stopped', () => {
  it('gives its own outcome while nobody stops it', async () => {
    const { signal: stop } = new AbortController();
    await expect(untilOrStopped(Promise.resolve('done'), { stop })).resolves.toBe('done');
    await expect(untilOrStopped(Promise.reject(new Error('no')), { stop })).rejects.toThrow('no');
  });

  it('that ends after the stop is undone, and counts as interrupted', async () => {
    const stopping = new AbortController();
    const undone: string[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    const undo = async (late: string): Promise<void> => void undone.push(late);
    const outcome = untilOrStopped(promise, { stop: stopping.signal, undo });
    stopping.abort();
    resolve('started late');
    await expect(outcome).rejects.toMatchObject({ code: 'interrupted' });
    expect(undone).toEqual(['started late']);
  });

  it('that ends after the stop leaves no timer that would keep the process', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const { promise, reject } = Promise.withResolvers<string>();
    const outcome = untilOrStopped(promise, { stop: aborted() });
    reject(new Error('its database went'));
    await expect(outcome).rejects.toMatchObject({ code: 'interrupted' });
    expect(timers()).toBe(before);
  });

  it('that fails after the stop counts as interrupted too: stopping made it fail', async () => {
    const failing = Promise.reject(new Error('its database went'));
    await expect(untilOrStopped(failing, { stop: aborted(), graceMs: 1_000 })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('that goes on is waited for no longer than the grace', async () => {
    const undo = (): Promise<void> => Promise.reject(new Error('there is nothing to undo'));
    await expect(untilOrStopped(never, { stop: aborted(), undo, graceMs: 1 })).rejects.toMatchObject({
      code: 'interrupted',
    });
  });
});
