import type { ObjectMeta } from '@skerry/ports/object-store/kube-object';
import { isObject, type JsonObject } from '../merge/json.ts';
import { builtInSchema } from '../schema/built-in-schemas.ts';
import { checkSchema } from '../schema/check.ts';

const goZeros: Readonly<Record<string, unknown>> = {
  labels: '',
  annotations: '',
  finalizers: '',
  ownerReferences: {},
  managedFields: {},
};

/**
 * Metadata as every kind has it, whatever a definition says of it. `problem`: a value of the wrong type, in Go's words. A null
 * inside a map or a list is what Go reads it as, its zero: the code that follows takes texts for texts.
 */
export function readMetadata(sent: JsonObject): {
  readonly metadata: ObjectMeta;
  readonly problem: string | undefined;
} {
  const { mismatches } = checkSchema(sent, builtInSchema('meta.v1.ObjectMeta'), { builtIn: true });
  const problem = mismatches[0]?.message.replace('Go struct field ObjectMeta.', 'Go struct field ObjectMeta.metadata.');
  if (problem !== undefined) return { metadata: {} as ObjectMeta, problem };
  const nulls = Object.keys(goZeros).filter((field) => holdsNull(sent[field]));
  const filled = Object.fromEntries(nulls.map((field) => [field, withoutNulls(sent[field], goZeros[field])]));
  return { metadata: (nulls.length === 0 ? sent : { ...sent, ...filled }) as unknown as ObjectMeta, problem };
}

function holdsNull(value: unknown): boolean {
  return (Array.isArray(value) || isObject(value)) && Object.values(value).includes(null);
}

function withoutNulls(value: unknown, zero: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => item ?? zero);
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, item]) => [key, item ?? zero]));
}
