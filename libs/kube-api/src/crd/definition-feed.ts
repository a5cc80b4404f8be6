import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import {
  type Collection,
  isExpired,
  type ObjectStore,
  type ObjectWatch,
} from '@skerry/ports/object-store/object-store';
import type { ResourceRegistry } from '../resources/registry.ts';
import { readDefinition } from './custom-resources.ts';

const definitions: Collection = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };

export interface DefinitionFeedOptions {
  readonly store: ObjectStore;
  readonly registry: ResourceRegistry;
  /** `plural.group` of what the server serves itself: a stored definition of that name is passed over. */
  readonly ownNames: ReadonlySet<string>;
  /** The feed has stopped: definitions that other processes write are no longer noticed. */
  readonly onFailure: (error: unknown) => void;
}

/** Serves what the CustomResourceDefinitions in the store say, also when another process writes them. */
export class DefinitionFeed {
  readonly #store: ObjectStore;
  readonly #registry: ResourceRegistry;
  readonly #ownNames: ReadonlySet<string>;
  readonly #onFailure: (error: unknown) => void;
  #watch: ObjectWatch | undefined;
  #stopped = false;

  constructor({ store, registry, ownNames, onFailure }: DefinitionFeedOptions) {
    this.#ownNames = ownNames;
    this.#store = store;
    this.#registry = registry;
    this.#onFailure = onFailure;
  }

  /** Takes a definition into service, or out of it. */
  apply(definition: KubeObject, deleted: boolean): void {
    const read = readDefinition(definition);
    if (read === undefined || this.#ownNames.has(`${read.plural}.${read.group}`)) return;
    this.#registry.replace(read.group, read.plural, deleted ? [] : read.resources);
  }

  /** Resolves when everything that is stored now is served; follows the store until `stop`. */
  async start(): Promise<void> {
    const { items, version } = await this.#store.list(definitions, {});
    for (const { object } of items) this.apply(object, false);
    this.#watch = await this.#store.watch(definitions, version);
    this.#follow(this.#watch).catch(this.#onFailure);
  }

  stop(): void {
    this.#stopped = true;
    this.#watch?.close();
  }

  /** Looks for a definition that another process may just have stored; true if its resource is served now. */
  async lookUp(group: string, plural: string): Promise<boolean> {
    if (group === '' || !group.includes('.')) return false;
    const key = { ...definitions, namespace: '', name: `${plural}.${group}` };
    const stored = await this.#store.get(key);
    if (stored === undefined) return false;
    this.apply(stored.object, false);
    return true;
  }

  async #follow(watch: ObjectWatch): Promise<void> {
    for (;;) {
      try {
        const { changes } = await watch.next();
        if (this.#stopped) return;
        for (const { current, previous } of changes) {
          if (current !== undefined) this.apply(current, false);
          else if (previous !== undefined) this.apply(previous, true);
        }
      } catch (cause) {
        if (this.#stopped) return;
        if (!isExpired(cause)) throw cause;
        return this.start();
      }
    }
  }
}
