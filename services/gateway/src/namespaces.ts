import type { KubeApi } from '@skerry/kube-api/kube-api';
import type { Admission } from '@skerry/kube-api/options';
import type { KubeUser } from '@skerry/kube-api/request';
import type { Clock } from '@skerry/ports/clock/clock';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { EventSourcedObjectStore } from '@skerry/adapters/event-sourced/object-store';
import type { Log } from '@skerry/runtime/telemetry/log';
import { ADMINS } from './access/tokens.ts';

const CONTENTS_FINALIZER = 'skerry.dev/contents';
/** Who the gateway is when it finishes what a user began. */
export const GATEWAY_USER: KubeUser = { name: 'skerry:gateway', groups: [ADMINS] };

/** A namespace stays until everything in it has been deleted, as in any cluster. */
export const holdNamespaces: Admission = ({ operation, resource, object }) => {
  if (operation !== 'CREATE' || resource.group !== '' || resource.plural !== 'namespaces' || !object) return undefined;
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(CONTENTS_FINALIZER)) return undefined;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, CONTENTS_FINALIZER] } };
};

interface ReaperParts {
  readonly api: KubeApi;
  readonly objects: EventSourcedObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_MS = 1_000;

/** Empties namespaces that are being deleted, then lets them go. */
export class NamespaceReaper {
  readonly #parts: ReaperParts;
  #running = true;
  #watching: { close(): void } | undefined;

  constructor(parts: ReaperParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { objects } = this.#parts;
    const collection = { group: '', resource: 'namespaces' };
    const { items, version } = await objects.list(collection, {});
    const watch = await objects.watch(collection, version);
    this.#watching = watch;
    for (const { object } of items) void this.#reap(object);
    void this.#follow(watch);
  }

  stop(): void {
    this.#running = false;
    this.#watching?.close();
  }

  async #follow(watch: Awaited<ReturnType<EventSourcedObjectStore['watch']>>): Promise<void> {
    try {
      while (this.#running) {
        const { changes } = await watch.next();
        for (const { current } of changes) if (current) void this.#reap(current);
      }
    } catch (error) {
      this.#startAgain(error);
    }
  }

  /** Until the store can be read again; a failure here must not be the end of the process. */
  #startAgain(error: unknown): void {
    if (!this.#running) return;
    this.#parts.log.warn({ error }, 'namespaces cannot be followed, trying again');
    this.#parts.clock.after(RETRY_MS, () => void this.start().catch((again: unknown) => this.#startAgain(again)));
  }

  async #reap(namespace: KubeObject): Promise<void> {
    const { metadata } = namespace;
    const isHeld = metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(CONTENTS_FINALIZER);
    if (!isHeld) return;
    try {
      for (const resource of this.#parts.api.registry.all()) {
        if (!resource.namespaced || !resource.verbs.includes('deletecollection')) continue;
        const prefix =
          resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
        await this.#call('DELETE', `${prefix}/namespaces/${metadata.name}/${resource.plural}`);
      }
      const finalizers = metadata.finalizers!.filter((one) => one !== CONTENTS_FINALIZER);
      await this.#call('PATCH', `/api/v1/namespaces/${metadata.name}`, { metadata: { uid: metadata.uid, finalizers } });
    } catch (error) {
      this.#parts.log.warn({ namespace: metadata.name, error }, 'namespace could not be emptied yet');
      if (this.#running) this.#parts.clock.after(RETRY_MS, () => void this.#reap(namespace));
    }
  }

  async #call(method: string, path: string, body?: unknown): Promise<void> {
    const headers = body === undefined ? {} : { 'content-type': 'application/merge-patch+json' };
    const text = body === undefined ? '' : JSON.stringify(body);
    const { status, body: answer } = await this.#parts.api.handle({
      method,
      path,
      headers,
      body: text,
      user: GATEWAY_USER,
    });
    if (status >= 300 && status !== 404 && status !== 405)
      throw new Error(`${method} ${path} answered ${status}: ${answer}`);
  }
}

/** The namespace that everything without one belongs to exists from the start. */
export const ensureDefaultNamespace = async (api: KubeApi): Promise<void> => {
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const headers = { 'content-type': 'application/json' };
  const { status, body: answer } = await api.handle({
    method: 'POST',
    path: '/api/v1/namespaces',
    headers,
    body,
    user: GATEWAY_USER,
  });
  if (status !== 201 && status !== 409) throw new Error(`namespace default could not be made: ${status} ${answer}`);
};
