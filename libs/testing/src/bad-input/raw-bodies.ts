import fc from 'fast-check';
import { type Draw, nested, oneOf, onceIn, text } from './nasty.ts';

/** A body as bytes that says nothing of an object which would have to be kept: broken, or only strange. */
export interface RawBody {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

const good = (name: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'bé' } });

const bytes = (content: string): Buffer => Buffer.from(content, 'utf8');

const bomb = (levels: number): string =>
  [
    'a0: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: levels }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}x]`),
  ].join('\n');

const JSON_BODIES: readonly ((name: string, draw: Draw) => string | Uint8Array)[] = [
  (name, draw) => good(name).slice(0, draw(fc.nat, { max: good(name).length - 1 })),
  (name, draw) => bytes(good(name)).subarray(0, draw(fc.nat, { max: good(name).length })),
  (name) => Buffer.concat([bytes(good(name).slice(0, -3)), Buffer.from([0xc3, 0x28, 0xff, 0x22, 0x7d, 0x7d])]),
  (name, draw) => {
    const all = bytes(good(name));
    all[draw(fc.nat, { max: all.length - 1 })] = draw(fc.nat, { max: 255 });
    return all;
  },
  (name) => `\ufeff${good(name)}`,
  (name) => `${good(name)} trailing`,
  (name) => `${good(name)}${good(name)}`,
  (name) => Buffer.from(good(name), 'utf16le'),
  () => '',
  () => ' \n ',
  () => 'null',
  () => '[]',
  () => '"text"',
  () => '1e400',
  () => '{"metadata": NaN}',
  () => '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\\ud800"}}',
  () => '{"apiVersion":"v1","kind":"ConfigMap","metadata":null}',
  () => '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":null}}',
  (name) =>
    `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":{"a":"1","a":"2"},"__proto__":{}}`,
  (name, draw) =>
    `{"kind":"ConfigMap","metadata":{"name":"${name}"},"data":${nested(oneOf(draw, [40, 300, 3_000, 60_000]))}}`,
  (name, draw) => `{"metadata":{"name":"${name}","labels":${nested(oneOf(draw, [40, 300, 3_000]))}}}`,
  () => '['.repeat(100_000),
  (_, draw) => draw(fc.string, { unit: 'binary', maxLength: 200 }),
  (_, draw) => draw(fc.uint8Array, { maxLength: 200 }),
];

const YAML_BODIES: readonly ((name: string, draw: Draw) => string)[] = [
  (name) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${bomb(12)}\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata: &a\n  b: *a\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata:\n  <<: {c: d}\n  <<: [1]\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\n---\nkind: ConfigMap\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata:\n\ta: 1\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: .nan, b: .inf}\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: !!binary aGk=, b: !!js/function 'x'}\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata: {? {x: y} : z}\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata: {__proto__: {a: b}}\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\nimmutable: 9007199254740993\n`,
  (name) => `kind: ConfigMap\nmetadata: {name: ${name}}\ndata: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`,
  (name) =>
    `kind: ConfigMap\nmetadata: {name: ${name}}\ndata:\n${Array.from({ length: 3_000 }, (_, at) => `${' '.repeat(at + 1)}a:`).join('\n')}\n`,
  (name) => `%YAML 9.9\n---\nkind: ConfigMap\nmetadata: {name: ${name}}\n`,
  () => '*nobody',
  () => '? [a]\n: b',
  (_, draw) => draw(fc.string, { unit: 'binary', maxLength: 200 }),
];

const TYPES = [
  'application/json',
  'application/yaml',
  'application/json; charset=utf-16',
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/vnd.kubernetes.protobuf',
  'text/plain',
  'multipart/form-data',
  'constructor',
  '',
];

export const rawBody = (draw: Draw, name: string): RawBody => {
  const isYaml = onceIn(draw, 3);
  const body = oneOf(draw, isYaml ? YAML_BODIES : JSON_BODIES)(name, draw);
  const usual = isYaml ? 'application/yaml' : 'application/json';
  return { contentType: onceIn(draw, 4) ? oneOf(draw, TYPES) : usual, body };
};

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test', 'constructor', ''];

/** A patch for a ConfigMap that is there: what becomes of it is for the answer to say. */
export const rawPatch = (draw: Draw): RawBody => {
  const kind = oneOf(draw, ['application/json-patch+json', 'application/merge-patch+json'] as const);
  if (onceIn(draw, 4)) return { contentType: kind, body: rawBody(draw, 'a').body };
  const path = oneOf(draw, [
    '/data/a',
    '/data',
    '',
    '/',
    '/metadata/name',
    '/metadata',
    '/data/-',
    '/data/a/b',
    text(draw),
  ]);
  const from = oneOf(draw, ['/data/a', '/data', '', '/nowhere']);
  const patch = [{ op: oneOf(draw, OPERATIONS), path, from, value: text(draw) }];
  const merge = {
    data: { a: text(draw), [oneOf(draw, ['b', 'constructor', ''])]: null },
    metadata: { labels: { a: text(draw) } },
  };
  return { contentType: kind, body: JSON.stringify(kind.startsWith('application/json-patch') ? patch : merge) };
};
