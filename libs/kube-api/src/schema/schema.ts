import type { Pattern } from './pattern.ts';

/** What a field may hold. `any` takes every JSON value. */
export type SchemaType =
  'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string' | 'quantity' | 'any';

/** How two writers of one list meet: they replace it whole, share its values, or share its items by their keys. */
export type ListType = 'atomic' | 'set' | 'map';

/** A named field of an object. */
export interface Property {
  readonly schema: Schema;
  /** What Kubernetes' own types hold when nobody sets the field: such a field is never "added" by a writer. */
  readonly zero?: unknown;
  /** The value that the field gets when it is missing (custom resources), or that stands for a missing list key. */
  readonly default?: unknown;
}

/** Limits on values; custom resources bring them. */
export interface ValueRules {
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly pattern?: Pattern;
}

/**
 * A structural schema: enough to validate, to prune, to default and to merge. One shape for built-in kinds and for custom
 * ones. Schemas may refer to themselves.
 */
export interface Schema {
  readonly type: SchemaType;
  /** Name of the type, for messages. */
  readonly name?: string;
  readonly format?: string;
  readonly properties?: ReadonlyMap<string, Property>;
  readonly required?: readonly string[];
  /** Schema of the values of an object without fixed fields, or of its other fields. */
  readonly values?: Schema;
  readonly items?: Schema;
  readonly listType: ListType;
  readonly listKeys: readonly string[];
  readonly atomicMap: boolean;
  /** Fields that the schema does not name are kept. */
  readonly preserveUnknown: boolean;
  /** A whole Kubernetes object lies here. */
  readonly embedded: boolean;
  readonly nullable: boolean;
  readonly rules?: ValueRules;
}

export const anySchema: Schema = {
  type: 'any',
  listType: 'atomic',
  listKeys: [],
  atomicMap: false,
  preserveUnknown: true,
  embedded: false,
  nullable: true,
};

export const atomicAnySchema: Schema = { ...anySchema, atomicMap: true };

/** The schema of the field `key` of an object, or undefined if the schema does not know it. */
export function fieldSchema(schema: Schema, key: string): Schema | undefined {
  const property = schema.properties?.get(key);
  if (property !== undefined) return property.schema;
  if (schema.values !== undefined) return schema.values;
  if (schema.type === 'any') return schema.atomicMap ? atomicAnySchema : anySchema;
  return schema.preserveUnknown ? anySchema : undefined;
}
