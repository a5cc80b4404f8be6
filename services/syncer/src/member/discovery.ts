import type { Member } from '@skerry/ports/member/member';
import { apiVersionOf, requireAnswer, type ServedResource } from './kube-calls.ts';

export interface Discovered {
  readonly resources: readonly ServedResource[];
  /** false when some group did not answer: a missing kind is then unknown, not absent */
  readonly complete: boolean;
}

interface GroupDiscovery {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly freshness?: string;
    readonly resources?: readonly {
      readonly resource: string;
      readonly scope: string;
      readonly verbs?: readonly string[];
      readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind: string };
    }[];
  }[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Everything that the member serves, from its aggregated discovery (two requests). */
export const discover = async (member: Member): Promise<Discovered> => {
  const found = await Promise.all(['/api', '/apis'].map((path) => discoverAt(member, path)));
  return { resources: found.flatMap((one) => one.resources), complete: found.every((one) => one.complete) };
};

const discoverAt = async (member: Member, path: string): Promise<Discovered> => {
  const response = requireAnswer(await member.request({ method: 'GET', path, accept: AGGREGATED }), `GET ${path}`);
  const { items = [] } = response.body as { items?: readonly GroupDiscovery[] };
  const resources: ServedResource[] = [];
  let complete = response.status === 200;
  for (const group of items) {
    for (const { version, freshness, resources: served = [] } of group.versions ?? []) {
      if (freshness === 'Stale') complete = false;
      for (const one of served) {
        if (!one.responseKind) continue;
        resources.push({
          group: group.metadata?.name ?? '',
          version,
          kind: one.responseKind.kind,
          plural: one.resource,
          namespaced: one.scope === 'Namespaced',
          verbs: one.verbs ?? [],
        });
      }
    }
  }
  return { resources, complete };
};

/** Looks resources up by `apiVersion/kind`. */
export class ServedKinds {
  #byKind = new Map<string, ServedResource>();
  #complete = false;

  set(discovered: Discovered): boolean {
    const before = this.text;
    const found = discovered.resources.map((one): [string, ServedResource] => [
      `${apiVersionOf(one)}/${one.kind}`,
      one,
    ]);
    // a partial answer takes nothing away that was known before
    this.#byKind = new Map(discovered.complete ? found : [...this.#byKind, ...found]);
    this.#complete = discovered.complete;
    return before !== this.text;
  }

  find(of: { group: string; version: string; kind: string }): ServedResource | undefined {
    return this.#byKind.get(`${apiVersionOf(of)}/${of.kind}`);
  }

  servesGroupKind({ group, kind }: { group: string; kind: string }): boolean {
    return this.all.some((one) => one.group === group && one.kind === kind);
  }

  get all(): readonly ServedResource[] {
    return [...this.#byKind.values()];
  }

  get kinds(): string[] {
    return [...this.#byKind.keys()].sort();
  }

  get complete(): boolean {
    return this.#complete;
  }

  get text(): string {
    return this.kinds.join();
  }
}
