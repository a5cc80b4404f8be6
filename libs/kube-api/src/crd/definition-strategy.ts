import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { isObject, type JsonObject } from '../merge/json.ts';
import type { ResourceStrategy } from '../resources/resource.ts';
import type { FieldProblem } from '../status-errors/errors.ts';
import { invalidValue, required } from '../status-errors/field-problems.ts';
import { timestamp } from '../verbs/prepare.ts';

/** CustomResourceDefinitions are served as soon as they are stored, and say so at once. */
export const definitionStrategy: ResourceStrategy = {
  defaults: withNames,
  prepareForCreate: (object, now) => established(object, timestamp(now)),
  prepareForUpdate: (object, before) => ({ ...object, status: before.status }),
  validate: validateDefinition,
};

function specOf(object: KubeObject): JsonObject {
  return isObject(object.spec) ? object.spec : {};
}

function withNames(object: KubeObject): KubeObject {
  const spec = specOf(object);
  const names = isObject(spec.names) ? spec.names : {};
  const kind = String(names.kind ?? '');
  const filled = {
    ...names,
    singular: names.singular ?? kind.toLowerCase(),
    listKind: names.listKind ?? `${kind}List`,
  };
  return { ...object, spec: { ...spec, names: filled, conversion: spec.conversion ?? { strategy: 'None' } } };
}

function established(object: KubeObject, now: string): KubeObject {
  const spec = specOf(object);
  const versions = Array.isArray(spec.versions) ? (spec.versions as JsonObject[]) : [];
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  });
  return {
    ...object,
    status: {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: spec.names,
      storedVersions: versions.filter((version) => version.storage === true).map((version) => version.name),
    },
  };
}

function validateDefinition(object: KubeObject, before: KubeObject | undefined): FieldProblem[] {
  const spec = specOf(object);
  const names = isObject(spec.names) ? spec.names : {};
  const problems: FieldProblem[] = [];
  const wanted = `${String(names.plural)}.${String(spec.group)}`;
  if (object.metadata.name !== wanted) {
    problems.push(invalidValue('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`));
  }
  for (const field of ['plural', 'kind']) if (!names[field]) problems.push(required(`spec.names.${field}`));
  if (!spec.group) problems.push(required('spec.group'));
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster') {
    problems.push(invalidValue('spec.scope', spec.scope, 'must be "Cluster" or "Namespaced"'));
  }
  const versions = Array.isArray(spec.versions) ? (spec.versions as JsonObject[]) : [];
  if (versions.length === 0) problems.push(required('spec.versions'));
  if (versions.filter((version) => version.storage === true).length !== 1) {
    problems.push(
      invalidValue('spec.versions', versions.length, 'must have exactly one version marked as storage version'),
    );
  }
  if (isObject(spec.conversion) && spec.conversion.strategy !== 'None') {
    problems.push(invalidValue('spec.conversion.strategy', spec.conversion.strategy, 'only "None" is served here'));
  }
  checkPatterns(versions, problems);
  if (before !== undefined) {
    const old = specOf(before);
    if (old.scope !== spec.scope) problems.push(invalidValue('spec.scope', spec.scope, 'field is immutable'));
  }
  return problems;
}

/** A pattern that is no regular expression here would break every later request for the resource. */
function checkPatterns(versions: readonly JsonObject[], problems: FieldProblem[]): void {
  const visit = (node: unknown, path: string): void => {
    if (Array.isArray(node)) node.forEach((item, index) => visit(item, `${path}[${index}]`));
    if (!isObject(node)) return;
    if (typeof node.pattern === 'string' && typeof node.type === 'string') {
      try {
        new RegExp(node.pattern, 'u');
      } catch (cause) {
        problems.push(invalidValue(`${path}.pattern`, node.pattern, (cause as Error).message));
      }
    }
    for (const [name, child] of Object.entries(node)) visit(child, `${path}.${name}`);
  };
  versions.forEach((version, index) => visit(version.schema, `spec.versions[${index}].schema`));
}
