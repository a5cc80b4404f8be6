import type { OverrideOperation } from '@skerry/api/override-policy/override-policy';
import { applyJsonPatch, type Json } from './json-patch.ts';

type Map = { readonly [key: string]: Json };

const asMap = (value: Json | undefined): Map =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Map) : {};

/** One operation on a rendered object; the input is not changed. */
export const applyOverride = (object: Json, operation: OverrideOperation): Json => {
  if (operation.jsonPatch) return applyJsonPatch(object, operation.jsonPatch);
  if (operation.labels) return editMetadata(object, { field: 'labels', edit: operation.labels });
  if (operation.annotations) return editMetadata(object, { field: 'annotations', edit: operation.annotations });
  if (operation.image)
    return eachContainer(object, { name: operation.image.container, edit: imageEdit(operation.image) });
  if (operation.env) return eachContainer(object, { name: operation.env.container, edit: envEdit(operation.env) });
  return object;
};

const editMetadata = (
  object: Json,
  { field, edit }: { field: string; edit: { set?: Readonly<Record<string, string>>; remove?: readonly string[] } },
): Json => {
  const metadata = asMap(asMap(object)['metadata']);
  const map: Record<string, Json> = { ...asMap(metadata[field]), ...edit.set };
  for (const key of edit.remove ?? []) delete map[key];
  return { ...asMap(object), metadata: { ...metadata, [field]: map } };
};

type ContainerEdit = (container: Map) => Map;

/** Containers of a pod template or of a pod, init containers included; all of them when no name is given. */
const eachContainer = (object: Json, { name, edit }: { name: string | undefined; edit: ContainerEdit }): Json => {
  const editSpec = (podSpec: Map): Map => {
    const edited: Record<string, Json> = { ...podSpec };
    for (const list of ['containers', 'initContainers']) {
      const containers = podSpec[list];
      if (Array.isArray(containers)) {
        edited[list] = containers.map((one: Json) =>
          name === undefined || asMap(one)['name'] === name ? edit(asMap(one)) : one,
        );
      }
    }
    return edited;
  };
  const root = asMap(object);
  const spec = asMap(root['spec']);
  const template = asMap(spec['template']);
  if (template['spec'] === undefined) return spec['containers'] ? { ...root, spec: editSpec(spec) } : object;
  return { ...root, spec: { ...spec, template: { ...template, spec: editSpec(asMap(template['spec'])) } } };
};

interface ImageParts {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** `[registry/]repository[:tag|@digest]`; the first part is a registry when it has a dot, a port or is localhost. */
export const parseImage = (image: string): ImageParts => {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(0, slash));
  const hasRegistry = slash > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const rest = hasRegistry ? image.slice(slash + 1) : image;
  const digest = rest.indexOf('@');
  const colon = digest >= 0 ? digest : rest.lastIndexOf(':');
  return {
    registry: hasRegistry ? first : '',
    repository: colon < 0 ? rest : rest.slice(0, colon),
    tag: colon < 0 ? '' : rest.slice(colon),
  };
};

const imageEdit =
  (override: NonNullable<OverrideOperation['image']>): ContainerEdit =>
  (container) => {
    const { image } = container;
    const present = parseImage(typeof image === 'string' ? image : '');
    const registry = override.registry ?? present.registry;
    const repository = override.repository ?? present.repository;
    const tag = override.tag === undefined ? present.tag : `:${override.tag}`;
    return { ...container, image: `${registry === '' ? '' : `${registry}/`}${repository}${tag}` };
  };

const envEdit =
  (override: NonNullable<OverrideOperation['env']>): ContainerEdit =>
  (container) => {
    const set = override.set ?? {};
    const gone = new Set<unknown>([...(override.remove ?? []), ...Object.keys(set)]);
    const present = Array.isArray(container['env']) ? (container['env'] as readonly Json[]) : [];
    const kept = present.filter((entry) => !gone.has(asMap(entry)['name']));
    const added = Object.entries(set).map(([name, value]) => ({ name, value }));
    return { ...container, env: [...kept, ...added] };
  };
