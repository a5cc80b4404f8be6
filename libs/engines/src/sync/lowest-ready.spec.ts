import { LowestReady } from './lowest-ready.ts';

describe('the lowest ready count between reports', () => {
  it('shows a dip that was over before the report was made', () => {
    const lowest = new LowestReady();
    for (const ready of [3, 1, 3]) lowest.saw('web', ready);
    expect(lowest.take('web', 3)).toBe(1);
  });

  it('starts anew with the present count once a report has arrived', () => {
    const lowest = new LowestReady();
    for (const ready of [3, 1, 3]) lowest.saw('web', ready);
    lowest.take('web', 3);
    lowest.confirm('web');
    expect(lowest.take('web', 3)).toBe(3);
  });

  it('repeats a dip whose report was lost', () => {
    const lowest = new LowestReady();
    lowest.saw('web', 0);
    lowest.take('web', 3);
    expect(lowest.take('web', 3)).toBe(0);
  });

  it('does not lose a dip that comes while a report is on its way', () => {
    const lowest = new LowestReady();
    lowest.saw('web', 3);
    lowest.take('web', 3);
    lowest.saw('web', 2);
    lowest.confirm('web');
    expect(lowest.take('web', 3)).toBe(2);
  });
});
