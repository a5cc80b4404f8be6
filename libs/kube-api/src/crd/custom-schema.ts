import { isObject, type JsonObject } from '../merge/json.ts';
import { compilePattern } from '../schema/pattern.ts';
import { builtInSchema } from '../schema/built-in-schemas.ts';
import { anySchema, type Property, type Schema, type SchemaType, type ValueRules } from '../schema/schema.ts';

const types = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);

/** The schema of a custom resource's objects, from `openAPIV3Schema`; without one, everything is kept. */
export function customSchema(openApi: unknown, preserveUnknown: boolean): Schema {
  const root = isObject(openApi) ? convert(openApi, preserveUnknown) : { ...anySchema, type: 'object' as const };
  return withTypeAndMetadata({ ...root, name: undefined, preserveUnknown: root.preserveUnknown || !isObject(openApi) });
}

/** Every whole object has these, whatever its schema says about them. */
function withTypeAndMetadata(schema: Schema): Schema {
  const text: Property = { schema: plain('string') };
  const properties = new Map<string, Property>([
    ...(schema.properties ?? []),
    ['apiVersion', text],
    ['kind', text],
    ['metadata', { schema: builtInSchema('meta.v1.ObjectMeta') }],
  ]);
  return { ...schema, type: 'object', properties };
}

function plain(type: SchemaType): Schema {
  return { ...anySchema, type, preserveUnknown: false, nullable: false };
}

function convert(node: JsonObject, preserveAbove: boolean): Schema {
  const preserve = node['x-kubernetes-preserve-unknown-fields'] === true;
  const values = node.additionalProperties;
  const schema: Schema = {
    type: typeOf(node),
    format: node.format as string | undefined,
    properties: isObject(node.properties) ? propertiesOf(node.properties, preserveAbove || preserve) : undefined,
    required: node.required as string[] | undefined,
    values: values === true ? anySchema : isObject(values) ? convert(values, preserveAbove) : undefined,
    items: isObject(node.items) ? convert(node.items, preserveAbove) : undefined,
    listType: (node['x-kubernetes-list-type'] as Schema['listType'] | undefined) ?? 'atomic',
    listKeys: (node['x-kubernetes-list-map-keys'] as string[] | undefined) ?? [],
    atomicMap: node['x-kubernetes-map-type'] === 'atomic',
    preserveUnknown: preserve || preserveAbove,
    embedded: node['x-kubernetes-embedded-resource'] === true,
    nullable: node.nullable === true,
    rules: rulesOf(node),
  };
  return schema.embedded ? withTypeAndMetadata(schema) : schema;
}

function typeOf(node: JsonObject): SchemaType {
  if (node['x-kubernetes-int-or-string'] === true) return 'int-or-string';
  const { type } = node;
  return typeof type === 'string' && types.has(type) ? (type as SchemaType) : 'any';
}

function propertiesOf(nodes: JsonObject, preserve: boolean): Map<string, Property> {
  const properties = new Map<string, Property>();
  for (const [name, node] of Object.entries(nodes)) {
    if (!isObject(node)) continue;
    properties.set(name, { schema: convert(node, preserve), default: node.default });
  }
  return properties;
}

const ruleNames = [
  'enum',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;

function rulesOf(node: JsonObject): ValueRules | undefined {
  const rules: Record<string, unknown> = {};
  for (const name of ruleNames) if (node[name] !== undefined) rules[name] = node[name];
  if (typeof node.pattern === 'string') rules.pattern = compilePattern(node.pattern);
  return Object.keys(rules).length === 0 ? undefined : rules;
}
