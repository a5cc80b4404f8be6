import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { isObject, type JsonObject } from '../merge/json.ts';
import type { PrinterColumn, Resource, ScalePaths } from '../resources/resource.ts';
import { customSchema } from './custom-schema.ts';

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** Which resource a CustomResourceDefinition defines, and its served versions. */
export interface CustomDefinition {
  readonly group: string;
  readonly plural: string;
  readonly resources: readonly Resource[];
}

/** Reads a CustomResourceDefinition; undefined if it is too broken to serve anything. */
export function readDefinition(definition: KubeObject): CustomDefinition | undefined {
  const { spec } = definition;
  if (!isObject(spec) || !isObject(spec.names) || !Array.isArray(spec.versions)) return undefined;
  const { group, names } = spec as { group: unknown; names: JsonObject };
  const { plural, kind } = names;
  if (typeof group !== 'string' || typeof plural !== 'string' || typeof kind !== 'string') return undefined;
  const served = (spec.versions as JsonObject[]).filter((version) => version.served !== false);
  return { group, plural, resources: served.map((version) => resourceOf(version, { spec, names })) };
}

interface DefinitionParts {
  readonly spec: JsonObject;
  readonly names: JsonObject;
}

function resourceOf(version: JsonObject, { spec, names }: DefinitionParts): Resource {
  const subresources = isObject(version.subresources) ? version.subresources : {};
  const openApi = isObject(version.schema) ? version.schema.openAPIV3Schema : undefined;
  const kind = names.kind as string;
  let schema: Resource['schema'] | undefined;
  return {
    group: spec.group as string,
    version: version.name as string,
    kind,
    listKind: (names.listKind as string | undefined) ?? `${kind}List`,
    plural: names.plural as string,
    singular: (names.singular as string | undefined) ?? kind.toLowerCase(),
    namespaced: spec.scope === 'Namespaced',
    verbs,
    shortNames: (names.shortNames as string[] | undefined) ?? [],
    categories: (names.categories as string[] | undefined) ?? [],
    subresources: ['status', 'scale'].filter((name) => isObject(subresources[name])),
    scale: isObject(subresources.scale) ? scalePaths(subresources.scale) : undefined,
    builtIn: false,
    hasGeneration: true,
    columns: (version.additionalPrinterColumns as PrinterColumn[] | undefined) ?? [],
    selectableFields: selectableFields(version),
    get schema() {
      return (schema ??= customSchema(openApi, spec.preserveUnknownFields === true));
    },
  };
}

function selectableFields(version: JsonObject): string[] {
  const fields = Array.isArray(version.selectableFields) ? (version.selectableFields as JsonObject[]) : [];
  return fields.map((field) => String(field.jsonPath).replace(/^\./, ''));
}

function scalePaths(scale: JsonObject): ScalePaths {
  const path = (text: unknown): string[] =>
    String(text)
      .split('.')
      .filter((part) => part !== '');
  return {
    specReplicas: path(scale.specReplicasPath),
    statusReplicas: path(scale.statusReplicasPath),
    selector: scale.labelSelectorPath === undefined ? undefined : path(scale.labelSelectorPath),
  };
}
