import { describe, expect, it } from '@jest/globals';
import { configMap, configMaps, TestApi } from '../kube-api.spec-support.ts';
import { humanDuration } from './age.ts';
import { readJsonPath } from './json-path.ts';

describe('a span of time', () => {
  it.each<[number, string]>([
    [5, '5s'],
    [119, '119s'],
    [120, '2m'],
    [125, '2m5s'],
    [11 * 60, '11m'],
    [4 * 3600 + 120, '4h2m'],
    [30 * 3600, '30h'],
    [3 * 86400 + 3600, '3d1h'],
    [100 * 86400, '100d'],
    [3 * 365 * 86400 + 10 * 86400, '3y10d'],
  ])('%s seconds read %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });
});

describe('the path of a column', () => {
  const object = {
    spec: { size: 3, items: [{ name: 'a' }, { name: 'b' }] },
    metadata: { labels: { 'x.dev/y': 'z' } },
    status: {
      conditions: [
        { type: 'Other', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    },
  };
  it.each<[string, unknown]>([
    ['.spec.size', 3],
    ['.spec.items[1].name', 'b'],
    ['.metadata.labels.x\\.dev/y', 'z'],
    [".metadata.labels['x.dev/y']", 'z'],
    ['.status.conditions[?(@.type=="Ready")].status', 'True'],
    ['.status.none.deeper', undefined],
    ['..odd', undefined],
  ])('%s reads %j', (path, wanted) => {
    expect(readJsonPath(path)(object)).toEqual(wanted);
  });
});

describe('a table', () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

  it('shows a list in rows, with the metadata of each object', async () => {
    const api = new TestApi();
    await api.send('POST', configMaps, { json: configMap('a', { x: '1', y: '2' }) });
    api.environment.pass(90_000);
    const { body } = await api.send('GET', configMaps, { headers: { accept } });
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(['Name', 'Data', 'Age']);
    expect(body.rows[0].cells).toEqual(['a', 2, '90s']);
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
  });

  it('is what a watch sends too, its columns only once', async () => {
    const api = new TestApi();
    const { stream } = await api.send('GET', configMaps, { query: 'watch=1&resourceVersion=0', headers: { accept } });
    await api.send('POST', configMaps, { json: configMap('a') });
    await api.send('POST', configMaps, { json: configMap('b') });
    const events = [];
    for await (const line of stream ?? []) if (events.push(JSON.parse(line)) === 2) break;
    expect(events.map(({ type, object }) => [type, object.kind, object.rows[0].cells[0]])).toEqual([
      ['ADDED', 'Table', 'a'],
      ['ADDED', 'Table', 'b'],
    ]);
    expect(events.map(({ object }) => object.columnDefinitions?.length)).toEqual([3, undefined]);
  });
});
