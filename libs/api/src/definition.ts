import { GROUP, type KubeObject, VERSION } from './object.ts';

type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const wholeNumber: Schema = { type: 'integer', minimum: 0 };
export const flag: Schema = { type: 'boolean' };
/** Named by the design and not served yet: let through by the schema, so that validation can say so. */
export const notServed: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

export const listOf = (items: Schema): Schema => ({ type: 'array', items });
export const atomicListOf = (items: Schema): Schema => ({ type: 'array', items, 'x-kubernetes-list-type': 'atomic' });
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const objectOf = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
});

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
}

/** A kind of Skerry's as a CustomResourceDefinition, so that it is served by the same machinery as anybody's. */
export const defineKind = (kind: {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly namespaced: boolean;
  readonly spec: Schema;
  readonly columns: readonly Column[];
}): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    names: {
      kind: kind.kind,
      listKind: `${kind.kind}List`,
      plural: kind.plural,
      singular: kind.kind.toLowerCase(),
      shortNames: [...(kind.shortNames ?? [])],
      categories: ['skerry'],
    },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: objectOf({
            apiVersion: text,
            kind: text,
            metadata: { type: 'object' },
            spec: kind.spec,
            status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          }),
        },
        additionalPrinterColumns: [
          ...kind.columns,
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
});
