import { describe, expect, it } from '@jest/globals';
import { ObjectTooLarge } from '@skerry/ports/object-store/object-store';
import { configMaps, TestApi } from '../kube-api.spec-support.ts';

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const definition = (spec: object, schema: object = { type: 'object' }): Record<string, any> => {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } };
  const names = { plural: 'things', kind: 'Thing' };
  const whole = { group: 'x.dev', scope: 'Namespaced', names, versions: [version], ...spec };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${whole.names.plural}.${whole.group}` },
    spec: whole,
  };
};

describe('a definition of custom resources', () => {
  it.each([
    [{ group: 'dev' }, 'spec.group'],
    [{ group: 'x.dev/v1' }, 'spec.group'],
    [{ group: '*.dev' }, 'spec.group'],
    [{ names: { plural: 'Things', kind: 'Thing' } }, 'spec.names.plural'],
    [{ names: { plural: 'a/b', kind: 'Thing' } }, 'spec.names.plural'],
    [{ names: { plural: 'things', kind: 'Thing/x' } }, 'spec.names.kind'],
    [{ names: { plural: 'things', kind: 'Thing', singular: '__proto__' } }, 'spec.names.singular'],
    [{ versions: [{ name: 'v1/x', served: true, storage: true }] }, 'spec.versions[0].name'],
    [
      {
        versions: [
          { name: 'v1', storage: true, served: true },
          { name: 'v1', served: true },
        ],
      },
      'spec.versions[1].name',
    ],
  ])('whose names could not be parts of a path is refused by field: %j', async (spec, field) => {
    const { status, body } = await new TestApi().send('POST', path, { json: definition(spec) });
    expect(status).toBe(422);
    expect(body.details.causes.map((cause: { field: string }) => cause.field)).toContain(field);
  });

  it('cannot take the place of what the server serves itself', async () => {
    const own = definition({ group: 'own.dev' }, { type: 'object', required: ['spec'] });
    const api = new TestApi({ definitions: [own] as never });
    for (const [group, plural] of [
      ['own.dev', 'things'],
      ['rbac.authorization.k8s.io', 'roles'],
    ] as const) {
      const json = definition({ group, names: { plural, kind: 'Thing' } });
      const { status, body } = await api.send('POST', path, { json });
      expect([status, body.message]).toEqual([422, expect.stringContaining('served by this server itself')]);
    }
    const object = { apiVersion: 'own.dev/v1', kind: 'Thing', metadata: { name: 'a' } };
    const { status } = await api.send('POST', '/apis/own.dev/v1/namespaces/default/things', { json: object });
    expect(status).toBe(422);
  });

  it('is passed over where one from before stands in the store under such a name', async () => {
    const api = new TestApi({ definitions: [definition({}, { type: 'object', required: ['spec'] })] as never });
    const stored = definition({}) as never;
    const key = {
      group: 'apiextensions.k8s.io',
      resource: 'customresourcedefinitions',
      namespace: '',
      name: 'things.x.dev',
    };
    await api.store.write({ kind: 'create', key, object: stored });
    await api.api.start();
    const json = { apiVersion: 'x.dev/v1', kind: 'Thing', metadata: { name: 'a' } };
    expect((await api.send('POST', '/apis/x.dev/v1/namespaces/default/things', { json })).status).toBe(422);
    api.api.stop();
  });

  it('has patterns that take time only as the text is long', async () => {
    const api = new TestApi();
    const properties = { code: { type: 'string', pattern: '^(a+)+$' }, name: { type: 'string', pattern: '(?i)^sea$' } };
    const made = await api.send('POST', path, { json: definition({}, { type: 'object', properties }) });
    expect(made.status).toBe(201);
    const thing = (more: object) => ({ apiVersion: 'x.dev/v1', kind: 'Thing', metadata: { name: 'a' }, ...more });
    const send = (more: object) => api.send('POST', '/apis/x.dev/v1/namespaces/default/things', { json: thing(more) });
    expect((await send({ code: `${'a'.repeat(5_000)}!` })).body.message).toContain("should match '^(a+)+$'");
    expect((await send({ name: 'lake' })).status).toBe(422);
    expect((await send({ code: 'aaa', name: 'SEA' })).status).toBe(201);
  });

  it('with a pattern that is none is refused by field', async () => {
    const json = definition({}, { type: 'object', properties: { a: { type: 'string', pattern: '(?=x)' } } });
    const { status, body } = await new TestApi().send('POST', path, { json });
    expect([status, body.details.causes[0].field]).toEqual([
      422,
      'spec.versions[0].schema.openAPIV3Schema.properties[a].pattern',
    ]);
  });
});

it('a name of RBAC may have spaces and any letters, but no NUL and no more than 253 characters', async () => {
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles';
  const send = (name: string) => new TestApi().send('POST', roles, { json: { metadata: { name }, rules: [] } });
  expect((await send('система: роль')).status).toBe(201);
  for (const name of ['a\0b', 'a'.repeat(254), 'a/b']) expect((await send(name)).status).toBe(422);
});

it('what a store finds too large is refused by field', async () => {
  const api = new TestApi();
  api.store.write = () => Promise.reject(new ObjectTooLarge({ field: 'metadata.labels', sizeBytes: 9, limitBytes: 8 }));
  const { status, body } = await api.send('POST', configMaps, { json: { metadata: { name: 'a' } } });
  expect([status, body.details.causes]).toEqual([
    422,
    [
      {
        reason: 'FieldValueTooLong',
        field: 'metadata.labels',
        message: 'Too long: has 9 bytes; at most 8 are allowed here',
      },
    ],
  ]);
});

describe('metadata', () => {
  const wrong = [
    { labels: { a: 5 } },
    { annotations: 'x' },
    { finalizers: 5 },
    { ownerReferences: [5] },
    { generateName: 5 },
    { name: 5 },
    { managedFields: ['x'] },
    { resourceVersion: 1 },
  ];
  const config = { path: configMaps, apiVersion: 'v1', kind: 'ConfigMap' };
  const thing = { path: '/apis/x.dev/v1/namespaces/default/things', apiVersion: 'x.dev/v1', kind: 'Thing' };

  it.each([config, thing])('of the wrong type is refused by field, of a $kind too', async ({ path: at, ...object }) => {
    const api = new TestApi({ definitions: [definition({})] as never });
    for (const metadata of wrong) {
      const { status, body } = await api.send('POST', at, {
        json: { ...object, metadata: { name: 'a', ...metadata } },
      });
      const [field] = Object.keys(metadata);
      expect([status, body.message]).toEqual([400, expect.stringContaining(`ObjectMeta.metadata.${field}`)]);
    }
  });

  it('holds what null stands for: the empty text, the empty item', async () => {
    const api = new TestApi();
    const send = (metadata: object) => api.send('POST', configMaps, { json: { metadata: { name: 'a', ...metadata } } });
    for (const metadata of [{ finalizers: [null] }, { ownerReferences: [null] }]) {
      expect((await send(metadata)).status).toBe(422);
    }
    const none = await send({ name: 'none', labels: null, annotations: null, finalizers: null, ownerReferences: null });
    expect([none.status, Object.keys(none.body.metadata)]).toEqual([201, expect.not.arrayContaining(['labels'])]);
    const made = await send({ labels: { a: null }, annotations: { b: null }, managedFields: [null] });
    expect([made.status, made.body.metadata.labels, made.body.metadata.annotations]).toEqual([
      201,
      { a: '' },
      { b: '' },
    ]);
  });
});
