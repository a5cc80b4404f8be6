import type { ObjectKey } from '@skerry/ports/object-store/object-store';
import { QueryRefused } from './route.ts';

const SHAPE = '<group or "core">/<resource>/<namespace or "_">/<name>, e.g. apps/deployments/shop/web';

/** The object that a query is about, from its path. */
export const objectKeyOf = (parts: readonly string[]): ObjectKey => {
  const [group, resource, namespace, name] = parts;
  if (parts.length !== 4 || !group || !resource || !namespace || !name) {
    throw new QueryRefused(400, `the path must name an object: ${SHAPE}`);
  }
  return { group: group === 'core' ? '' : group, resource, namespace: namespace === '_' ? '' : namespace, name };
};
