import type { Resource } from './resource.ts';

/** The resources that are served now. Groups and versions keep the order in which they came. */
export class ResourceRegistry {
  readonly #byRoute = new Map<string, Resource>();
  #revision = 0;

  /** Rises with every change; discovery documents are made anew when it has. */
  get revision(): number {
    return this.#revision;
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byRoute.get(`${group}/${version}/${plural}`);
  }

  findKind(group: string, version: string, kind: string): Resource | undefined {
    for (const resource of this.#byRoute.values()) {
      if (resource.kind === kind && resource.group === group && resource.version === version) return resource;
    }
    return undefined;
  }

  all(): Resource[] {
    return [...this.#byRoute.values()];
  }

  groupVersions(): { group: string; version: string }[] {
    const seen = new Map<string, { group: string; version: string }>();
    for (const { group, version } of this.#byRoute.values()) seen.set(`${group}/${version}`, { group, version });
    return [...seen.values()];
  }

  /** Replaces every version of the resource `plural.group` by `resources`; none: it is no longer served. */
  replace(group: string, plural: string, resources: readonly Resource[]): void {
    for (const [route, resource] of this.#byRoute) {
      if (resource.group === group && resource.plural === plural) this.#byRoute.delete(route);
    }
    for (const resource of resources) {
      this.#byRoute.set(`${group}/${resource.version}/${plural}`, resource);
    }
    this.#revision++;
  }
}
