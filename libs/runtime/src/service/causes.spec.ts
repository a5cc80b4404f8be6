import { expect, it } from '@jest/globals';
import { someMeta } from '@skerry/testing/builders/append';
import { Causes } from './causes.ts';

const of = (eventId: string) => ({ eventId, meta: someMeta });

it('the causes of decisions are bounded: the later half stays, what was noted longest ago is forgotten', () => {
  const causes = new Causes(4);
  for (const [at, key] of ['a', 'b', 'c', 'a', 'd'].entries()) causes.note(key, of(String(at)));
  expect(['a', 'b', 'c', 'd'].map((key) => causes.of(key)?.causationId)).toEqual(['3', undefined, '2', '4']);
  const many = Array.from({ length: 1_000 }, (_, at) => String(at));
  for (const key of many) causes.note(key, of(key));
  const kept = many.filter((key) => causes.of(key) !== undefined);
  expect(kept.length).toBeLessThanOrEqual(4);
  expect(kept.slice(-2)).toEqual(['998', '999']);
});

it('noting more keys than are kept costs as much as noting so many that all are', () => {
  const keys = Array.from({ length: 30_000 }, (_, at) => `key-${at}`);
  const fastestOf = (causes: Causes): number => {
    const rounds = Array.from({ length: 4 }, () => {
      const startMs = performance.now();
      for (const key of keys) causes.note(key, of(key));
      return performance.now() - startMs;
    });
    return Math.min(...rounds.slice(1));
  };
  expect(fastestOf(new Causes(20_000))).toBeLessThan(8 * fastestOf(new Causes(100_000)) + 20);
});

it('a cause that was noted while its key was decided stays for the next decision', () => {
  const causes = new Causes();
  causes.note('a', of('1'));
  const first = causes.of('a');
  causes.note('a', of('2'));
  causes.forget('a', first);
  expect(causes.of('a')?.causationId).toBe('2');
  causes.forget('a', causes.of('a'));
  expect(causes.of('a')).toBeUndefined();
});
