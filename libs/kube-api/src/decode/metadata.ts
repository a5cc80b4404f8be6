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
 * is what Go reads it as, nothing, and inside a map or a list its zero: the code that follows takes texts for texts.
 */
export function readMetadata(sent: JsonObject): {
  readonly metadata: ObjectMeta;
  readonly problem: string | undefined;
} {
  const { mismatches } = checkSchema(sent, builtInSchema('meta.v1.ObjectMeta'), { builtIn: true });
  const problem = mismatches[0]?.message.replace('Go struct field ObjectMeta.', 'Go struct field ObjectMeta.metadata.');
  if (problem !== undefined) return { metadata: {} as ObjectMeta, problem };
  const metadata = Object.fromEntries(
    Object.entries(sent).flatMap(([field, value]) => (value === null ? [] : [[field, filled(field, value)]])),
  );
  return { metadata: metadata as unknown as ObjectMeta, problem };
}

/** Where a null may lie inside. */
function filled(field: string, value: unknown): unknown {
  return Object.hasOwn(goZeros, field) && holdsNull(value) ? withoutNulls(value, goZeros[field]) : value;
}

function holdsNull(value: unknown): boolean {
  return (Array.isArray(value) || isObject(value)) && Object.values(value).includes(null);
}

function withoutNulls(value: unknown, zero: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => item ?? zero);
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, item]) => [key, item ?? zero]));
}
