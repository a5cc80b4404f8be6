import { memberStrategies } from '@skerry/kube-api/member-strategies';
import type { ResourceStrategy } from '@skerry/kube-api/resources/resource';
import { builtInStrategies } from '@skerry/kube-api/strategies';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** The object with `defaults` laid below what it has; itself if it has them all. */
const below = (fields: Fields, defaults: Fields): Fields => {
  for (const name in defaults) if (fields[name] === undefined) return { ...defaults, ...fields };
  return fields;
};

const POD_DEFAULTS: Fields = { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 };

const withWorkloadDefaults =
  (defaults: Fields) =>
  (object: KubeObject): KubeObject => {
    const spec = fieldsOf(object['spec']);
    const template = fieldsOf(spec['template']);
    const podSpec = fieldsOf(template['spec']);
    const filledPod = below(podSpec, POD_DEFAULTS);
    const filledTemplate = filledPod === podSpec ? template : { ...template, spec: filledPod };
    const filled = below(filledTemplate === template ? spec : { ...spec, template: filledTemplate }, defaults);
    return filled === spec ? object : { ...object, spec: filled };
  };

const ROLLING = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
const DEPLOYMENT: Fields = { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: ROLLING };
const STATEFUL_SET: Fields = {
  replicas: 1,
  revisionHistoryLimit: 10,
  podManagementPolicy: 'OrderedReady',
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
};

const withPodDefaults = (object: KubeObject): KubeObject => {
  const spec = fieldsOf(object['spec']);
  const filled = below(spec, POD_DEFAULTS);
  return filled === spec ? object : { ...object, spec: filled };
};

/** What the API server of a simulated member does with some kinds. `newAddress` gives a cluster IP that is not in use. */
export const simStrategies = (newAddress: () => string): Readonly<Record<string, ResourceStrategy>> => ({
  ...memberStrategies,
  'apps/deployments': { ...builtInStrategies['apps/deployments'], defaults: withWorkloadDefaults(DEPLOYMENT) },
  'apps/statefulsets': { ...builtInStrategies['apps/statefulsets'], defaults: withWorkloadDefaults(STATEFUL_SET) },
  'apps/replicasets': { ...builtInStrategies['apps/replicasets'], defaults: withWorkloadDefaults({ replicas: 1 }) },
  '/pods': {
    ...builtInStrategies['/pods'],
    defaults: withPodDefaults,
    prepareForCreate: (object) => ({ ...object, status: { phase: 'Pending' } }),
  },
  '/services': {
    ...builtInStrategies['/services'],
    prepareForCreate: (object) => withAddress(object, newAddress),
    prepareForUpdate: keepAddress,
  },
});

const takesAddress = (spec: Fields): boolean => spec['type'] !== 'ExternalName' && spec['clusterIP'] === undefined;

const withAddress = (object: KubeObject, newAddress: () => string): KubeObject => {
  const spec = fieldsOf(object['spec']);
  if (!takesAddress(spec)) return object;
  const clusterIP = newAddress();
  return { ...object, spec: { ...spec, type: spec['type'] ?? 'ClusterIP', clusterIP, clusterIPs: [clusterIP] } };
};

/** A writer that does not name the address keeps it. */
const keepAddress = (object: KubeObject, before: KubeObject): KubeObject => {
  const spec = fieldsOf(object['spec']);
  const { clusterIP, clusterIPs, type } = fieldsOf(before['spec']);
  if (!takesAddress(spec) || clusterIP === undefined) return object;
  return { ...object, spec: { ...spec, type: spec['type'] ?? type, clusterIP, clusterIPs } };
};
