import type { OverrideOperation } from '@skerry/api/override-policy/override-policy';
import type { OverrideSource } from './render.ts';
import { refusalOf, refusedOverrides } from './refused.ts';

const cluster = { name: 'a', labels: {}, region: '', zone: '', provider: '' };
const source = (name: string, operations: readonly OverrideOperation[]): OverrideSource => ({
  kind: 'OverridePolicy',
  namespace: 'shop',
  name,
  uid: name,
  generation: 1,
  spec: { selects: [{ apiVersion: '*', kind: '*' }], rules: [{ operations }, { operations }] },
});
const add = (path: string): OverrideOperation => ({ jsonPatch: [{ op: 'add', path, value: '1' }] });
const refused = (sources: OverrideSource[], sealed = true) => refusedOverrides(sources, { cluster, sealed });

describe('what an object does not get of an override policy', () => {
  it('is said in one line, however many operations it is', () => {
    const many = Array.from({ length: 150 }, (_, n) => add(`/spec/x${n}`));
    expect(refused([source('many', [...many, { image: { tag: '2' } }, { env: {} }])])).toEqual([
      'OverridePolicy many: image, env, jsonPatch of /spec/x0, /spec/x1, /spec/x2, and 147 more is left out; ' +
        'of a Secret allowed: labels, annotations, and jsonPatch of /metadata/labels/<key> and /metadata/annotations/<key>',
    ]);
  });

  it('fits into a quarter of an event, whatever there is', () => {
    const long = `/spec/${'ü'.repeat(5_000)}`;
    const sources = Array.from({ length: 300 }, (_, n) =>
      source(
        `${n}-${'p'.repeat(250)}`,
        Array.from({ length: 20 }, (_none, m) => add(`${long}${m}`)),
      ),
    );
    const lines = refused(sources);
    expect(lines).toHaveLength(17);
    expect(lines.at(-1)).toBe('and 284 more');
    expect(Buffer.byteLength(lines.join(''))).toBeLessThan(16_384);
    expect(lines[0]).toMatch(
      /^OverridePolicy 0-p+: jsonPatch of \/spec\/ü+…, .* and 17 more is left out; of a Secret allowed/,
    );
  });

  it.each([
    [add('/metadata/name'), 'jsonPatch of /metadata/name', 'an override cannot change which object it is'],
    [add('/metadata/ownerReferences'), 'jsonPatch of /metadata/ownerReferences', 'an override cannot change'],
    [add('/kind'), 'jsonPatch of /kind', 'an override cannot change which object it is'],
    [{ labels: { remove: ['skerry.dev/managed'] } }, 'labels', 'keys below skerry.dev/ are written by Skerry only'],
    [
      { annotations: { set: { 'skerry.dev/uid': 'x' } } },
      'annotations',
      'keys below skerry.dev/ are written by Skerry',
    ],
  ])('is also what was stored before it was refused: %j', (operation, what, why) => {
    expect(refusalOf(operation, false)).toContain(why);
    expect(refused([source('old', [operation, { labels: { set: { a: 'b' } } }])], false)).toEqual([
      expect.stringContaining(`OverridePolicy old: ${what} is left out; ${why}`),
    ]);
  });

  it('is nothing where it can take all', () => {
    expect(refused([source('fine', [{ labels: { set: { a: 'b' } } }])])).toEqual([]);
    expect(refused([source('fine', [add('/spec/x'), { image: { tag: '2' } }])], false)).toEqual([]);
  });
});
