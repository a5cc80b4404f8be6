import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { Exchange } from '../exchange.ts';
import { conflict } from '../status-errors/errors.ts';
import { readDefinition } from './custom-resources.ts';

interface InstanceDeletion {
  readonly definition: KubeObject;
  /** Deletes the object that the exchange names; true if it is gone, false if something keeps it. */
  readonly deleteOne: (exchange: Exchange) => Promise<boolean>;
}

/**
 * Deletes the objects of a custom kind whose definition is to go: without it nobody could ever reach them. Refuses (409) as
 * long as finalizers keep one of them; the client asks again.
 */
export async function deleteInstances(exchange: Exchange, { definition, deleteOne }: InstanceDeletion): Promise<void> {
  const read = readDefinition(definition);
  const resource = read?.resources[0];
  if (read === undefined || resource === undefined) return;
  const { store } = exchange.context;
  const { items } = await store.list({ group: read.group, resource: read.plural }, {});
  const waiting: string[] = [];
  for (const { key } of items) {
    const path = { ...exchange.path, group: key.group, plural: key.resource, namespace: key.namespace, name: key.name };
    if (!(await deleteOne({ ...exchange, resource, path })))
      waiting.push(key.namespace === '' ? key.name : `${key.namespace}/${key.name}`);
  }
  if (waiting.length === 0) return;
  const names = waiting.slice(0, 5).join(', ');
  const why = `${waiting.length} of its objects wait for their finalizers (${names}); delete it again when they are gone`;
  throw conflict(exchange.resource, exchange.path.name, why);
}
