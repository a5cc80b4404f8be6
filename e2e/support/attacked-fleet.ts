import { type ChangeStream } from './change-stream.ts';
import { eventually } from './fleet.ts';
import type { FleetMember, SeparateFleet } from './separate-fleet.ts';

/** A namespace whose objects go to every cluster. */
export const openNamespace = async (fleet: SeparateFleet, namespace: string): Promise<void> => {
  const policy = {
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'PlacementPolicy',
    metadata: { name: 'everywhere', namespace },
    spec: { selects: [{ apiVersion: '*', kind: '*' }], division: { strategy: 'Duplicated' } },
  };
  for (const object of [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, policy]) {
    const { status, body } = await fleet.api.apply(object);
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  }
};

export const webIn = (namespace: string, replicas: number, name = 'web') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
});

const user = { name: 'admin', groups: ['system:masters'] };

/** An object as a member has it; undefined: it has none. */
export const inMember = async (fleet: SeparateFleet, cluster: string, path: string): Promise<any | undefined> => {
  const { status, body } = await fleet.member(cluster).sim.handle({ method: 'GET', path, headers: {}, user });
  return status === 200 ? JSON.parse(body) : undefined;
};

export const pathOfNote = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${namespace}/configmaps/${name}`;

export const numberIn = async (
  fleet: SeparateFleet,
  { cluster, namespace, name }: { cluster: string; namespace: string; name: string },
): Promise<number | undefined> => {
  const found = await inMember(fleet, cluster, pathOfNote(namespace, name));
  return found && Number(found.data?.number);
};

/** Every change that was answered, or a later one, is in every member. */
export const allArrived = (
  fleet: SeparateFleet,
  { changes, clusters, namespace }: { changes: ChangeStream; clusters: readonly string[]; namespace: string },
): Promise<unknown> =>
  eventually(
    'every answered change is in every member',
    async () => {
      for (const [name, number] of changes.answered) {
        for (const cluster of clusters) {
          if (((await numberIn(fleet, { cluster, namespace, name })) ?? -1) < number) return false;
        }
      }
      return true;
    },
    60_000,
  );

const metric = (text: string, pattern: RegExp): number | undefined => {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

export const sumOf = (text: string, name: string, labels = ''): number =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

/** Which of the running instances acts: the holder of its service's lease, or the syncer that holds its member's. */
export const holderAmong = (instances: readonly FleetMember[]): Promise<FleetMember> =>
  eventually(`one of ${instances.map(({ name }) => name).join(', ')} acts`, async () => {
    for (const one of instances) {
      if (!one.isRunning) continue;
      const { text } = await one.ask('/metrics');
      const acts = metric(text, /^skerry_(?:lease_held|syncer_acting)\{[^}]*\} (\d)$/m);
      if (acts === 1) return one;
    }
    return undefined;
  });
