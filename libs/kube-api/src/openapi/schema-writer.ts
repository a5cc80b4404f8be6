import type { Resource } from '../resources/resource.ts';
import type { Property, Schema } from '../schema/schema.ts';

/** Writes schemas as OpenAPI v3 components; named types become components of their own. */
export class SchemaWriter {
  readonly schemas: Record<string, unknown> = {};
  readonly #names = new Map<Schema, string>();

  addRoot(resource: Resource): void {
    const name = this.#component(resource.schema, `${resource.group || 'core'}.${resource.version}.${resource.kind}`);
    const { group, version, kind } = resource;
    Object.assign(this.schemas[name] as object, { 'x-kubernetes-group-version-kind': [{ group, version, kind }] });
  }

  #component(schema: Schema, wanted: string): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    let name = wanted;
    // Two groups may have a type of the same name, which are still two types.
    for (let index = 2; name in this.schemas; index++) name = `${wanted}_${index}`;
    this.#names.set(schema, name);
    this.schemas[name] = {};
    Object.assign(this.schemas[name] as object, this.#inline(schema));
    return name;
  }

  #write(schema: Schema): object {
    if (schema.name === undefined || schema.type !== 'object') return this.#inline(schema);
    return { allOf: [{ $ref: `#/components/schemas/${this.#component(schema, schema.name)}` }] };
  }

  #inline(schema: Schema): object {
    return {
      ...typeOf(schema),
      ...(schema.rules?.enum === undefined ? {} : { enum: schema.rules.enum }),
      ...(schema.required === undefined ? {} : { required: schema.required }),
      ...(schema.properties === undefined ? {} : { properties: this.#properties(schema.properties) }),
      ...(schema.items === undefined ? {} : { items: this.#write(schema.items) }),
      ...(schema.values === undefined ? {} : { additionalProperties: this.#write(schema.values) }),
      ...(schema.type === 'array' ? { 'x-kubernetes-list-type': schema.listType } : {}),
      ...(schema.listKeys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': schema.listKeys }),
      ...(schema.atomicMap ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      ...(schema.preserveUnknown && schema.type === 'object' ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    };
  }

  #properties(properties: ReadonlyMap<string, Property>): object {
    const out: Record<string, object> = {};
    for (const [name, property] of properties) {
      const written = this.#write(property.schema);
      out[name] = property.default === undefined ? written : { ...written, default: property.default };
    }
    return out;
  }
}

function typeOf(schema: Schema): object {
  if (schema.type === 'any') return {};
  if (schema.type === 'quantity') return { oneOf: [{ type: 'string' }, { type: 'number' }] };
  if (schema.type === 'int-or-string') {
    return { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] };
  }
  return { type: schema.type, ...(schema.format === undefined ? {} : { format: schema.format }) };
}
