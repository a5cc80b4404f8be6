import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { isObject, textOf } from '../merge/json.ts';
import { badRequest } from '../status-errors/errors.ts';

export type FieldMatcher = (object: KubeObject) => boolean;

/** Fields that Kubernetes lets clients select by, besides name and namespace; by resource. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/nodes': ['spec.unschedulable'],
  '/namespaces': ['status.phase'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/replicationcontrollers': ['status.replicas'],
  '/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
};

export interface FieldSelectorContext {
  readonly group: string;
  readonly plural: string;
  /** Further fields that may be selected by, from a custom resource's definition. */
  readonly more?: readonly string[];
}

/** Reads a `fieldSelector` such as `metadata.name=a,status.phase!=Running`; undefined if it selects everything. */
export function parseFieldSelector(text: string, context: FieldSelectorContext): FieldMatcher | undefined {
  if (text.trim() === '') return undefined;
  const matchers = text.split(',').filter((part) => part !== '');
  const parsed = matchers.map((part) => parseRequirement(part, context));
  return (object) => parsed.every((matches) => matches(object));
}

function parseRequirement(part: string, context: FieldSelectorContext): FieldMatcher {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
  if (match === null) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  const [, field = '', operator, value = ''] = match;
  const allowed = selectable[`${context.group}/${context.plural}`] ?? [];
  const names = ['metadata.name', 'metadata.namespace', ...allowed, ...(context.more ?? [])];
  if (!names.includes(field)) {
    throw badRequest(`field label not supported: ${field}; supported are ${names.join(', ')}`);
  }
  const path = field.split('.');
  const wanted = operator !== '!=';
  return (object) => (textAt(object, path) === value) === wanted;
}

/** A missing field selects as the empty text, a missing flag as `false`. */
function textAt(object: KubeObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  if (value === undefined || value === null) return path.at(-1) === 'unschedulable' ? 'false' : '';
  return textOf(value);
}
