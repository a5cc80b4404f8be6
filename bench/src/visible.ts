import type { HubApi } from '@skerry/all-in-one/api/hub-api';

/** One member's answer when the object arrives there: calls back with its name. Ends when closed. */
export type WatchNames = (onName: (name: string, atMs: number) => void) => { close(): void };

export interface VisibleFigures {
  readonly p50: number;
  readonly p99: number;
}

const NAMESPACE = 'bench';
const DEADLINE_MS = 30_000;

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE },
  data: { made: name },
});

/** of numbers in order */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

/** From the answer to an apply at the hub until the object is seen by a watch in one member, at a rate of applies. */
export const measureVisible = async (
  api: HubApi,
  { watch, prefix, perSecond, count }: { watch: WatchNames; prefix: string; perSecond: number; count: number },
): Promise<VisibleFigures> => {
  const answeredMs = new Map<string, number>();
  const seenMs = new Map<string, number>();
  const watching = watch((name, atMs) => {
    if (name.startsWith(prefix) && !seenMs.has(name)) seenMs.set(name, atMs);
  });
  const startMs = performance.now();
  const applies: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const dueMs = startMs + (index * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    applies.push(applyOne(api, { name: `${prefix}${index}`, answeredMs }));
  }
  await Promise.all(applies);
  const endMs = performance.now() + DEADLINE_MS;
  while (seenMs.size < count && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20));
  watching.close();
  if (seenMs.size < count) throw new Error(`${count - seenMs.size} of ${count} objects were not seen in the member`);
  const delays = [...answeredMs].map(([name, atMs]) => Math.max(0, seenMs.get(name)! - atMs)).sort((a, b) => a - b);
  return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
};

const applyOne = async (
  api: HubApi,
  { name, answeredMs }: { name: string; answeredMs: Map<string, number> },
): Promise<void> => {
  const { status, body } = await api.apply(configMap(name));
  if (status >= 300) throw new Error(`apply ${name}: ${status} ${body?.message}`);
  answeredMs.set(name, performance.now());
};

/** Everything in the namespace goes to every cluster. */
export const preparePlace = async (api: HubApi): Promise<void> => {
  const policy = {
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'PlacementPolicy',
    metadata: { name: 'everywhere', namespace: NAMESPACE },
    spec: { selects: [{ apiVersion: '*', kind: '*' }] },
  };
  for (const object of [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, policy]) {
    const { status, body } = await api.apply(object);
    if (status >= 300) throw new Error(`apply ${object.kind}: ${status} ${body?.message}`);
  }
};

export const BENCH_CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
