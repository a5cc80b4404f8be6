import fc from 'fast-check';

/** Draws from an arbitrary: what `fc.gen()` hands out. */
export type Draw = fc.GeneratorValue;

export const oneOf = <T>(draw: Draw, choices: readonly T[]): T => choices[draw(fc.nat, { max: choices.length - 1 })]!;

/** True once in so many. */
export const onceIn = (draw: Draw, count: number): boolean => draw(fc.nat, { max: count - 1 }) === 0;

const TEXTS: readonly string[] = [
  '',
  ' ',
  'a',
  'A',
  '-',
  '.',
  '..',
  '0',
  '~1',
  '%2e%2e',
  '%00',
  'a/b',
  'a.b',
  'a b',
  'a\nb',
  'a\r\nb: c',
  '\0',
  'a\u0001b',
  '\u007f',
  '\ud800',
  'x\udc00y',
  '\ufeffa',
  '\ufffe',
  'é',
  'e\u0301',
  '😀',
  'ﷺ',
  '\u202eabc',
  '\u2028',
  'true',
  'null',
  'yes',
  '1e3',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  '*',
  '>',
  '$ref',
  "'; DROP TABLE events; --",
  '{{.Values}}',
  '${jndi:ldap://x}',
  '(a+)+$',
  'skerry.dev/uid',
  'skerry.dev/managed',
  'a'.repeat(63),
  'a'.repeat(64),
  'a'.repeat(253),
  'a'.repeat(254),
  'é'.repeat(120),
  'x'.repeat(5_000),
];

export const text = (draw: Draw): string =>
  onceIn(draw, 4) ? draw(fc.string, { unit: 'binary', maxLength: 40 }) : oneOf(draw, TEXTS);

/** JSON holds numbers that a double does not: they go out as they are written. */
const rawNumber = (digits: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits);

const NUMBERS: readonly unknown[] = [
  0,
  1,
  -1,
  1.5,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53 - 1,
  2 ** 53,
  1e21,
  ...['-0', '1.0', '9007199254740993', '9223372036854775807', '9223372036854775808', '1e400', '1e-400'].map(rawNumber),
  ...['123456789012345678901234567890', '0.1000000000000000055511151231257827', '5e-324', '-1e400'].map(rawNumber),
];

export const number = (draw: Draw): unknown => oneOf(draw, NUMBERS);

const KEYS: readonly string[] = [
  'a',
  'spec',
  'name',
  'kind',
  'metadata',
  'labels',
  '',
  ' ',
  'a/b',
  '__proto__',
  'constructor',
];

export const key = (draw: Draw): string => (onceIn(draw, 3) ? text(draw) : oneOf(draw, KEYS));

/** A JSON value of any kind, small; own keys also where their name is `__proto__`. */
export const value = (draw: Draw, depth = 2): unknown => {
  const kind = draw(fc.nat, { max: depth > 0 ? 8 : 6 });
  if (kind === 0) return null;
  if (kind === 1) return draw(fc.boolean);
  if (kind <= 3) return number(draw);
  if (kind <= 6) return text(draw);
  const count = draw(fc.nat, { max: 3 });
  if (kind === 7) return Array.from({ length: count }, () => value(draw, depth - 1));
  const made: Record<string, unknown> = {};
  for (let index = 0; index < count; index++) setOwn(made, key(draw), value(draw, depth - 1));
  return made;
};

/** `object[key] = …` sets the prototype where the key is `__proto__`. */
export const setOwn = (object: object, name: string, to: unknown): void => {
  Object.defineProperty(object, name, { value: to, enumerable: true, configurable: true, writable: true });
};

/** Lists in lists in maps, so many deep. */
export const nested = (depth: number): string => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`;
