import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scanJson } from './scan-json.ts';

describe('looking through JSON for what a parser loses', () => {
  it.each<[string, string[]]>([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1,"c":[{"d":1,"d":2}],"b":3}}', ['a.c[0].d', 'a.b']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"a\\"b":1 , "a\\"b" : 2}', ['a"b']],
    ['[1,{"x":"}","x":"{"}]', ['[1].x']],
    ['{"a":"\\\\","b":"\\\\"}', []],
    ['{}', []],
  ])('finds the keys that stand twice in %s', (text, duplicates) => {
    JSON.parse(text);
    expect(scanJson(text).duplicates).toEqual(duplicates);
  });

  it('finds a key that would be taken for a prototype', () => {
    expect(scanJson('{"data":{"__proto__":"x"}}').prototypeKey).toBe('data.__proto__');
  });

  it('finds nothing in what a serialiser wrote', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(scanJson(JSON.stringify(JSON.parse(text))).duplicates).toEqual([]);
      }),
    );
  });
});
