import { Holds } from './holds.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const LIMIT = 50;

/** A guard that has let go all that it may, and the orders that a person writes meanwhile. */
const stage = () => {
  const holds = new Holds('north');
  const read = (order: string | undefined, minute: number): void =>
    holds.takeWithdrawalOrder(
      { withdrawals: order, restore: undefined },
      { nowMs: minute * 60_000, now: new Date(NOON + minute * 60_000) },
    );
  const goes = (minute: number): boolean => holds.take('move', { nowMs: minute * 60_000, held: 10 }) === '';
  const exhaust = (minute: number): void => {
    for (let index = 0; index < LIMIT; index += 1) goes(minute);
  };
  const isShut = (minute: number): boolean => holds.isGuardShut({ nowMs: minute * 60_000, held: 10 });
  return { read, goes, exhaust, isShut };
};

it('the guard is shut from the last that it let go until the window is over', () => {
  const { goes, exhaust, isShut } = stage();
  goes(0);
  expect(isShut(0)).toBe(false);
  exhaust(0);
  expect([isShut(0), isShut(9), isShut(10)]).toEqual([true, true, false]);
});

describe('an order to let withdrawals go', () => {
  it('opens the guard when it comes, and once', () => {
    const { read, goes, exhaust } = stage();
    read(undefined, 0);
    exhaust(0);
    expect(goes(1)).toBe(false);
    read('2026-11-22T12:01:00Z', 1);
    expect(goes(1)).toBe(true);
    read('2026-11-22T12:01:00Z', 12);
    exhaust(12);
    expect(goes(12)).toBe(false);
  });

  it('that shows again because the one after it was removed is none', () => {
    const { read, goes, exhaust } = stage();
    read('2026-11-22T11:00:00Z', 0);
    exhaust(0);
    read('2026-11-22T10:00:00Z', 1);
    read(undefined, 1);
    read('2026-11-22T11:00:00Z', 1);
    expect(goes(1)).toBe(false);
    read('2026-11-22T12:01:00Z', 1);
    expect(goes(1)).toBe(true);
  });

  it('is later than another by its time, not by its text', () => {
    const { read, goes, exhaust } = stage();
    read('2026-11-22T11:00:00Z', 0);
    exhaust(0);
    read('2026-11-22T12:30:00+02:00', 1);
    expect(goes(1)).toBe(false);
    read('2026-11-22T10:00:00-02:00', 1);
    expect(goes(1)).toBe(true);
  });

  it('of a clock that is ahead counts once, from when it is seen, and hides no later one', () => {
    const { read, goes, exhaust } = stage();
    read(undefined, 0);
    exhaust(0);
    read('2026-11-22T12:20:00Z', 1);
    expect(goes(1)).toBe(true);
    exhaust(12);
    read('2026-11-22T12:20:00Z', 12);
    expect(goes(12)).toBe(false);
    read('2026-11-22T12:13:00Z', 13);
    expect(goes(13)).toBe(true);
    read('2026-11-22T12:20:00Z', 25);
    exhaust(25);
    expect(goes(25)).toBe(false);
  });

  it('that was there at the start opens what its time has left of the window, and nothing when its time is to come', () => {
    for (const [order, isOpen] of [
      ['2026-11-22T11:51:00Z', true],
      ['2026-11-22T11:49:00Z', false],
      ['2026-11-22T12:04:00Z', true],
      ['2099-01-01T00:00:00Z', false],
    ] as const) {
      const { read, goes, exhaust } = stage();
      exhaust(0);
      read(order, 0);
      expect([order, goes(0)]).toEqual([order, isOpen]);
    }
  });
});
