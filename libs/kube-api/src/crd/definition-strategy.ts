import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { isObject, type JsonObject } from '../merge/json.ts';
import type { ResourceStrategy } from '../resources/resource.ts';
import { compilePattern } from '../schema/pattern.ts';
import type { FieldProblem } from '../status-errors/errors.ts';
import { checkDnsSubdomain, checkLetterLabel } from '../metadata/names.ts';
import { duplicateValue, invalidValue, required } from '../status-errors/field-problems.ts';
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
      storedVersions: versions.filter((one) => isObject(one) && one.storage === true).map((one) => one.name),
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
  problems.push(...validateNames(spec, names));
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster') {
    problems.push(invalidValue('spec.scope', spec.scope, 'must be "Cluster" or "Namespaced"'));
  }
  const versions = Array.isArray(spec.versions) ? (spec.versions as JsonObject[]) : [];
  problems.push(...validateVersions(versions));
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

/** What paths, streams and subjects are made of: with a slash or without its dot a group would lead to somebody else's. */
function validateNames({ group }: JsonObject, names: JsonObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const field of ['plural', 'singular', 'kind', 'listKind']) {
    const name = names[field];
    const path = `spec.names.${field}`;
    if (typeof name !== 'string' || name === '') problems.push(required(path));
    else for (const text of checkLetterLabel(name.toLowerCase())) problems.push(invalidValue(path, name, text));
  }
  const { plural } = names;
  if (typeof plural === 'string' && plural !== plural.toLowerCase()) {
    problems.push(invalidValue('spec.names.plural', plural, 'must be lower case'));
  }
  if (typeof group !== 'string' || group === '') return [...problems, required('spec.group')];
  for (const text of checkDnsSubdomain(group)) problems.push(invalidValue('spec.group', group, text));
  if (!group.includes('.'))
    problems.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
  return problems;
}

function validateVersions(versions: readonly JsonObject[]): FieldProblem[] {
  if (versions.length === 0) return [required('spec.versions')];
  const problems: FieldProblem[] = [];
  const seen = new Set<unknown>();
  versions.forEach((version, index) => {
    const path = `spec.versions[${index}].name`;
    const name = isObject(version) && typeof version.name === 'string' ? version.name : '';
    for (const text of checkLetterLabel(name)) problems.push(invalidValue(path, name, text));
    if (seen.has(name)) problems.push(duplicateValue(path, name));
    seen.add(name);
  });
  const stored = versions.filter((version) => isObject(version) && version.storage === true).length;
  if (stored !== 1) {
    const why = 'must have exactly one version marked as storage version';
    problems.push(invalidValue('spec.versions', stored, why));
  }
  return problems;
}

/** A pattern that is no regular expression here would break every later request for the resource. */
function checkPatterns(versions: readonly JsonObject[], problems: FieldProblem[]): void {
  const visit = (node: unknown, path: string): void => {
    if (!isObject(node)) return;
    if (typeof node.pattern === 'string') {
      try {
        compilePattern(node.pattern);
      } catch (cause) {
        problems.push(invalidValue(`${path}.pattern`, node.pattern, (cause as Error).message));
      }
    }
    for (const name of ['items', 'additionalProperties']) visit(node[name], `${path}.${name}`);
    const properties = isObject(node.properties) ? node.properties : {};
    for (const [name, property] of Object.entries(properties)) visit(property, `${path}.properties[${name}]`);
  };
  versions.forEach((version, index) => {
    const schema = isObject(version) && isObject(version.schema) ? version.schema.openAPIV3Schema : undefined;
    visit(schema, `spec.versions[${index}].schema.openAPIV3Schema`);
  });
}
