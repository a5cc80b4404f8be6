import { Departed } from './departed.ts';

describe('what is over', () => {
  it('is due a minute after it was noted first, once', () => {
    const departed = new Departed();
    departed.note('a', 0);
    departed.note('b', 30_000);
    departed.note('a', 50_000);
    expect([...departed.due(59_999)]).toEqual([]);
    expect([...departed.due(60_000)]).toEqual(['a']);
    expect([...departed.due(90_000)]).toEqual(['b']);
    expect(departed.size).toBe(0);
  });

  it('is not due while something is left of it again, and its minute begins anew', () => {
    const departed = new Departed();
    departed.note('a', 0);
    departed.keep(() => false);
    departed.note('a', 50_000);
    expect([...departed.due(60_000)]).toEqual([]);
    expect([...departed.due(110_000)]).toEqual(['a']);
  });
});
