/** One resource that the hub serves, as its discovery names it. */
export interface ServedResource {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** empty for the core group */
  readonly group: string;
  readonly version: string;
  /** everything that people may call it, in lower case */
  readonly names: readonly string[];
}

/** From one entry of an APIResourceList; nothing for subresources. */
export const servedResource = (groupVersion: string, entry: any): ServedResource[] => {
  if (String(entry.name).includes('/')) return [];
  const [version, group = ''] = groupVersion.split('/').reverse() as [string, string | undefined];
  const kind = entry.kind as string;
  const singular = (entry.singularName as string) || kind.toLowerCase();
  const names = [entry.name as string, singular, kind.toLowerCase(), ...((entry.shortNames ?? []) as string[])];
  if (group !== '') names.push(`${entry.name}.${group}`, `${singular}.${group}`);
  return [{ plural: entry.name, singular, kind, namespaced: entry.namespaced, group, version, names }];
};

export const apiVersionOf = ({ group, version }: ServedResource): string =>
  group === '' ? version : `${group}/${version}`;

/** As programs print it: `deployment.apps/web`. */
export const nameOf = ({ singular, group }: ServedResource, name: string): string =>
  `${singular}${group === '' ? '' : `.${group}`}/${name}`;

/** Of all namespaces when `namespace` is empty. */
export const collectionPath = (resource: ServedResource, namespace: string): string => {
  const prefix = `${resource.group === '' ? '/api' : '/apis'}/${apiVersionOf(resource)}`;
  const scope = resource.namespaced && namespace !== '' ? `/namespaces/${namespace}` : '';
  return `${prefix}${scope}/${resource.plural}`;
};

/** A namespaced object without a namespace belongs to `default`. */
export const objectPath = (
  resource: ServedResource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): string => `${collectionPath(resource, namespace === '' ? 'default' : namespace)}/${encodeURIComponent(name)}`;

/** `<group or "core">/<resource>/<namespace or "_">/<name>`, as the hub's own queries name an object. */
export const queryKeyOf = (
  resource: ServedResource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): string => {
  const scope = resource.namespaced ? namespace || 'default' : '_';
  return `${resource.group || 'core'}/${resource.plural}/${scope}/${encodeURIComponent(name)}`;
};
