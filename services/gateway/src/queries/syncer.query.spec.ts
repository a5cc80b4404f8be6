import { lastOrders } from './syncer.query.ts';

describe('the orders that a syncer reads', () => {
  it('are the latest of their kind by time, whatever zone they are written in', () => {
    const at = (text: string) => ({ what: 'withdrawals', at: text }) as const;
    const confirmations = [
      at('2026-01-01T10:00:00+02:00'),
      at('2026-01-01T09:00:00Z'),
      at('2025-12-31T23:30:00-02:00'),
    ];
    expect(lastOrders(confirmations, 'i1').withdrawals).toBe('2026-01-01T09:00:00Z');
    expect(lastOrders([at('soon')], 'i1').withdrawals).toBeUndefined();
  });

  it('let a restore go on only when they name what the hub is now', () => {
    const of = (incarnation?: string) =>
      ({ what: 'restore', at: '2026-01-01T09:00:00Z', ...(incarnation && { incarnation }) }) as const;
    expect(lastOrders([of('i0'), of()], 'i1').restore).toBeUndefined();
    expect(lastOrders([of('i1'), of()], 'i1').restore).toBe('2026-01-01T09:00:00Z');
  });
});
