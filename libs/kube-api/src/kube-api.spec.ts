import { describe, expect, it } from '@jest/globals';
import { configMap, configMaps, TestApi } from './kube-api.spec-support.ts';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { StatusError } from './status-errors/status-error.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'i' }] } },
  },
};

describe('built-in kinds at the hub', () => {
  it('are not defaulted', async () => {
    const { body } = await new TestApi().send('POST', deployments, { json: deployment });
    expect(body.spec).toEqual(deployment.spec);
    expect(body.status).toBeUndefined();
  });

  it('keep a field that no schema knows, with a warning', async () => {
    const api = new TestApi();
    const answer = await api.send('POST', configMaps, { json: { ...configMap('a'), foo: 1 } });
    expect(answer.warnings).toEqual(['299 - "unknown field \\"foo\\""']);
    expect((await api.send('GET', `${configMaps}/a`)).body.foo).toBe(1);
  });

  it('drop such a field where the option says so', async () => {
    const api = new TestApi({ unknownFields: 'drop' });
    await api.send('POST', configMaps, { json: { ...configMap('a'), foo: 1 } });
    expect((await api.send('GET', `${configMaps}/a`)).body.foo).toBeUndefined();
  });

  it('are refused with the name of the missing field', async () => {
    const { spec, ...rest } = deployment;
    const json = { ...rest, spec: { template: spec.template } };
    const { status, body } = await new TestApi().send('POST', deployments, { json });
    expect([status, body.details.causes]).toEqual([
      422,
      [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' }],
    ]);
  });
});

describe('bodies that would lose something', () => {
  const post = (body: Uint8Array | string) =>
    new TestApi().send('POST', configMaps, { body, query: 'fieldValidation=Strict' });

  it.each<[string, Uint8Array | string, RegExp]>([
    ['bytes that are not UTF-8', new Uint8Array([123, 34, 255, 34, 125]), /not valid UTF-8/],
    [
      'half of a surrogate pair',
      '{"metadata":{"name":"a"},"data":{"x":"\\ud800"}}',
      /"data.x" holds half of a surrogate/,
    ],
    ['a key twice', '{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}', /duplicate field "data.x"/],
    ['a key named __proto__', '{"metadata":{"name":"a"},"data":{"__proto__":"1"}}', /data.__proto__/],
    ['text that is no JSON', '{"metadata":', /not valid JSON/],
  ])('are refused: %s', async (_title, sent, message) => {
    const { status, body } = await post(sent);
    expect([status, body.reason]).toEqual([400, 'BadRequest']);
    expect(body.message).toMatch(message);
  });

  it('are accepted as YAML, where a key twice is found too', async () => {
    const headers = { 'content-type': 'application/yaml' };
    const api = new TestApi();
    const good = 'metadata: {name: a}\ndata: {x: "1"}\n';
    expect((await api.send('POST', configMaps, { body: good, headers })).body.data).toEqual({ x: '1' });
    const twice = 'metadata: {name: b}\ndata:\n  x: "1"\n  x: "2"\n';
    const refused = await api.send('POST', configMaps, { body: twice, headers, query: 'fieldValidation=Strict' });
    expect(refused.body.message).toMatch(/duplicate field/);
  });
});

describe('a server-side apply that cannot be read as its kind', () => {
  const container = (more: object): object => ({ ...deployment.spec.template.spec.containers[0], ...more });
  const withContainers = (containers: object[]): object => ({
    ...deployment,
    spec: { ...deployment.spec, template: { ...deployment.spec.template, spec: { containers } } },
  });
  const faults: [string, object, string, RegExp][] = [
    ['an unknown field', { ...deployment, spec: { ...deployment.spec, replicaz: 3 } }, 'spec.replicaz', /not declared/],
    ['a wrong type', { ...deployment, spec: { ...deployment.spec, replicas: 'three' } }, 'spec.replicas', /string/],
    [
      'an item twice',
      withContainers([container({ name: 'a' }), container({ name: 'a' })]),
      'spec.template.spec.containers',
      /duplicate entries for key \[name="a"\]/,
    ],
  ];
  const send = (options: object, json: object) =>
    new TestApi(options).send('PATCH', `${deployments}/web`, {
      json,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      query: 'fieldManager=me',
    });

  it.each(faults)('names the field where the option says so, and not to try again: %s', async (_title, ...fault) => {
    const [json, field, message] = fault;
    const { status, body } = await send({ untypedApply: 'invalid' }, json);
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.details.causes).toEqual([
      { reason: 'FieldValueInvalid', field, message: expect.stringMatching(message) },
    ]);
    expect(body.message).toContain(`Deployment.apps "web" is invalid: ${field}: `);
  });

  it.each(faults)('otherwise answers 500 as Kubernetes does: %s', async (_title, json, field) => {
    const { status, body } = await send({}, json);
    expect([status, body.message]).toEqual([500, expect.stringContaining(`Kind=Deployment): .${field}: `)]);
  });
});

describe('what is not served', () => {
  it.each([
    [[{ op: 'remove', path: '/data/b/c' }], 'patch[0]', /remove .data.b.c.*: nothing at "b"/],
    [
      [
        { op: 'add', path: '/data/b', value: '1' },
        { op: 'turn', path: '/data' },
      ],
      'patch[1]',
      /allowed are add, remove/,
    ],
  ])('says which operation of a JSON patch cannot be carried out, and why', async (json, field, why) => {
    const api = new TestApi();
    await api.send('POST', configMaps, { json: configMap('one') });
    const headers = { 'content-type': 'application/json-patch+json' };
    const { status, body } = await api.send('PATCH', `${configMaps}/one`, { headers, json });
    expect(status).toBe(422);
    expect(body.details.causes).toEqual([{ reason: 'FieldValueInvalid', field, message: expect.stringMatching(why) }]);
  });

  it('refuses a patch of too many operations, and one that puts what is deep below what is deep', async () => {
    const api = new TestApi();
    await api.send('POST', configMaps, { json: configMap('one') });
    const headers = { 'content-type': 'application/json-patch+json' };
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: 1 }));
    expect((await api.send('PATCH', `${configMaps}/one`, { headers, json: many })).status).toBe(413);
    const deep = JSON.parse('{"a":'.repeat(400) + '1' + '}'.repeat(400)) as unknown;
    const below = `/data${'/a'.repeat(399)}`;
    const twice = [
      { op: 'replace', path: '/data', value: deep },
      { op: 'add', path: below, value: deep },
    ];
    const { status, body } = await api.send('PATCH', `${configMaps}/one`, { headers, json: twice });
    expect([status, body.message]).toEqual([400, expect.stringContaining('500 deep at most')]);
  });

  it.each([
    [
      { spec: { replicas: 3_000_000_000 } },
      'number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [{ spec: { replicas: 1.5 } }, 'spec.replicas of type int32'],
    [{ metadata: { name: 'web', generation: 1e300 } }, 'metadata.generation of type int64'],
  ])('refuses a whole number that its type does not hold: %j', async (more, said) => {
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } },
    };
    const json = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      ...more,
      spec: { ...spec, ...(more as any).spec },
    };
    const { status, body } = await new TestApi().send('POST', '/apis/apps/v1/namespaces/default/deployments', { json });
    expect([status, body.message]).toEqual([400, expect.stringContaining(said)]);
  });

  it.each([
    [{ dryRun: ['all'] }, '', 400],
    [{ dryRun: 'All' }, '', 400],
    [{}, 'dryRun=all', 400],
    [{ preconditions: { uid: 5 } }, '', 400],
    [{ gracePeriodSeconds: { toString: 1 } }, '', 422],
    [{ gracePeriodSeconds: 1e300 }, '', 422],
    [{}, 'gracePeriodSeconds=x', 422],
    [{ propagationPolicy: { toString: 1 } }, '', 422],
    [{ apiVersion: { toString: 1 }, kind: [1] }, 'dryRun=All', 200],
  ])('deletes nothing by options that it does not understand: %j %s', async (json, query, status) => {
    const api = new TestApi();
    await api.send('POST', configMaps, { json: configMap('one') });
    expect((await api.send('DELETE', `${configMaps}/one`, { json, query })).status).toBe(status);
    expect((await api.send('GET', `${configMaps}/one`)).status).toBe(200);
  });

  it.each([
    [{ data: { a: 'x'.repeat(1_048_576) } }, 201],
    [{ data: { a: 'x'.repeat(1_048_577) } }, 422],
    [{ data: { a: '€'.repeat(349_525) } }, 201],
    [{ data: { a: '€'.repeat(349_526) } }, 422],
    [{ data: { a: '😀'.repeat(262_145) } }, 422],
    [{ data: { a: '' }, binaryData: { b: 'AAAA'.repeat(400_000) } }, 422],
  ])('takes a mebibyte of data, as members do', async (data, status) => {
    const { status: said, body } = await new TestApi().send('POST', configMaps, {
      json: { ...configMap('one'), ...data },
    });
    expect(said).toBe(status);
    if (status === 422) expect(body.message).toContain('[]: Too long: may not be more than 1048576 bytes');
  });

  it('names a kind that is no text as it is', async () => {
    const json = { ...configMap('one'), kind: { toString: true } };
    const { status, body } = await new TestApi().send('POST', configMaps, { json });
    expect([status, body.message]).toEqual([400, expect.stringContaining('{"toString":true}')]);
  });

  it('warns in as much as a header holds', async () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`field-${index}-${'x'.repeat(80)}`, 1]),
    );
    const { status, warnings } = await new TestApi().send('POST', configMaps, {
      json: { ...configMap('one'), ...unknown },
    });
    expect(status).toBe(201);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.join('').length).toBeLessThan(5_000);
  });

  it('says what to use instead of a strategic merge patch', async () => {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const { status, body } = await new TestApi().send('PATCH', `${configMaps}/a`, { headers, json: {} });
    expect(status).toBe(415);
    expect(body.message).toMatch(/use server-side apply .* or a JSON merge patch/);
  });

  it('leaves out the resources that the caller does not serve', async () => {
    const api = new TestApi({ serves: ({ plural }) => plural !== 'pods' });
    expect((await api.send('GET', '/api/v1/namespaces/default/pods')).status).toBe(404);
    expect((await api.send('GET', '/api/v1')).body.resources.map(({ name }: { name: string }) => name)).not.toContain(
      'pods',
    );
  });
});

describe('hooks', () => {
  it('let admission change an object, warn about it, or refuse it', async () => {
    const api = new TestApi({
      admission: [
        ({ operation, object, warn }) => {
          if (operation === 'DELETE') throw new StatusError({ code: 403, reason: 'Forbidden', message: 'stays' });
          warn('changed');
          return { ...object, data: { set: 'by admission' } } as unknown as KubeObject;
        },
      ],
    });
    const created = await api.send('POST', configMaps, { json: configMap('a') });
    expect([created.body.data, created.warnings]).toEqual([{ set: 'by admission' }, ['299 - "changed"']]);
    const refused = await api.send('DELETE', `${configMaps}/a`);
    expect([refused.status, refused.body.message]).toEqual([403, 'stays']);
  });

  it('let a reader see a computed status, in gets, lists and watches', async () => {
    const api = new TestApi({ afterRead: ({ object }) => ({ ...object, status: { seen: true } }) });
    await api.send('POST', configMaps, { json: configMap('a') });
    expect((await api.send('GET', `${configMaps}/a`)).body.status).toEqual({ seen: true });
    expect((await api.send('GET', configMaps)).body.items[0].status).toEqual({ seen: true });
    expect(
      (await api.store.get({ group: '', resource: 'configmaps', namespace: 'default', name: 'a' }))?.object.status,
    ).toBeUndefined();
  });

  it('let authorisation refuse by verb', async () => {
    const api = new TestApi({ authorize: ({ verb }) => (verb === 'list' ? undefined : `${verb} is not for you`) });
    expect((await api.send('GET', configMaps)).status).toBe(200);
    const refused = await api.send('DELETE', `${configMaps}/a`);
    expect(refused.body.message).toBe('configmaps "a" is forbidden: delete is not for you');
  });
});

describe('a watch', () => {
  const watching = async (api: TestApi, query: string) => {
    const { stream } = await api.send('GET', configMaps, { query: `watch=true&${query}` });
    if (stream === undefined) throw new Error('a watch answers with a stream');
    const lines = stream[Symbol.asyncIterator]();
    const next = async () => {
      const { value, done } = await lines.next();
      return done === true ? undefined : JSON.parse(value as string);
    };
    return { stream, next };
  };

  it('sends bookmarks with the checkpoint even when nothing of its kind changed', async () => {
    const api = new TestApi();
    const { next, stream } = await watching(api, 'resourceVersion=0&allowWatchBookmarks=true');
    await api.send('POST', '/api/v1/namespaces', { json: { metadata: { name: 'n' } } });
    const waiting = next();
    api.environment.pass(60_000);
    expect(await waiting).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { resourceVersion: '1' } },
    });
    stream.close();
    expect(await next()).toBeUndefined();
  });

  it('marks the end of the initial events with a bookmark', async () => {
    const api = new TestApi();
    await api.send('POST', configMaps, { json: configMap('a') });
    const { next, stream } = await watching(
      api,
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    );
    expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    expect(await next()).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations, resourceVersion: '1' } },
    });
    stream.close();
  });

  it('tells by an ERROR event that its version is gone, at its start and on its way', async () => {
    const api = new TestApi();
    await api.send('POST', configMaps, { json: configMap('a') });
    await api.send('POST', configMaps, { json: configMap('b') });
    const running = await watching(api, 'resourceVersion=2');
    api.store.compact();
    api.store.expireWatches();
    expect(await running.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await running.next()).toBeUndefined();
    const late = await watching(api, 'resourceVersion=1');
    expect(await late.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('ends when its time is over', async () => {
    const api = new TestApi();
    const { next } = await watching(api, 'resourceVersion=0&timeoutSeconds=10');
    const waiting = next();
    api.environment.pass(10_000);
    expect(await waiting).toBeUndefined();
  });

  it('answers 504 for a version beyond the head', async () => {
    const { status, body } = await new TestApi().send('GET', configMaps, { query: 'watch=true&resourceVersion=99' });
    expect([status, body.details.causes[0].reason]).toEqual([504, 'ResourceVersionTooLarge']);
  });
});

describe('writers of one object', () => {
  it('who name no version do not lose each other', async () => {
    const api = new TestApi();
    await api.send('POST', configMaps, { json: configMap('a', {}) });
    const headers = { 'content-type': 'application/merge-patch+json' };
    await Promise.all(
      ['x', 'y', 'z'].map((key) => api.send('PATCH', `${configMaps}/a`, { headers, json: { data: { [key]: '1' } } })),
    );
    expect((await api.send('GET', `${configMaps}/a`)).body.data).toEqual({ x: '1', y: '1', z: '1' });
  });

  it('make no write by applying what is so already', async () => {
    const api = new TestApi();
    await api.apply(`${configMaps}/a`, 'me', configMap('a'));
    const before = await api.store.head();
    api.environment.pass(60_000);
    const again = await api.apply(`${configMaps}/a`, 'me', configMap('a'));
    expect([again.status, await api.store.head()]).toEqual([200, before]);
  });
});

describe('custom kinds', () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.x.dev' },
    spec: {
      group: 'x.dev',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const things = '/apis/x.dev/v1/namespaces/default/things';
  const thing = (metadata: object) => ({ apiVersion: 'x.dev/v1', kind: 'Thing', metadata: { name: 'a', ...metadata } });

  it('are served as soon as their definition is stored, and no longer than it', async () => {
    const api = new TestApi();
    expect((await api.send('GET', things)).status).toBe(404);
    const { body } = await api.send('POST', path, { json: definition });
    expect(body.status.conditions.map(({ type, status }: Record<string, string>) => [type, status])).toContainEqual([
      'Established',
      'True',
    ]);
    expect((await api.send('POST', things, { json: thing({}) })).status).toBe(201);
    await api.send('DELETE', `${path}/things.x.dev`);
    expect((await api.send('GET', things)).status).toBe(404);
    await api.send('POST', path, { json: definition });
    expect((await api.send('GET', things)).body.items).toEqual([]);
  });

  it('are found when another process stored the definition', async () => {
    const api = new TestApi();
    await api.api.start();
    const other = new TestApi();
    const made = await other.send('POST', path, { json: definition });
    const key = {
      group: 'apiextensions.k8s.io',
      resource: 'customresourcedefinitions',
      namespace: '',
      name: 'things.x.dev',
    };
    await api.store.write({ kind: 'create', key, object: made.body });
    expect((await api.send('GET', things)).status).toBe(200);
    api.api.stop();
  });

  it('keep their definition as long as a finalizer keeps an object', async () => {
    const api = new TestApi();
    await api.send('POST', path, { json: definition });
    await api.send('POST', things, { json: thing({ finalizers: ['x.dev/wait'] }) });
    const { status, body } = await api.send('DELETE', `${path}/things.x.dev`);
    expect([status, body.message]).toEqual([409, expect.stringContaining('default/a')]);
  });

  it('can be given by the program that serves them', async () => {
    const api = new TestApi({ definitions: [definition as unknown as KubeObject] });
    expect((await api.send('POST', things, { json: thing({}) })).status).toBe(201);
  });
});
