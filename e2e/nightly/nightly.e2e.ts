import { describe, expect, it } from '@jest/globals';
import { countsIn } from './programs.ts';

describe('the counts of a program that judges', () => {
  it('are those of its last line', () => {
    expect(countsIn('3 passed, 1 failed\n  and so on\n4 passed, 2 failed\n')).toEqual({ passed: 4, failed: 2 });
  });

  it.each(['', 'killed', '5 passed, 0 failed\nError: it could not end'])('are not taken from "%s"', (output) => {
    expect(countsIn(output)).toBeUndefined();
  });
});
