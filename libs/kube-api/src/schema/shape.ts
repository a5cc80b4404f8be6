import { isObject, type JsonObject } from '../merge/json.ts';
import { fieldSchema, type Schema } from './schema.ts';

type Reshape = (value: JsonObject, schema: Schema) => JsonObject;

/** Applies `reshape` to every object below `value` that has a schema; parts that do not change are shared, not copied. */
function reshapeAll(value: unknown, schema: Schema | undefined, reshape: Reshape): unknown {
  if (schema === undefined || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    if (schema.items === undefined) return value;
    let copy: unknown[] | undefined;
    value.forEach((item, index) => {
      const changed = reshapeAll(item, schema.items, reshape);
      if (changed !== item) (copy ??= [...(value as unknown[])])[index] = changed;
    });
    return copy ?? value;
  }
  if (schema.type !== 'object') return value;
  const shaped = reshape(value as JsonObject, schema);
  let copy: JsonObject | undefined;
  for (const [name, field] of Object.entries(shaped)) {
    const changed = reshapeAll(field, fieldSchema(schema, name), reshape);
    if (changed !== field) (copy ??= { ...shaped })[name] = changed;
  }
  return copy ?? shaped;
}

/** The object without the fields that its schema does not know. */
export function dropUnknown<T extends JsonObject>(object: T, schema: Schema): T {
  return reshapeAll(object, schema, (value, below) => {
    const names = Object.keys(value);
    const known = names.filter((name) => fieldSchema(below, name) !== undefined);
    if (known.length === names.length) return value;
    return Object.fromEntries(known.map((name) => [name, value[name]]));
  }) as T;
}

/** The object with the defaults of its (custom) schema. A null where no null may be stands for a missing field. */
export function fillDefaults<T extends JsonObject>(object: T, schema: Schema): T {
  return reshapeAll(object, schema, (value, below) => {
    let copy: JsonObject | undefined;
    for (const [name, property] of below.properties ?? []) {
      if (property.default === undefined) continue;
      const field = value[name];
      if (field === undefined || (field === null && !property.schema.nullable)) {
        (copy ??= { ...value })[name] = structuredCopy(property.default);
      }
    }
    return copy ?? value;
  }) as T;
}

/** The object as Kubernetes' own types show it: structs that nobody set are there and empty. */
export function fillZeros<T extends JsonObject>(object: T, schema: Schema): T {
  return reshapeAll(object, schema, (value, below) => {
    let copy: JsonObject | undefined;
    for (const [name, property] of below.properties ?? []) {
      const { zero } = property;
      if (zero === undefined || Object.hasOwn(value, name)) continue;
      (copy ??= { ...value })[name] = isObject(zero) ? {} : zero;
    }
    return copy ?? value;
  }) as T;
}

function structuredCopy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
