import { isObject, type JsonObject } from '../merge/json.ts';
import type { FieldProblem } from '../status-errors/errors.ts';
import { invalidValue, notSupported, required, wrongType } from '../status-errors/field-problems.ts';
import { checkRules, checkUnique } from './check-rules.ts';
import { fieldSchema, type Schema } from './schema.ts';

/** A value of the wrong type, in the words of Kubernetes' decoder for built-in kinds. */
export interface TypeMismatch {
  readonly path: string;
  readonly message: string;
}

/** What a schema has to say about an object. */
export interface SchemaFindings {
  /** Paths of fields that the schema does not know. */
  readonly unknown: string[];
  /** Built-in kinds: values that could not be decoded at all. */
  readonly mismatches: TypeMismatch[];
  readonly problems: FieldProblem[];
}

export interface CheckOptions {
  /** Built-in kinds report wrong types as decoding errors, and ask for few fields: members default the rest. */
  readonly builtIn: boolean;
}

/** Holds an object against its schema. Changes nothing. */
export function checkSchema(object: JsonObject, schema: Schema, options: CheckOptions): SchemaFindings {
  const findings: SchemaFindings = { unknown: [], mismatches: [], problems: [] };
  new Checker(findings, options.builtIn).fields({
    value: object,
    schema,
    path: '',
    inStatus: false,
    goStruct: '',
    goPath: '',
  });
  return findings;
}

/** Fields of built-in types that no member would fill in. Kubernetes' other required fields have defaults or may be empty. */
const neverDefaulted: Readonly<Record<string, readonly string[]>> = {
  DeploymentSpec: ['selector'],
  ReplicaSetSpec: ['selector'],
  StatefulSetSpec: ['selector'],
  DaemonSetSpec: ['selector'],
  PodSpec: ['containers'],
  Container: ['name'],
  EnvVar: ['name'],
  Volume: ['name'],
  VolumeMount: ['name', 'mountPath'],
  ServicePort: ['port'],
  ContainerPort: ['containerPort'],
};

const structs = new WeakMap<Schema, readonly (readonly [string, Schema])[]>();

/** The structs in a struct that hold, at some depth, a field that nobody defaults. */
function structsOf(schema: Schema): readonly (readonly [string, Schema])[] {
  let found = structs.get(schema);
  if (found === undefined) {
    // Types go in circles; while this one is being looked through it has nothing to add.
    structs.set(schema, []);
    const properties = [...(schema.properties ?? [])].filter(
      ([name, { zero }]) => isObject(zero) && name !== 'metadata' && name !== 'status',
    );
    found = properties
      .map(([name, property]) => [name, property.schema] as const)
      .filter(([, below]) => neverDefaulted[below.name ?? ''] !== undefined || structsOf(below).length > 0);
    structs.set(schema, found);
  }
  return found;
}

interface Step {
  readonly value: unknown;
  readonly schema: Schema;
  readonly path: string;
  readonly inStatus: boolean;
  /** The struct and the path of the struct field that the value belongs to; Go's decoder names those in its errors. */
  readonly goStruct: string;
  readonly goPath: string;
}

class Checker {
  readonly #findings: SchemaFindings;
  readonly #builtIn: boolean;

  constructor(findings: SchemaFindings, builtIn: boolean) {
    this.#findings = findings;
    this.#builtIn = builtIn;
  }

  fields(step: Step): void {
    const { value, schema, path, inStatus } = step;
    const object = value as JsonObject;
    for (const [name, field] of Object.entries(object)) {
      const below = fieldSchema(schema, name);
      const at = path === '' ? name : `${path}.${name}`;
      if (below === undefined) {
        this.#findings.unknown.push(at);
        continue;
      }
      const status = inStatus || (path === '' && name === 'status');
      const named = schema.properties?.has(name) === true;
      const goStruct = named ? (schema.name ?? '') : step.goStruct;
      const goPath = named ? at : step.goPath;
      this.#value({ value: field, schema: below, path: at, inStatus: status, goStruct, goPath });
    }
    this.#missing(step);
  }

  #missing({ value, schema, path, inStatus }: Step): void {
    const object = value as JsonObject;
    const names = this.#builtIn ? (inStatus ? [] : (neverDefaulted[schema.name ?? ''] ?? [])) : (schema.required ?? []);
    for (const name of names) {
      const field = object[name];
      const absent = field === undefined || (this.#builtIn && isEmptyValue(field));
      if (absent) this.#findings.problems.push(required(path === '' ? name : `${path}.${name}`));
    }
    if (!this.#builtIn || inStatus) return;
    // A struct that nobody sent is there all the same, and lacks its own fields.
    for (const [name, below] of structsOf(schema)) {
      if (Object.hasOwn(object, name)) continue;
      const at = path === '' ? name : `${path}.${name}`;
      this.#missing({ value: {}, schema: below, path: at, inStatus, goStruct: '', goPath: '' });
    }
  }

  #value(step: Step): void {
    const { value, schema, inStatus } = step;
    if (value === null) {
      if (!this.#builtIn && !schema.nullable && schema.type !== 'any') this.#wrong(step);
      return;
    }
    if (!fits(value, schema)) return this.#wrong(step);
    if (schema.rules !== undefined && !inStatus) {
      if (this.#builtIn) this.#enumeration(step);
      else checkRules(step, this.#findings.problems);
    } else if (schema.rules !== undefined && !this.#builtIn) checkRules(step, this.#findings.problems);
    if (Array.isArray(value)) this.#items(step);
    else if (isObject(value) && schema.type === 'object') this.fields(step);
  }

  #enumeration({ value, schema, path }: Step): void {
    const allowed = schema.rules?.enum;
    if (allowed === undefined || value === '' || allowed.includes(value)) return;
    this.#findings.problems.push(notSupported(path, value, allowed));
  }

  #items({ value, schema, path, inStatus, goStruct, goPath }: Step): void {
    const { items } = schema;
    if (items === undefined) return;
    (value as readonly unknown[]).forEach((item, index) =>
      this.#value({ value: item, schema: items, path: `${path}[${index}]`, inStatus, goStruct, goPath }),
    );
    if (!this.#builtIn) checkUnique({ value, schema, path }, this.#findings.problems);
  }

  #wrong({ value, schema, path, goStruct, goPath }: Step): void {
    const isNumber = schema.type === 'integer' && Number.isInteger(value);
    const wanted = isNumber ? (schema.format ?? 'int64') : schema.type;
    const expected = schema.type === 'int-or-string' ? 'integer or string' : wanted;
    if (this.#builtIn) {
      const what = isNumber ? `number ${String(value)}` : jsonTypeOf(value);
      const message = `json: cannot unmarshal ${what} into Go struct field ${goStruct}.${withoutIndexes(goPath)} of type ${goType(schema)}`;
      this.#findings.mismatches.push({ path, message });
      return;
    }
    const shown = jsonTypeOf(value) === 'number' && Number.isInteger(value) ? 'integer' : jsonTypeOf(value);
    const text =
      schema.type === 'int-or-string' ? `must be of type ${expected}` : `must be of type ${expected}: "${shown}"`;
    const problem = wrongType(path, value === null ? 'null' : shown, `${path} in body ${text}`);
    this.#findings.problems.push(schema.type === 'any' ? invalidValue(path, value, text) : problem);
  }
}

function isEmptyValue(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function fits(value: unknown, schema: Schema): boolean {
  switch (schema.type) {
    case 'any':
      return true;
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value) && isInRange(value as number, schema.format);
    case 'number':
      return typeof value === 'number';
    case 'int-or-string':
      return typeof value === 'string' || (Number.isInteger(value) && isInRange(value as number, schema.format));
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number';
    default:
      return typeof value === schema.type;
  }
}

/** Go's integers have an end; a double goes on. */
function isInRange(value: number, format: string | undefined): boolean {
  const limit = format === 'int32' || format === 'int-or-string' ? 2 ** 31 : 2 ** 63;
  return value >= -limit && value < limit;
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

function withoutIndexes(path: string): string {
  return path.includes('[') ? path.replaceAll(/\[\d+\]/g, '') : path;
}

function goType(schema: Schema): string {
  if (schema.type === 'string') return 'string';
  if (schema.type === 'boolean') return 'bool';
  if (schema.type === 'integer') return schema.format ?? 'int64';
  if (schema.type === 'number') return 'float64';
  if (schema.type === 'array') return `[]${goType(schema.items as Schema)}`;
  if (schema.values !== undefined) return `map[string]${goType(schema.values)}`;
  return schema.name === undefined ? 'object' : `v1.${schema.name}`;
}
