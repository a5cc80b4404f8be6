import { applyJsonPatch, PatchMismatch } from './json-patch.ts';
import { applyOverride, parseImage } from './override.ts';
import { memberManifest, operationsFor, overridesFor, type OverrideSource, render } from './render.ts';
import { refusedOverrides } from './refused.ts';
import { metadataPatch } from './sealed.ts';

const web: any = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '7',
    managedFields: [],
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'skerry.dev/retry': '2026-01-01T00:00:00Z',
      'skerry.dev/withdraw': 'false',
      team: 'sea',
    },
  },
  spec: {
    replicas: 6,
    template: {
      spec: {
        containers: [
          { name: 'web', image: 'registry.example/shop/web:1.0', env: [{ name: 'A', value: '1' }] },
          { name: 'log', image: 'log:1' },
        ],
      },
    },
  },
  status: { replicas: 6 },
};
const containers = (object: any) => object.spec.template.spec.containers;

describe('what a member gets', () => {
  it("is the object without status, the hub's bookkeeping and orders to the hub, marked with the hub's uid", () => {
    const manifest = memberManifest(web, 'u1') as any;
    expect(manifest.metadata).toEqual({
      name: 'web',
      namespace: 'shop',
      annotations: { team: 'sea', 'skerry.dev/uid': 'u1' },
      labels: { 'skerry.dev/managed': 'true' },
    });
    expect(manifest.status).toBeUndefined();
  });
  it('has the told replicas, whatever an override says', () => {
    const operations = [{ jsonPatch: [{ op: 'replace' as const, path: '/spec/replicas', value: 99 }] }];
    expect((render({ object: web, uid: 'u1', operations, replicas: 2 }) as any).spec.replicas).toBe(2);
  });
  it('is not changed by rendering', () => {
    const before = JSON.stringify(web);
    render({
      object: web,
      uid: 'u1',
      operations: [{ image: { tag: '2' } }, { labels: { set: { a: 'b' } } }],
      replicas: 1,
    });
    expect(JSON.stringify(web)).toBe(before);
  });
});

describe('an override', () => {
  it('of an image changes the parts that it names, in all containers or in one', () => {
    expect(containers(applyOverride(web, { image: { tag: '2.0' } })).map((one: any) => one.image)).toEqual([
      'registry.example/shop/web:2.0',
      'log:2.0',
    ]);
    expect(containers(applyOverride(web, { image: { container: 'log', registry: 'mirror:5000' } }))[1].image).toBe(
      'mirror:5000/log:1',
    );
  });
  it('of the environment sets and removes by name', () => {
    const edited = containers(applyOverride(web, { env: { container: 'web', set: { B: '2' }, remove: ['A'] } }));
    expect(edited[0].env).toEqual([{ name: 'B', value: '2' }]);
    expect(edited[1].env).toBeUndefined();
  });
  it('goes to the clusters of its rule, cluster-wide ones first', () => {
    const source = (name: string, kind: OverrideSource['kind'], tag: string): OverrideSource => ({
      kind,
      namespace: kind === 'OverridePolicy' ? 'shop' : '',
      name,
      uid: name,
      generation: 1,
      spec: {
        selects: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],
        rules: [{ clusters: { names: ['c2'] }, operations: [{ image: { tag } }] }],
      },
    });
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', labels: {} };
    const found = overridesFor(object, [
      source('a', 'OverridePolicy', 'own'),
      source('z', 'ClusterOverridePolicy', 'all'),
    ]);
    const cluster = { name: 'c2', labels: {}, region: '', zone: '', provider: '' };
    expect(operationsFor(found, cluster).map((one) => one.image?.tag)).toEqual(['all', 'own']);
    expect(operationsFor(found, { ...cluster, name: 'c1' })).toEqual([]);
  });
  it('on a sealed body touches metadata only, by a label or annotation or by its pointer', () => {
    const patched = metadataPatch([
      { labels: { set: { a: 'b' }, remove: ['c'] } },
      { image: { tag: '2' } },
      { jsonPatch: [{ op: 'replace', path: '/metadata/labels/a', value: 'later' }] },
      { jsonPatch: [{ op: 'remove', path: '/metadata/annotations/example.com~1note' }] },
    ]);
    expect(patched).toEqual({
      metadata: { labels: { a: 'later', c: null }, annotations: { 'example.com/note': null } },
    });
    expect(metadataPatch([{ image: { tag: '2' } }])).toBeUndefined();
  });

  it('on a sealed body is left out whole where any step of it is about more, and says so by policy and operation', () => {
    const steps = [
      { op: 'add' as const, path: '/metadata/labels/a', value: 'b' },
      { op: 'add' as const, path: '/data/key', value: 'AAAA' },
    ];
    expect(metadataPatch([{ jsonPatch: steps }])).toBeUndefined();
    const source: OverrideSource = {
      kind: 'OverridePolicy',
      namespace: 'shop',
      name: 'all',
      uid: 'p1',
      generation: 1,
      spec: {
        selects: [{ apiVersion: '*', kind: '*' }],
        rules: [
          { clusters: { names: ['c1'] }, operations: [{ labels: { set: { a: 'b' } } }, { image: { tag: '2' } }] },
          { clusters: { names: ['c2'] }, operations: [{ jsonPatch: steps }] },
        ],
      },
    };
    const at = (name: string) =>
      refusedOverrides([source], { cluster: { name, labels: {}, region: '', zone: '', provider: '' }, sealed: true });
    expect(at('c1')).toEqual([
      expect.stringMatching(/^OverridePolicy all: image is left out; of a Secret allowed: labels/),
    ]);
    expect(at('c2')).toEqual([expect.stringContaining('jsonPatch of /metadata/labels/a, /data/key is left out')]);
    expect(at('c3')).toEqual([]);
    expect(JSON.stringify(at('c2'))).not.toContain('AAAA');
  });
});

describe('a JSON patch', () => {
  it('adds, replaces and removes in maps and lists', () => {
    const patched = applyJsonPatch({ list: [1, 2], map: { a: 1 } }, [
      { op: 'add', path: '/list/-', value: 3 },
      { op: 'remove', path: '/list/0' },
      { op: 'replace', path: '/map/a', value: 2 },
      { op: 'add', path: '/map/b~1c', value: true },
    ]);
    expect(patched).toEqual({ list: [2, 3], map: { a: 2, 'b/c': true } });
  });
  it.each(['', '01', '1e0', ' 1', '0x1', '+1', '1.0', '-1', '9007199254740993'])('has no list index "%s"', (index) => {
    const replace = [{ op: 'replace' as const, path: `/l/${index}`, value: 9 }];
    expect(() => applyJsonPatch({ l: [1, 2, 3] }, replace)).toThrow(PatchMismatch);
  });
  it('that leads nowhere is refused by its path', () => {
    expect(() => applyJsonPatch({}, [{ op: 'replace', path: '/a', value: 1 }])).toThrow(PatchMismatch);
    expect(() => applyJsonPatch({ l: [] }, [{ op: 'remove', path: '/l/0' }])).toThrow('JSON patch remove /l/0');
  });
});

it.each([
  ['nginx', { registry: '', repository: 'nginx', tag: '' }],
  ['localhost/a:1', { registry: 'localhost', repository: 'a', tag: ':1' }],
  ['r.io:5000/a/b@sha256:12', { registry: 'r.io:5000', repository: 'a/b', tag: '@sha256:12' }],
])('the image %s is taken apart', (image, parts) => expect(parseImage(image)).toEqual(parts));
