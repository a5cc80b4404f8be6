import type { FieldProblem } from './errors.ts';

/** Builders of field problems with the texts of Kubernetes. */
export function required(field: string, detail = ''): FieldProblem {
  return { field, reason: 'FieldValueRequired', message: `Required value${detail === '' ? '' : `: ${detail}`}` };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldProblem {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${show(value)}: ${detail}` };
}

export function wrongType(field: string, value: unknown, detail: string): FieldProblem {
  return { field, reason: 'FieldValueTypeInvalid', message: `Invalid value: ${show(value)}: ${detail}` };
}

export function notSupported(field: string, value: unknown, allowed: readonly unknown[]): FieldProblem {
  const list = [...allowed].sort().map(show).join(', ');
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${show(value)}: supported values: ${list}`,
  };
}

export function forbiddenField(field: string, detail: string): FieldProblem {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` };
}

export function duplicateValue(field: string, value: unknown): FieldProblem {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${show(value)}` };
}

export function tooLong(field: string, limit: number): FieldProblem {
  return {
    field,
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${limit} bytes`,
  };
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
