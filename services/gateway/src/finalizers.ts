import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import type { EventSourcedObjectStore } from '@skerry/adapters/event-sourced/object-store';
import type { KubeApi } from '@skerry/kube-api/kube-api';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ObjectKey } from '@skerry/ports/object-store/object-store';
import type { World } from '@skerry/runtime/service/decision-service';
import { GATEWAY_USER } from './namespaces.ts';
import type { StatusView } from './view/status-view.ts';

const LOOK_EVERY_MS = 500;

export interface FinalizerParts {
  readonly world: World;
  readonly api: KubeApi;
  readonly objects: EventSourcedObjectStore;
  readonly view: StatusView;
}

/**
 * Takes Kubernetes' own finalizers off when what they stand for is done: `orphan` at once (members orphan for themselves),
 * `foregroundDeletion` when every cluster that can be reached has confirmed that the object is gone.
 */
export class DeletionFinalizers {
  readonly #parts: FinalizerParts;
  #running = true;

  constructor(parts: FinalizerParts) {
    this.#parts = parts;
  }

  start(): void {
    if (!this.#running) return;
    const { objects, world } = this.#parts;
    void Promise.all(objects.terminating().map((key) => this.#look(key)))
      .catch((error: unknown) => world.log.warn({ error }, 'finalizers could not be taken off, trying again'))
      .then(() => world.clock.after(LOOK_EVERY_MS, () => this.start()));
  }

  stop(): void {
    this.#running = false;
  }

  async #look(key: ObjectKey): Promise<void> {
    const stored = await this.#parts.objects.get(key);
    const finalizers = stored?.object.metadata.finalizers ?? [];
    const done = finalizers.filter(
      (one) => one === 'orphan' || (one === 'foregroundDeletion' && this.#isGone(stored!.object)),
    );
    if (done.length === 0) return;
    const { metadata } = stored!.object;
    const resource = this.#parts.api.registry
      .all()
      .find((one) => one.group === key.group && one.plural === key.resource);
    if (!resource) return;
    const prefix = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
    const place = key.namespace === '' ? '' : `/namespaces/${key.namespace}`;
    const left = finalizers.filter((one) => !done.includes(one));
    const body = JSON.stringify({
      metadata: { uid: metadata.uid, resourceVersion: stored!.version, finalizers: left },
    });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const path = `${prefix}${place}/${key.resource}/${key.name}`;
    const { status, body: answer } = await this.#parts.api.handle({
      method: 'PATCH',
      path,
      headers,
      body,
      user: GATEWAY_USER,
    });
    // a conflict: somebody else wrote; the next look sees what
    if (status >= 300 && status !== 404 && status !== 409)
      throw new Error(`PATCH ${path} answered ${status}: ${answer}`);
  }

  /** Nothing is desired any more, and what is withdrawn waits only in clusters that cannot be reached. */
  #isGone({ metadata }: KubeObject): boolean {
    const { desired, withdrawn } = this.#parts.view.of(metadata.uid ?? '');
    return desired.size === 0 && [...withdrawn.keys()].every((cluster) => !this.#isReachable(cluster));
  }

  #isReachable(cluster: string): boolean {
    return this.#parts.view.verdictOf(cluster) === Verdict.READY;
  }
}
