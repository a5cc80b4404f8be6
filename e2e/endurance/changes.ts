import { configMap, deployment } from '../support/objects.ts';
import type { ChangeCommand } from '../support/change-stream.ts';
import { Random } from '../simulation/world/random.ts';

/** ConfigMaps that every cluster has a copy of. */
export const COPIED = 'copied';
/** Deployments whose replicas are divided over the clusters. */
export const DIVIDED = 'divided';
/** Where the number of the change is kept. */
export const NUMBER = 'example.com/number';

const OBJECTS = 60;
const DELETED_SHARE = 0.15;
const MOST_REPLICAS = 4;

/** What shall be there once a change is done; undefined: nothing. */
export interface Wanted {
  readonly number: number;
  /** of a Deployment, over all clusters */
  readonly replicas?: number;
}

export interface Change {
  readonly command: ChangeCommand;
  readonly wanted: Wanted | undefined;
}

/** Of three objects one is a Deployment. */
const isDivided = (index: number): boolean => index % 3 === 2;

/**
 * Change `number` of a run: an object in turn is written, scaled, deleted or made anew. The same seed and number give the
 * same change, so that nobody has to keep what was sent.
 */
export const changeOf = (seed: number, number: number): Change => {
  const random = new Random(seed, `change ${number}`);
  const index = number % OBJECTS;
  const isDeleted = random.chance(DELETED_SHARE);
  const replicas = random.whole(1, MOST_REPLICAS);
  const name = isDivided(index) ? `work-${index}` : `note-${index}`;
  const path = isDivided(index)
    ? `/apis/apps/v1/namespaces/${DIVIDED}/deployments/${name}`
    : `/api/v1/namespaces/${COPIED}/configmaps/${name}`;
  if (isDeleted) return { command: { name, method: 'DELETE', path }, wanted: undefined };
  const object = isDivided(index)
    ? deployment(DIVIDED, { name, replicas, image: 'web:1' })
    : configMap(COPIED, { name, data: { text: `change ${number}` } });
  const body = { ...object, metadata: { ...object.metadata, annotations: { [NUMBER]: String(number) } } };
  const command = { name, method: 'PATCH' as const, path: `${path}?fieldManager=changes&force=true`, body };
  return { command, wanted: isDivided(index) ? { number, replicas } : { number } };
};
