import { type FieldError, oneOf, type Validation } from '../field-error.ts';
import type { KubeObject } from '../object.ts';
import { type ObjectSelector, validateObjectSelectors } from '../selectors.ts';
import type { JsonPatchOperation, OverrideOperation, OverridePolicySpec } from './override-policy.ts';
import { refuseReserved } from './reserved.ts';
import { refuseOnSecrets } from './sealed.ts';

export const SERVED_OPERATIONS = ['image', 'env', 'labels', 'annotations', 'jsonPatch'] as const;

const validateOperation = (
  operation: OverrideOperation,
  { path, selects }: { path: string; selects: readonly ObjectSelector[] },
): FieldError[] => {
  const given = Object.entries(operation);
  const unknown = given.find(([key]) => !(SERVED_OPERATIONS as readonly string[]).includes(key));
  if (unknown) {
    const [name, value] = unknown;
    return [{ field: `${path}.${name}`, value, why: `not served yet; served: ${SERVED_OPERATIONS.join(', ')}` }];
  }
  if (given.length !== 1) {
    const names = given.map(([key]) => key);
    return [{ field: path, value: names, why: `exactly one of ${SERVED_OPERATIONS.join(', ')}` }];
  }
  const malformed = validatePatch(operation.jsonPatch, `${path}.jsonPatch`);
  if (malformed.length > 0) return malformed;
  return [...refuseReserved(operation, path), ...refuseOnSecrets(operation, { path, selects })];
};

const validatePatch = (patch: unknown, path: string): FieldError[] => {
  if (patch === undefined) return [];
  if (!Array.isArray(patch)) return [{ field: path, value: patch, why: 'a list of {op, path, value}' }];
  return patch.flatMap((step: JsonPatchOperation, index) => [
    ...oneOf(step.op, { path: `${path}[${index}].op`, allowed: ['add', 'replace', 'remove'] }),
    ...(typeof step.path === 'string' && step.path.startsWith('/') && !/~(?![01])/.test(step.path)
      ? []
      : [
          {
            field: `${path}[${index}].path`,
            value: step.path,
            why: 'a JSON pointer such as /spec/replicas (in a name ~ is ~0 and / is ~1)',
          },
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
  const selects = Array.isArray(spec.selects) ? spec.selects : [];
  return [
    ...validateObjectSelectors(spec.selects, 'spec.selects'),
    ...spec.rules.flatMap((rule: OverridePolicySpec['rules'][number], index: number) =>
      (rule.operations ?? []).flatMap((operation: OverrideOperation, at: number) =>
        validateOperation(operation, { path: `spec.rules[${index}].operations[${at}]`, selects }),
      ),
    ),
  ];
};
