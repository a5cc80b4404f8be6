/** One thing wrong with a manifest: where, what was given, and what is allowed. */
export interface FieldError {
  /** e.g. `spec.division.strategy` */
  readonly field: string;
  readonly value: unknown;
  readonly why: string;
}

export type Validation = readonly FieldError[];

const at = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** A field that the design names and that nothing acts on yet is refused: a promise that is not kept is worse than none. */
export const notServedYet = (
  value: Readonly<Record<string, unknown>> | undefined,
  { path, fields }: { path: string; fields: readonly string[] },
): FieldError[] =>
  fields
    .filter((field) => value?.[field] !== undefined)
    .map((field) => ({
      field: at(path, field),
      value: value![field],
      why: 'not served yet: nothing acts on this field',
    }));

export const oneOf = (value: unknown, { path, allowed }: { path: string; allowed: readonly string[] }): FieldError[] =>
  value === undefined || allowed.includes(value as string)
    ? []
    : [{ field: path, value, why: `allowed: ${allowed.join(', ')}` }];
