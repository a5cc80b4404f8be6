import { builtInFacts } from './generated/built-in.ts';
import { anySchema, atomicAnySchema, type ListType, type Property, type Schema, type SchemaType } from './schema.ts';

/** A resource of Kubernetes itself, as the reduced discovery documents name it. */
export interface BuiltInResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly string[];
  /** Name of its schema. */
  readonly schema: string;
}

/** A node as tools/reduce-openapi.mjs writes it: one letter a key, to keep the facts small. */
interface Facts {
  readonly $?: string;
  readonly t?: string;
  readonly f?: string;
  readonly e?: readonly unknown[];
  readonly d?: unknown;
  readonly l?: ListType;
  readonly k?: readonly string[];
  readonly m?: 'atomic' | 'granular';
  readonly r?: readonly string[];
  readonly i?: Facts;
  readonly v?: Facts;
  readonly p?: Readonly<Record<string, Facts>>;
}

interface AllFacts {
  readonly resources: readonly BuiltInResource[];
  readonly schemas: Readonly<Record<string, Facts>>;
}

let parsed: AllFacts | undefined;
const resolved = new Map<string, Schema>();

function facts(): AllFacts {
  return (parsed ??= JSON.parse(builtInFacts) as AllFacts);
}

/** Every resource of Kubernetes that kube-api can serve. */
export function builtInResources(): readonly BuiltInResource[] {
  return facts().resources;
}

/** The named schema. It is made once; types refer to each other, also in circles. */
export function builtInSchema(name: string): Schema {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const node = facts().schemas[name];
  if (node === undefined) throw new Error(`no schema named ${name} among the facts about built-in kinds`);
  const shell = {} as Record<string, unknown>;
  resolved.set(name, shell as unknown as Schema);
  Object.assign(shell, special(name) ?? inline(node), { name: name.slice(name.lastIndexOf('.') + 1) });
  return shell as unknown as Schema;
}

function special(name: string): Schema | undefined {
  if (name === 'runtime.RawExtension' || name === 'meta.v1.FieldsV1') return atomicAnySchema;
  if (name === 'api.resource.Quantity') return { ...anySchema, type: 'quantity' };
  return undefined;
}

const typesByLetter: Readonly<Record<string, SchemaType>> = {
  s: 'string',
  i: 'integer',
  n: 'number',
  b: 'boolean',
  o: 'object',
  a: 'array',
};

function inline(node: Facts): Schema {
  const type = node.f === 'int-or-string' ? 'int-or-string' : (typesByLetter[node.t ?? ''] ?? 'any');
  const freeForm = type === 'object' && node.p === undefined && node.v === undefined;
  return {
    type,
    format: node.f,
    properties: node.p === undefined ? undefined : propertiesOf(node.p, node.r ?? []),
    required: node.r,
    values: node.v === undefined ? (freeForm ? anySchema : undefined) : schemaOf(node.v),
    items: node.i === undefined ? undefined : schemaOf(node.i),
    listType: node.l ?? 'atomic',
    listKeys: node.k ?? [],
    atomicMap: node.m === 'atomic',
    preserveUnknown: freeForm,
    embedded: false,
    // Go's decoder takes null for "not set" everywhere.
    nullable: true,
    rules: node.e === undefined ? undefined : { enum: node.e },
  };
}

function schemaOf(node: Facts): Schema {
  if (node.$ === undefined) return inline(node);
  const target = builtInSchema(node.$);
  // A field may merge another way than its type does elsewhere.
  return node.m === undefined ? target : { ...target, atomicMap: node.m === 'atomic' };
}

function propertiesOf(nodes: Readonly<Record<string, Facts>>, required: readonly string[]): Map<string, Property> {
  const properties = new Map<string, Property>();
  for (const [name, node] of Object.entries(nodes)) {
    properties.set(name, lazyProperty(node, required.includes(name)));
  }
  return properties;
}

function lazyProperty(node: Facts, required: boolean): Property {
  let schema: Schema | undefined;
  const emptyList = required && node.t === 'a' ? null : undefined;
  const meaningful = node.d !== undefined && node.d !== '' && node.d !== 0 && typeof node.d !== 'object';
  return {
    get schema() {
      return (schema ??= schemaOf(node));
    },
    zero: meaningful ? undefined : (node.d ?? emptyList),
    default: meaningful ? node.d : undefined,
  };
}
