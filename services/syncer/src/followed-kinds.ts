import { MANAGED_LABEL } from '@skerry/api/object';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Member } from '@skerry/ports/member/member';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { Log } from '@skerry/runtime/telemetry/log';
import { type LiveEntry, type LiveState, toLiveEntry } from './live-state.ts';
import { Informer } from './member/informer.ts';
import { apiVersionOf, collectionPath, listPages, type ServedResource } from './member/kube-calls.ts';
import type { ServedKinds } from './member/discovery.ts';

export interface FollowedOptions {
  readonly member: Member;
  readonly clock: Clock;
  readonly log: Log;
  readonly live: LiveState;
  readonly random: () => number;
  readonly onChanged: (uids: readonly string[]) => void;
}

const OURS = `${MANAGED_LABEL}=true`;

/** One informer for every kind that the hub desires here or that something of ours is of. */
export class FollowedKinds {
  readonly #options: FollowedOptions;
  readonly #informers = new Map<string, Informer>();

  constructor(options: FollowedOptions) {
    this.#options = options;
  }

  /** Resolves when the kind has been listed once. */
  follow(resource: ServedResource): Promise<void> {
    const id = `${apiVersionOf(resource)}/${resource.kind}`;
    const present = this.#informers.get(id);
    if (present) return present.synced;
    const informer = new Informer({
      ...this.#options,
      path: collectionPath(resource),
      selector: OURS,
      onPut: (object) => this.#put(complete(object, resource)),
      onGone: (object) => this.#gone(toLiveEntry(complete(object, resource))),
      onListed: (present_) => this.#listed(resource, present_),
    });
    this.#informers.set(id, informer);
    informer.start();
    return informer.synced;
  }

  /** Kinds that hold something of ours although nothing desires them any more: their objects are orphans. */
  async findMarked(kinds: ServedKinds): Promise<void> {
    for (const resource of kinds.all) {
      if (!resource.verbs.includes('list') || !resource.verbs.includes('watch') || resource.plural === 'pods') continue;
      let found = false;
      const request = {
        path: collectionPath(resource),
        selector: OURS,
        onPage: (items: readonly KubeObject[]) => (found ||= items.length > 0),
      };
      await listPages(this.#options.member, request);
      if (found) await this.follow(resource);
    }
  }

  stop(): void {
    for (const informer of this.#informers.values()) informer.stop();
    this.#informers.clear();
  }

  #put(object: KubeObject): void {
    this.#options.onChanged(this.#options.live.put(toLiveEntry(object)));
  }

  #gone(entry: LiveEntry): void {
    this.#options.onChanged(this.#options.live.remove(entry.key, entry.memberUid));
  }

  #listed(resource: ServedResource, present: ReadonlySet<string>): void {
    const { live, onChanged } = this.#options;
    const missing = [...live.all].filter(
      (entry) => entry.kind === resource.kind && entry.group === resource.group && !present.has(entry.memberUid),
    );
    for (const entry of missing) onChanged(live.remove(entry.key, entry.memberUid));
  }
}

/** Items of a list carry neither apiVersion nor kind. */
const complete = (object: KubeObject, resource: ServedResource): KubeObject => ({
  ...object,
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
});
