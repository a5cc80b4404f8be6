import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { createClusterSim } from '@skerry/cluster-sim/cluster-sim';
import { kubeconfigText, serveClusterSim } from '@skerry/cluster-sim/http';
import { apartSettings, serveApart } from './apart.ts';

const TOKEN = 'bench';
const { names, pods = 110 } = apartSettings<{ names: readonly string[]; pods?: number }>();
let writes = 0;

/** Simulated clusters over http that count the requests that were to change something, leases left out. */
const startOne = async (
  name: string,
): Promise<{ name: string; kubeconfig: string; sim: ReturnType<typeof createClusterSim> }> => {
  const sim = createClusterSim({
    name,
    nodes: [{ name: `${name}-1`, cpuMillis: 10_000_000, memoryBytes: 2 ** 50, pods }],
    store: new MemoryObjectStore(),
    clock: systemClock,
    random: Math.random,
    startUpDelayMs: 10,
  });
  await sim.start();
  const counted = Object.create(sim, {
    handle: {
      value: (request: Parameters<typeof sim.handle>[0]) => {
        if (request.method !== 'GET' && !request.path.includes('/leases')) writes += 1;
        return sim.handle(request);
      },
    },
  }) as typeof sim;
  const served = await serveClusterSim(counted, { token: TOKEN });
  return { name, sim, kubeconfig: kubeconfigText({ name, server: served.url, token: TOKEN }) };
};

const members = await Promise.all(names.map(startOne));
const admin = { name: 'admin', groups: ['system:masters'] };

const countOf = async (path: string): Promise<number> => {
  const counts = members.map(async ({ sim }) => {
    const { body } = await sim.handle({ method: 'GET', path, query: 'limit=1', user: admin });
    const { items, metadata } = JSON.parse(body) as { items: unknown[]; metadata: { remainingItemCount?: number } };
    return items.length + (metadata.remainingItemCount ?? 0);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
};

serveApart(
  { members: members.map(({ name, kubeconfig }) => ({ name, kubeconfig })) },
  {
    writes: () => ({ writes }),
    configMaps: async () => ({ count: await countOf('/api/v1/configmaps') }),
    pods: async () => ({ count: await countOf('/api/v1/pods') }),
  },
);
