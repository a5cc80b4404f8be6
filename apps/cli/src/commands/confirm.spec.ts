import { withConfirmation } from './confirm.ts';

const at = (minute: number): string => new Date(minute * 60_000).toISOString();
const withdrawals = (minute: number) => ({ what: 'withdrawals', at: at(minute) }) as const;

describe('the confirmations of a cluster', () => {
  it('are kept as history, the last ten of each kind', () => {
    const restore = { what: 'restore', at: at(0), incarnation: 'i1' } as const;
    let confirmations = withConfirmation(undefined, restore);
    for (let minute = 1; minute <= 30; minute += 1)
      confirmations = withConfirmation(confirmations, withdrawals(minute));
    expect(confirmations[0]).toEqual(restore);
    expect(confirmations.slice(1)).toEqual(Array.from({ length: 10 }, (_, index) => withdrawals(21 + index)));
  });

  it('go when they claim to be later than the one that is given now', () => {
    const confirmations = withConfirmation([withdrawals(1), withdrawals(90), withdrawals(2)], withdrawals(3));
    expect(confirmations).toEqual([withdrawals(1), withdrawals(2), withdrawals(3)]);
  });
});
