import { describe, expect, it } from '@jest/globals';
import { decodeBody } from './decode-body.ts';

const json = (text: string): unknown => decodeBody(text, false).value;
const yaml = (text: string): unknown => decodeBody(text, true).value;

describe('a body', () => {
  it.each([
    ['{"a":9007199254740993}', '"a": the number 9007199254740993'],
    ['{"a":[1,-9223372036854775807]}', '"a[1]": the number -9223372036854775807'],
    ['{"a":9223372036854775808}', '"a": the number 9223372036854775808'],
    ['{"a":1180591620717411303424}', '"a": the number 1180591620717411303424'],
    ['{"a":1e400}', '"a": the number 1e400'],
    ['{"a":-1E309}', '"a": the number -1E309'],
  ])('with a number that would be rounded is refused by field: %s', (text, said) => {
    expect(() => json(text)).toThrow(said);
  });

  it.each([
    '9007199254740991',
    '9007199254740992',
    '-9007199254740994',
    '1e22',
    '10000000000000000000000',
    '-1200000000000000000000',
    '0.1000000000000000055511151231257827',
  ])('keeps the number %s as it is', (text) => expect(json(`{"a":${text}}`)).toEqual({ a: JSON.parse(text) }));

  it.each([3_000, 100_000])('nested %d deep is refused, not a reason for a stack to overflow', (depth) => {
    expect(() => json('['.repeat(depth) + ']'.repeat(depth))).toThrow('nested too deep');
    expect(() => json('{"a":'.repeat(depth) + '1' + '}'.repeat(depth))).toThrow('500 deep at most');
    expect(() => yaml(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`)).toThrow('nested too deep');
  });

  it('nested as deep as is allowed is read', () => {
    expect(() => json('['.repeat(500) + ']'.repeat(500))).not.toThrow();
  });

  it.each([
    ['a: .nan', 'the number .nan'],
    ['a: -.inf', 'the number -.inf'],
    ['a: 9007199254740993', 'the number 9007199254740993'],
    ['a: 0x20000000000001', 'the number 0x20000000000001'],
    ['{? {x: y} : z}\nb: 1', 'not valid'],
    ['a: b\n? [c]\n: d', 'a key is a list or a map'],
    ['a: !!binary aGk=', 'not valid YAML: the tag tag:yaml.org,2002:binary'],
    ['a: "\\ud800"', 'half of a surrogate pair'],
    ['a: &a\n  b: *a', 'nested too deep'],
    [
      [
        'a: &a [x, x, x]',
        'b: &b [*a, *a, *a]',
        'c: &c [*b, *b, *b]',
        'd: &d [*c, *c, *c, *c, *c]',
        'e: [*d, *d, *d, *d]',
      ].join('\n'),
      'alias',
    ],
  ])('of YAML that no JSON can say is refused: %j', (text, said) => expect(() => yaml(text)).toThrow(said));

  it('of YAML is read as the JSON that it stands for', () => {
    expect(yaml('a: 0x10\nb: &x [1.5, ~]\nc: *x\n1: yes')).toEqual({ a: 16, b: [1.5, null], c: [1.5, null], 1: 'yes' });
  });
});
