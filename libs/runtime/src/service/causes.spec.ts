import { expect, it } from '@jest/globals';
import { someMeta } from '@skerry/testing/builders/append';
import { Causes } from './causes.ts';

const of = (eventId: string) => ({ eventId, meta: someMeta });

it('the causes of decisions are bounded: the one noted longest ago is forgotten first', () => {
  const causes = new Causes(2);
  causes.note('a', of('1'));
  causes.note('b', of('2'));
  causes.note('a', of('3'));
  causes.note('c', of('4'));
  expect(['a', 'b', 'c'].map((key) => causes.of(key)?.causationId)).toEqual(['3', undefined, '4']);
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
