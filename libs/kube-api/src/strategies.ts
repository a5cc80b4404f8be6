import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { definitionStrategy } from './crd/definition-strategy.ts';
import { isObject } from './merge/json.ts';
import type { ResourceStrategy } from './resources/resource.ts';
import type { FieldProblem } from './status-errors/errors.ts';
import { forbiddenField, invalidValue, tooLong } from './status-errors/field-problems.ts';

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
  '/configmaps': { validate: validateData },
  '/secrets': { validate: validateData },
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

const maxDataBytes = 1_048_576;

function validateData(object: KubeObject, before: KubeObject | undefined): FieldProblem[] {
  const sizeBytes = lengthOf(object.data) + lengthOf(object.stringData) + (lengthOf(object.binaryData) * 3) / 4;
  const problems = validateImmutable(object, before);
  // Kubernetes names no field here: the whole of the data is too long
  if (sizeBytes > maxDataBytes) problems.push(tooLong('[]', maxDataBytes));
  return problems;
}

function lengthOf(map: unknown): number {
  const texts = isObject(map) ? Object.values(map).filter((value) => typeof value === 'string') : [];
  return texts.reduce((sum, value) => sum + utf8LengthOf(value), 0);
}

/** Bytes that the text takes, without making them. */
function utf8LengthOf(text: string): number {
  let bytes = text.length;
  // a half of a pair has two bytes of the pair's four
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
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
