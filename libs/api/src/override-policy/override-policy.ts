import type { FieldError, Validation } from '../field-error.ts';
import type { KubeObject } from '../object.ts';
import { type ClusterSelector, type ObjectSelector, validateObjectSelectors } from '../selectors.ts';

export interface JsonPatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** One operation on the rendered object. Exactly one field is set. */
export interface OverrideOperation {
  readonly image?: {
    readonly container?: string;
    readonly registry?: string;
    readonly repository?: string;
    readonly tag?: string;
  };
  readonly env?: {
    readonly container?: string;
    readonly set?: Readonly<Record<string, string>>;
    readonly remove?: readonly string[];
  };
  readonly labels?: { readonly set?: Readonly<Record<string, string>>; readonly remove?: readonly string[] };
  readonly annotations?: { readonly set?: Readonly<Record<string, string>>; readonly remove?: readonly string[] };
  readonly jsonPatch?: readonly JsonPatchOperation[];
}

export interface OverridePolicySpec {
  readonly selects: readonly ObjectSelector[];
  readonly rules: readonly { readonly clusters?: ClusterSelector; readonly operations: readonly OverrideOperation[] }[];
}

export const SERVED_OPERATIONS = ['image', 'env', 'labels', 'annotations', 'jsonPatch'] as const;

const validateOperation = (operation: Readonly<Record<string, unknown>>, path: string): FieldError[] => {
  const given = Object.keys(operation);
  const unknown = given.filter((key) => !(SERVED_OPERATIONS as readonly string[]).includes(key));
  if (unknown.length > 0) {
    return [
      {
        field: `${path}.${unknown[0]}`,
        value: operation[unknown[0]!],
        why: `not served yet; served: ${SERVED_OPERATIONS.join(', ')}`,
      },
    ];
  }
  if (given.length !== 1) {
    return [{ field: path, value: given, why: `exactly one of ${SERVED_OPERATIONS.join(', ')}` }];
  }
  const patch = operation['jsonPatch'];
  if (patch === undefined) return [];
  if (!Array.isArray(patch)) return [{ field: `${path}.jsonPatch`, value: patch, why: 'a list of {op, path, value}' }];
  return patch.flatMap((step: JsonPatchOperation, index) => [
    ...(['add', 'replace', 'remove'].includes(step.op)
      ? []
      : [{ field: `${path}.jsonPatch[${index}].op`, value: step.op, why: 'allowed: add, replace, remove' }]),
    ...(typeof step.path === 'string' && step.path.startsWith('/')
      ? []
      : [
          { field: `${path}.jsonPatch[${index}].path`, value: step.path, why: 'a JSON pointer such as /spec/replicas' },
        ]),
  ]);
};

export const validateOverridePolicy = (object: KubeObject): Validation => {
  const spec = (object.spec ?? {}) as unknown as OverridePolicySpec;
  if (!Array.isArray(spec.rules) || spec.rules.length === 0) {
    return [
      ...validateObjectSelectors(spec.selects, 'spec.selects'),
      { field: 'spec.rules', value: spec.rules, why: 'at least one rule {clusters?, operations}' },
    ];
  }
  return [
    ...validateObjectSelectors(spec.selects, 'spec.selects'),
    ...spec.rules.flatMap((rule: OverridePolicySpec['rules'][number], index: number) =>
      (rule.operations ?? []).flatMap((operation: OverrideOperation, at: number) =>
        validateOperation(operation as Record<string, unknown>, `spec.rules[${index}].operations[${at}]`),
      ),
    ),
  ];
};
