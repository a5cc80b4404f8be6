import { validateOverridePolicy } from './validate-override-policy.ts';

const SECRET = { apiVersion: 'v1', kind: 'Secret' };
const ANY = { apiVersion: '*', kind: '*' };

const refusals = (operation: object, selects: object[] = [ANY]): string[] =>
  validateOverridePolicy({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'OverridePolicy',
    metadata: { name: 'p' },
    spec: { selects, rules: [{ operations: [operation] }] },
  } as never).map(({ field, value, why }) => `${field} ${JSON.stringify(value)}: ${why}`);

const patch = (path: string, value: unknown = 'x', op = 'add'): object => ({ jsonPatch: [{ op, path, value }] });

describe('an override policy that names Secrets', () => {
  it.each([
    [{ image: { tag: '2' } }, 'image', '{"tag":"2"}'],
    [{ env: { set: { A: '1' } } }, 'env', '{"set":{"A":"1"}}'],
    [patch('/data/key'), 'jsonPatch[0].path', '"/data/key"'],
    [patch('/metadata/labels', { a: 'b' }), 'jsonPatch[0].path', '"/metadata/labels"'],
    [patch('/metadata/annotations/a/b'), 'jsonPatch[0].path', '"/metadata/annotations/a/b"'],
  ])('is refused by field, value and what is allowed for %j', (operation, field, value) => {
    expect(refusals(operation, [{ apiVersion: 'apps/v1', kind: 'Deployment' }, SECRET])).toEqual([
      `spec.rules[0].operations[0].${field} ${value}: spec.selects[1] names Secrets, of which overrides touch metadata only; ` +
        'allowed: labels, annotations, and jsonPatch of /metadata/labels/<key> and /metadata/annotations/<key>',
    ]);
  });

  it.each([
    { labels: { set: { tier: 'gold' } } },
    { annotations: { remove: ['note'] } },
    patch('/metadata/labels/tier'),
    patch('/metadata/annotations/example.com~1owner', 'sea', 'replace'),
    patch('/metadata/labels/tier', undefined, 'remove'),
  ])('may do %j', (operation) => expect(refusals(operation, [{ ...SECRET, apiVersion: '*' }])).toEqual([]));

  it('is meant by kind and version only: a Secret of another group is an ordinary object', () => {
    expect(refusals({ image: { tag: '2' } }, [{ apiVersion: 'example.com/v1', kind: 'Secret' }])).toEqual([]);
    expect(refusals({ image: { tag: '2' } }, [ANY])).toEqual([]);
  });
});

describe('an override of any object', () => {
  it.each([
    '/metadata/name',
    '/metadata/namespace',
    '/metadata/uid',
    '/metadata/ownerReferences/-',
    '/metadata/finalizers',
    '/metadata',
    '/kind',
    '/apiVersion',
    '/status/replicas',
  ])('cannot change which object it is, who owns it or its status: %s', (path) => {
    expect(refusals(patch(path))).toEqual([
      `spec.rules[0].operations[0].jsonPatch[0].path "${path}": an override cannot change which object it is or who owns it; ` +
        'allowed in metadata: labels and annotations',
    ]);
  });

  it.each([
    [{ labels: { set: { 'skerry.dev/managed': 'no' } } }, 'labels.set "skerry.dev/managed"'],
    [{ labels: { remove: ['skerry.dev/managed'] } }, 'labels.remove "skerry.dev/managed"'],
    [{ annotations: { set: { 'skerry.dev/uid': 'u2' } } }, 'annotations.set "skerry.dev/uid"'],
    [patch('/metadata/annotations/skerry.dev~1uid'), 'jsonPatch[0].path "skerry.dev/uid"'],
    [patch('/metadata/labels', { 'skerry.dev/managed': 'no' }), 'jsonPatch[0].path "skerry.dev/managed"'],
  ])('cannot write what Skerry finds it by: %j', (operation, said) => {
    expect(refusals(operation)).toEqual([
      `spec.rules[0].operations[0].${said}: keys below skerry.dev/ are written by Skerry only; allowed: any other key`,
    ]);
  });

  it('may patch everything else, and whole maps of labels', () => {
    for (const operation of [patch('/spec/replicas', 2), patch('/metadata/labels', { a: 'b' }), patch('/metadatas')]) {
      expect(refusals(operation)).toEqual([]);
    }
  });

  it('gives a label a text', () => {
    expect(refusals(patch('/metadata/labels/tier', 1))).toEqual([
      'spec.rules[0].operations[0].jsonPatch[0].value 1: label "tier" has to be a text',
    ]);
  });

  it.each([5, 'x', ['x'], { a: 1 }, null])('gives all labels at once as a map of texts, not as %j', (value) => {
    expect(refusals(patch('/metadata/labels', value))).toEqual([
      `spec.rules[0].operations[0].jsonPatch[0].value ${JSON.stringify(value)}: labels have to be a map of texts`,
    ]);
  });

  it('is exactly one operation that is served', () => {
    expect(refusals({ command: ['a'] })).toEqual([
      'spec.rules[0].operations[0].command ["a"]: not served yet; served: image, env, labels, annotations, jsonPatch',
    ]);
    expect(refusals({ image: {}, env: {} })[0]).toContain('exactly one of');
    expect(refusals(patch('spec/replicas'))[0]).toContain('a JSON pointer such as /spec/replicas');
    expect(refusals(patch('/data/a~2'))[0]).toContain('in a name ~ is ~0');
    expect(refusals(patch('/a', 1, 'move'))[0]).toContain('allowed: add, replace, remove');
  });
});
