import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonPatch, type JsonPatchOperation } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';

describe('a JSON patch', () => {
  it.each<[string, unknown, JsonPatchOperation[], unknown]>([
    ['adds to an object', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['inserts into a list', [1, 3], [{ op: 'add', path: '/1', value: 2 }], [1, 2, 3]],
    ['appends', [1], [{ op: 'add', path: '/-', value: 2 }], [1, 2]],
    ['removes', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['replaces', { a: [1, 2] }, [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
    ['moves', { a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    ['copies', { a: [1] }, [{ op: 'copy', from: '/a', path: '/b' }], { a: [1], b: [1] }],
    [
      'reads escapes',
      { 'a/b': 1, 'c~d': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'remove', path: '/c~0d' },
      ],
      {},
    ],
    ['replaces everything', { a: 1 }, [{ op: 'replace', path: '', value: 2 }], 2],
    ['tests', { a: { b: 1 } }, [{ op: 'test', path: '/a', value: { b: 1 } }], { a: { b: 1 } }],
  ])('%s', (_title, target, operations, wanted) => {
    const before = JSON.stringify(target);
    expect(jsonPatch(target, operations)).toEqual(wanted);
    expect(JSON.stringify(target)).toBe(before);
  });

  it.each<[string, unknown, JsonPatchOperation, RegExp]>([
    ['removes what is not there', {}, { op: 'remove', path: '/a' }, /operation 0 \(remove \/a\): nothing at "a"/],
    ['replaces what is not there', {}, { op: 'replace', path: '/a', value: 1 }, /nothing at "a"/],
    ['adds below what is not there', {}, { op: 'add', path: '/a/b', value: 1 }, /nothing at "a"/],
    ['inserts behind the end', [1], { op: 'add', path: '/3', value: 1 }, /no index "3"/],
    ['fails a test', { a: 1 }, { op: 'test', path: '/a', value: 2 }, /the test failed/],
    ['reaches for the prototype', {}, { op: 'add', path: '/__proto__', value: 1 }, /__proto__/],
    ['writes a ~ that is no escape', { 'a~2': 1 }, { op: 'remove', path: '/a~2' }, /written ~0/],
    ['uses an unknown operation', {}, { op: 'merge', path: '/a' }, /allowed are add, remove/],
  ])('is refused when it %s', (_title, target, operation, message) => {
    expect(() => jsonPatch(target, [operation])).toThrow(message);
  });
});

describe('a JSON patch whose work grows with every operation', () => {
  it('ends at a million values, however few its operations are', () => {
    const doubling = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '', path: `/c${index}` }));
    expect(() => jsonPatch({ a: 1 }, doubling)).toThrow(/read 1000000 values at most/);
    const list = Array.from({ length: 1_000 }, (_, index) => index);
    const tests = Array.from({ length: 9_000 }, () => ({ op: 'test', path: '/list', value: list }));
    expect(() => jsonPatch({ list }, tests)).toThrow(/read 1000000 values at most/);
  });
});

describe('a merge patch', () => {
  it.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j is %j', (target, patch, wanted) => {
    expect(mergePatch(target, patch)).toEqual(wanted);
  });

  it('changes nothing when it is repeated', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()), fc.jsonValue(), (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});
