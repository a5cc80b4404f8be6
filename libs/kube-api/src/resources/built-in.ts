import { builtInResources, type BuiltInResource, builtInSchema } from '../schema/built-in-schemas.ts';
import type { Schema } from '../schema/schema.ts';
import type { Resource, ScalePaths } from './resource.ts';

/** Built-in resources whose `metadata.generation` Kubernetes counts. */
const withGeneration = new Set([
  '/pods',
  '/replicationcontrollers',
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'apiextensions.k8s.io/customresourcedefinitions',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'batch/cronjobs',
  'batch/jobs',
  'discovery.k8s.io/endpointslices',
  'flowcontrol.apiserver.k8s.io/flowschemas',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations',
  'networking.k8s.io/ingresses',
  'networking.k8s.io/ingressclasses',
  'networking.k8s.io/networkpolicies',
  'policy/poddisruptionbudgets',
  'scheduling.k8s.io/priorityclasses',
]);

const scalePaths: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: ['spec', 'selector'],
};

/** The resources of Kubernetes that `serves` lets through. */
export function builtInDefinitions(serves: (resource: BuiltInResource) => boolean): Resource[] {
  return builtInResources().filter(serves).map(toResource);
}

function toResource(facts: BuiltInResource): Resource {
  const subresources = facts.subresources ?? [];
  let schema: Schema | undefined;
  return {
    group: facts.group,
    version: facts.version,
    kind: facts.kind,
    listKind: `${facts.kind}List`,
    plural: facts.plural,
    singular: facts.singular,
    namespaced: facts.namespaced,
    verbs: facts.verbs,
    shortNames: facts.shortNames ?? [],
    categories: facts.categories ?? [],
    subresources,
    scale: subresources.includes('scale') ? scalePaths : undefined,
    builtIn: true,
    hasGeneration: withGeneration.has(`${facts.group}/${facts.plural}`),
    get schema() {
      return (schema ??= builtInSchema(facts.schema));
    },
  };
}
