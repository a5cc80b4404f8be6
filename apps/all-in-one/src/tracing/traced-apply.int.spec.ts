import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addToTrace } from '@skerry/runtime/tracing/jaeger-json';
import type { JaegerSpan, JaegerTrace } from '@skerry/runtime/tracing/jaeger-trace';
import { recordedTracing } from '@skerry/runtime/tracing/recorded-tracing.spec-support';
import { eventually, type MemoryHub, type MemberEnd, pathOf, startMemoryHub } from '../hub/memory-hub.spec-support.ts';

const SECRET = 'c2VjcmV0LW9mLXRoZS1zZWE=';
const everywhere = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everywhere', namespace: 'default' },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } },
};
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'shop/web:1.0', env: [{ name: 'PASSWORD', value: SECRET }] }] },
    },
  },
};
const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/web';

const { tracing, ended } = recordedTracing();
let hub: MemoryHub;
let member: MemberEnd;
beforeAll(async () => {
  hub = await startMemoryHub({ tracing });
  member = await hub.join('north');
  const south = await hub.join('south');
  await hub.apply(everywhere);
  // clusters are known by what they can run: from then on an apply is all that its decisions come of
  await hub.apply({ ...deployment, metadata: { ...deployment.metadata, name: 'first' } });
  for (const { get } of [member, south]) {
    await eventually('the first one', async () => (await get(DEPLOYMENT.replace('web', 'first'))) !== undefined);
  }
}, 30_000);
afterAll(() => hub.close());

/** Spans of the traces that begin with a request of this name and path. */
const traceOf = (name: string, path: string): JaegerTrace => {
  const spans = ended();
  const first = spans.filter((span) => span.name === name && span.attributes['url.path'] === path).at(-1);
  const { traceId } = first!.spanContext();
  return addToTrace(spans.filter((span) => span.spanContext().traceId === traceId));
};

const tag = ({ tags }: JaegerSpan, key: string): unknown => tags.find((one) => one.key === key)?.value;
const told = (span: JaegerSpan): string =>
  [span.processID, span.operationName, tag(span, 'skerry.event')].filter((one) => one !== undefined).join(' ');

/** From a span back to the first: by whose child it is, or by the event that it follows from. */
const wayBack = ({ spans }: JaegerTrace, from: JaegerSpan): string[] => {
  const way: string[] = [];
  for (let at: JaegerSpan | undefined = from; at;) {
    const [reference]: JaegerSpan['references'] = at.references;
    way.push(`${told(at)} ${reference?.refType ?? ''}`.trim());
    at = spans.find(({ spanID }) => spanID === reference?.spanID);
  }
  return way;
};

describe('one trace', () => {
  it('goes from the request of a user to the request that changes the member, through every service', async () => {
    await hub.apply(deployment);
    await eventually('the member has it', async () => (await member.get(DEPLOYMENT)) !== undefined);
    const patched = () =>
      traceOf('apply', DEPLOYMENT).spans.filter(({ operationName }) => operationName === 'member PATCH');
    await eventually('both clusters', async () => patched().length === 2);
    const trace = traceOf('apply', DEPLOYMENT);
    for (const span of patched()) {
      expect(wayBack(trace, span)).toEqual([
        'syncer member PATCH CHILD_OF',
        'syncer reconcile FOLLOWS_FROM',
        'rollout append ObjectDesired CHILD_OF',
        'rollout decide FOLLOWS_FROM',
        'replicas append PlacementDecided CHILD_OF',
        'replicas decide FOLLOWS_FROM',
        'scheduler append SelectionDecided CHILD_OF',
        'scheduler decide FOLLOWS_FROM',
        'gateway append ManifestStored CHILD_OF',
        'gateway apply',
      ]);
      expect([tag(span, 'url.path'), tag(span, 'http.response.status_code')]).toEqual([DEPLOYMENT, 201]);
    }
    expect(Object.keys(trace.processes)).toEqual(['gateway', 'replicas', 'rollout', 'scheduler', 'syncer']);
    expect(trace.spans.filter(({ operationName }) => operationName === 'decide')).toHaveLength(3);
  });

  it('goes on with the one of the caller, and does not if the caller does not record it', async () => {
    const [sampled, unsampled] = [1, 0].map(
      (flag) => `00-${'4bf92f3577b34da6a3ce929d0e0e473'}${flag}-00f067aa0ba902b7-0${flag}`,
    );
    const apply = (name: string, traceparent: string) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
      return hub.call('PATCH', `${pathOf(object)}?fieldManager=test`, object, { traceparent });
    };
    await apply('with', sampled!);
    await apply('without', unsampled!);
    await eventually('both are there', async () =>
      Boolean(await member.get('/api/v1/namespaces/default/configmaps/without')),
    );
    const spans = ended();
    const first = spans.find((span) => span.attributes['url.path'] === '/api/v1/namespaces/default/configmaps/with')!;
    expect([first.spanContext().traceId, first.parentSpanContext?.spanId]).toEqual(sampled!.split('-').slice(1, 3));
    expect(spans.filter((span) => String(span.attributes['url.path']).endsWith('/without'))).toEqual([]);
  });

  it('is not begun by a read, which is recorded when its caller records', async () => {
    const before = ended().length;
    await hub.call('GET', DEPLOYMENT);
    expect(ended()).toHaveLength(before);
    const traceparent = `00-${'ab'.repeat(16)}-00f067aa0ba902b7-01`;
    await hub.call('GET', DEPLOYMENT, undefined, { traceparent });
    expect(ended().at(-1)!.name).toBe('get');
  });

  it('holds nothing of a Secret but its name, nor of any body', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace: 'default' },
      data: { a: SECRET },
    };
    await hub.apply(secret);
    await eventually('the member has it', async () =>
      Boolean(await member.get('/api/v1/namespaces/default/secrets/token')),
    );
    await hub.apply({ ...secret, data: { a: 7 } } as never); // refused: an error is in the trace too
    const everything = JSON.stringify(ended().map((span) => addToTrace([span])));
    expect(everything).toContain('/secrets/token');
    for (const text of [SECRET, 'shop/web:1.0', 'Bearer']) expect(everything).not.toContain(text);
  });
});
