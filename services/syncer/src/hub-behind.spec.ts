import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import { hubBehind, untilKnown } from './hub-behind.ts';

/** Whoever acted here before had order 12; this one has those up to `has`, and `more` once it has asked. */
const syncer = ({ has, more }: { has: number; more: number | Error }) => {
  const state = { has };
  return {
    through: 12,
    followed: () => state.has,
    catchUp: async () => {
      if (more instanceof Error) throw more;
      state.has = more;
    },
    head: () => 20,
    state,
  };
};
const away = new TransientFailure('the hub is away');
const other = new TerminalFailure('the incarnation is another', { code: 'incarnation-changed' });

describe('a syncer that takes over a cluster', () => {
  it.each([
    ['acts at once on all the orders that there were before', { has: 12, more: away }, 'current'],
    ['acts when the hub has the orders that it missed', { has: 9, more: 14 }, 'current'],
    ['asks again while the hub cannot be asked', { has: 9, more: away }, 'unknown'],
  ])('%s', async (_what, has, answer) => {
    expect(await hubBehind(syncer(has))).toBe(answer);
  });

  it('refuses when the hub has no more, and names the command', async () => {
    const refusal = await hubBehind(syncer({ has: 9, more: 9 }));
    expect(refusal).toMatchObject({ code: 'store-behind' });
    expect(String(refusal)).toContain('the store ends at 20, 12 was folded from it');
    expect(String(refusal)).toContain('skerry store adopt-restored');
  });

  it('refuses when what it follows has another history', async () => {
    expect(await hubBehind(syncer({ has: 9, more: other }))).toBe(other);
  });

  it('does nothing until it knows, and says so once', async () => {
    const parts = syncer({ has: 9, more: away });
    let [pauses, said] = [0, 0];
    const pause = async (): Promise<void> => {
      pauses += 1;
      if (pauses === 3) parts.state.has = 12;
    };
    const answer = await untilKnown(parts, { isActing: () => true, pause, onUnknown: () => void (said += 1) });
    expect([answer, pauses, said]).toEqual(['current', 3, 1]);
  });

  it('asks no more when it has lost its lease', async () => {
    const asking = { isActing: () => false, pause: () => Promise.resolve(), onUnknown: () => {} };
    expect(await untilKnown(syncer({ has: 9, more: away }), asking)).toBe('over');
  });
});
