import type { SeparateFleet } from '../support/separate-fleet.ts';
import { COPIED, DIVIDED, NUMBER, type Wanted } from './changes.ts';

/** An object as a member or the hub holds it. */
export interface Held {
  readonly name: string;
  readonly uid: string;
  readonly number: number;
  readonly replicas?: number;
}

export interface Holdings {
  /** what the last answered change of each object left; undefined: nothing */
  readonly wanted: ReadonlyMap<string, Wanted | undefined>;
  /** by name */
  readonly hub: ReadonlyMap<string, Held>;
  readonly members: ReadonlyMap<string, readonly Held[]>;
}

/** Answered changes that are not in every member that shall have them, or are there in an older form. */
export const lostIn = ({ wanted, hub, members }: Holdings): string[] => {
  const findings: string[] = [];
  for (const [name, want] of wanted) {
    if (want === undefined) continue;
    const copies = [...members].flatMap(([cluster, held]) =>
      held.filter((one) => one.name === name).map((one) => ({ cluster, ...one })),
    );
    const told = hub.get(name);
    if (told?.number !== want.number)
      findings.push(`${name}: the hub has ${told?.number}, answered was ${want.number}`);
    for (const { cluster, number } of copies)
      if (number !== want.number) findings.push(`${name}: ${cluster} has ${number}, answered was ${want.number}`);
    if (want.replicas === undefined) {
      for (const cluster of members.keys())
        if (!copies.some((copy) => copy.cluster === cluster)) findings.push(`${name}: ${cluster} has none`);
      continue;
    }
    const sum = copies.reduce((total, { replicas = 0 }) => total + replicas, 0);
    if (sum !== want.replicas) findings.push(`${name}: ${sum} replicas in all, answered was ${want.replicas}`);
  }
  return findings;
};

/** Of objects that every cluster gets at once: answered changes that some member has not got, nor any later one. */
export const missingIn = ({ wanted, hub, members }: Holdings): string[] => {
  const findings: string[] = [];
  for (const [name, want] of wanted) {
    // what was written or deleted since is on its way
    if (want === undefined || want.replicas !== undefined || hub.get(name)?.number !== want.number) continue;
    for (const [cluster, held] of members)
      if (!held.some((one) => one.name === name && one.number >= want.number))
        findings.push(`${name}: ${cluster} has not got change ${want.number}`);
  }
  return findings;
};

/** What is in a member, or at the hub, and nobody wants. */
export const leftOverIn = ({ wanted, hub, members }: Holdings): string[] => {
  const findings: string[] = [];
  for (const name of hub.keys()) if (wanted.get(name) === undefined) findings.push(`${name}: deleted, the hub has it`);
  for (const [cluster, held] of members) {
    for (const { name, uid } of held) {
      if (wanted.get(name) === undefined) findings.push(`${name}: deleted, ${cluster} has it`);
      else if (uid !== hub.get(name)?.uid) findings.push(`${name}: ${cluster} has one of uid ${uid}, the hub another`);
    }
  }
  return findings;
};

const LISTS = [`/api/v1/namespaces/${COPIED}/configmaps`, `/apis/apps/v1/namespaces/${DIVIDED}/deployments`];
const MARK = 'skerry.dev/uid';

export const holdingsOf = async (
  fleet: SeparateFleet,
  { clusters, wanted }: { clusters: readonly string[]; wanted: Holdings['wanted'] },
): Promise<Holdings> => {
  const hub = new Map<string, Held>();
  const members = new Map<string, Held[]>(clusters.map((cluster) => [cluster, []]));
  for (const path of LISTS) {
    const { status, body } = await fleet.api.call('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status} ${body?.message}`);
    for (const one of body.items) hub.set(one.metadata.name, heldOf(one, one.metadata.uid));
    for (const cluster of clusters) {
      const items: any[] = (await fleet.member(cluster).get(path))?.items ?? [];
      for (const one of items) {
        const uid = one.metadata.annotations?.[MARK] as string | undefined;
        // the cluster's own, as the root certificates of a namespace, have no mark
        if (uid !== undefined) members.get(cluster)!.push(heldOf(one, uid));
      }
    }
  }
  return { wanted, hub, members };
};

const heldOf = (object: any, uid: string): Held => ({
  name: object.metadata.name,
  uid,
  number: Number(object.metadata.annotations?.[NUMBER]),
  ...(object.kind === 'Deployment' || object.spec?.replicas !== undefined ? { replicas: object.spec.replicas } : {}),
});

/** What the hub itself says is unfinished: orders not confirmed, objects of nobody, keys that wait for a person. */
export const unfinishedAt = async (fleet: SeparateFleet): Promise<string[]> => {
  const findings: string[] = [];
  for (const what of ['withdrawals', 'orphans', 'parked']) {
    const { status, body } = await fleet.api.call('GET', `/skerry/v1/${what}`);
    if (status !== 200) findings.push(`${what}: ${status} ${JSON.stringify(body)}`);
    else for (const one of body as unknown[]) findings.push(`${what}: ${JSON.stringify(one)}`);
  }
  return findings;
};
