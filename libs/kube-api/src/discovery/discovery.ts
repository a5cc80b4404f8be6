import type { KubeResponse } from '../request.ts';
import type { ResourceRegistry } from '../resources/registry.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';

/** Answers the discovery paths from the registry; the texts are kept until the registry changes. */
export class Discovery {
  readonly #registry: ResourceRegistry;
  readonly #texts = new Map<string, string>();
  #revision = -1;

  constructor(registry: ResourceRegistry) {
    this.#registry = registry;
  }

  /** The answer for `/api`, `/apis`, `/apis/{group}` or `/apis/{group}/{version}`; undefined for what is not served. */
  answer(path: string, accept: string): KubeResponse | undefined {
    if (this.#revision !== this.#registry.revision) {
      this.#texts.clear();
      this.#revision = this.#registry.revision;
    }
    const aggregated =
      (accept.includes('g=apidiscovery.k8s.io') && accept.includes('v=v2;')) || /v=v2(,|$)/.test(accept);
    const whole = (path === '/api' || path === '/apis') && aggregated;
    const id = `${path} ${whole}`;
    let text = this.#texts.get(id);
    if (text === undefined) {
      const document = whole ? this.#aggregated(path) : this.#document(path);
      if (document === undefined) return undefined;
      this.#texts.set(id, (text = JSON.stringify(document)));
    }
    const type = whole ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' : 'application/json';
    return { status: 200, headers: { 'content-type': type, vary: 'Accept' }, body: text };
  }

  #document(path: string): unknown {
    if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: this.#groups().map(groupDocument) };
    const parts = path.split('/').slice(1);
    if (parts[0] === 'api' && parts.length === 2) return this.#resourceList('', parts[1] as string);
    if (parts[0] !== 'apis') return undefined;
    const [, group = '', version] = parts;
    if (parts.length === 3 && version !== undefined) return this.#resourceList(group, version);
    const found = this.#groups().find(({ name }) => name === group);
    return parts.length === 2 && found !== undefined
      ? { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(found) }
      : undefined;
  }

  #groups(): Group[] {
    const groups = new Map<string, Set<string>>();
    for (const { group, version } of this.#registry.groupVersions()) {
      if (group === '') continue;
      const versions = groups.get(group) ?? new Set();
      groups.set(group, versions.add(version));
    }
    return [...groups].map(([name, versions]) => ({ name, versions: [...versions].sort(byPriority) }));
  }

  #resourcesOf(group: string, version: string): Resource[] {
    return this.#registry
      .all()
      .filter((resource) => resource.group === group && resource.version === version)
      .sort((left, right) => (left.plural < right.plural ? -1 : 1));
  }

  #resourceList(group: string, version: string): unknown {
    const resources = this.#resourcesOf(group, version);
    const [first] = resources;
    if (first === undefined) return undefined;
    const entries = resources.flatMap(listEntries);
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(first), resources: entries };
  }

  #aggregated(path: string): unknown {
    const groups = path === '/api' ? [{ name: '', versions: ['v1'] }] : this.#groups();
    const items = groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((version) => ({
        version,
        resources: this.#resourcesOf(name, version).map(aggregatedEntry),
        freshness: 'Current',
      })),
    }));
    return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  }
}

interface Group {
  readonly name: string;
  readonly versions: readonly string[];
}

function groupDocument({ name, versions }: Group): object {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

/** Kubernetes' order of versions: v2 before v1 before v1beta2 before v1alpha1, other names last. */
export function byPriority(left: string, right: string): number {
  const [a, b] = [rank(left), rank(right)];
  for (let index = 0; index < 3; index++) {
    const difference = (b[index] as number) - (a[index] as number);
    if (difference !== 0) return difference;
  }
  return left < right ? -1 : 1;
}

function rank(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [-1, 0, 0];
  const [, major, stage, minor] = match;
  const level = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return [level, Number(major), Number(minor ?? 0)];
}

function scaleKind(): object {
  return { group: 'autoscaling', version: 'v1', kind: 'Scale' };
}

function listEntries(resource: Resource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const subs = resource.subresources.map((sub) => ({
    name: `${plural}/${sub}`,
    singularName: '',
    namespaced,
    ...(sub === 'scale' ? scaleKind() : { kind }),
    verbs: ['get', 'patch', 'update'],
  }));
  return [main, ...subs];
}

function aggregatedEntry(resource: Resource): object {
  const { group, version, kind, shortNames, categories } = resource;
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map((subresource) => ({
            subresource,
            responseKind: subresource === 'scale' ? scaleKind() : { group, version, kind },
            verbs: ['get', 'patch', 'update'],
          })),
        }),
  };
}
