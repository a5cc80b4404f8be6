import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { definitionStrategy } from './crd/definition-strategy.ts';
import { isObject } from './merge/json.ts';
import type { ResourceStrategy } from './resources/resource.ts';
import type { FieldProblem } from './status-errors/errors.ts';
import { invalidValue, forbiddenField } from './status-errors/field-problems.ts';

/** What some built-in kinds do beyond the general rules. */
export const builtInStrategies: Readonly<Record<string, ResourceStrategy>> = {
  'apiextensions.k8s.io/customresourcedefinitions': definitionStrategy,
  '/pods': { gracePeriodSeconds: podGracePeriod, returnsDeletedObject: true },
  '/services': { returnsDeletedObject: true },
  '/serviceaccounts': { returnsDeletedObject: true },
  '/persistentvolumes': { returnsDeletedObject: true },
  '/persistentvolumeclaims': { returnsDeletedObject: true },
  '/resourcequotas': { returnsDeletedObject: true },
  '/podtemplates': { returnsDeletedObject: true },
  'apps/deployments': { validate: validateReplicated, annotationsAreWishes: true },
  'apps/replicasets': { validate: validateReplicated },
  'apps/statefulsets': { validate: validateReplicated },
  '/configmaps': { validate: validateImmutable },
  '/secrets': { validate: validateImmutable },
};

/** A pod on a node is stopped before it goes; one that never got there goes at once. */
function podGracePeriod(pod: KubeObject, wanted: number | undefined): number {
  const spec = isObject(pod.spec) ? pod.spec : {};
  const status = isObject(pod.status) ? pod.status : {};
  const over = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (!spec.nodeName || over) return 0;
  const own = spec.terminationGracePeriodSeconds;
  return wanted ?? (typeof own === 'number' ? own : 30);
}

function validateReplicated(object: KubeObject, before: KubeObject | undefined): FieldProblem[] {
  const spec = isObject(object.spec) ? object.spec : {};
  const problems: FieldProblem[] = [];
  if (typeof spec.replicas === 'number' && spec.replicas < 0) {
    problems.push(invalidValue('spec.replicas', spec.replicas, 'must be greater than or equal to 0'));
  }
  const wanted = labelsAt(spec, 'selector', 'matchLabels');
  const template = isObject(spec.template) ? spec.template : {};
  const labels = labelsAt(template, 'metadata', 'labels');
  if (isObject(spec.selector) && Object.entries(wanted).some(([key, value]) => labels[key] !== value)) {
    const text = '`selector` does not match template `labels`';
    problems.push(invalidValue('spec.template.metadata.labels', labels, text));
  }
  if (before !== undefined && isObject(before.spec)) {
    if (JSON.stringify(before.spec.selector) !== JSON.stringify(spec.selector)) {
      problems.push(invalidValue('spec.selector', spec.selector, 'field is immutable'));
    }
  }
  return problems;
}

function labelsAt(object: Record<string, unknown>, first: string, second: string): Record<string, unknown> {
  const outer = object[first];
  const inner = isObject(outer) ? outer[second] : undefined;
  return isObject(inner) ? inner : {};
}

function validateImmutable(object: KubeObject, before: KubeObject | undefined): FieldProblem[] {
  if (before?.immutable !== true) return [];
  const problems: FieldProblem[] = [];
  if (object.immutable !== true) {
    problems.push(forbiddenField('immutable', 'field is immutable when `immutable` is set'));
  }
  for (const field of ['data', 'binaryData', 'stringData']) {
    if (JSON.stringify(object[field]) !== JSON.stringify(before[field])) {
      problems.push(forbiddenField(field, 'field is immutable when `immutable` is set'));
    }
  }
  return problems;
}
