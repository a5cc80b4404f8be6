import type { HubApi, HubAnswer, HubObject } from './hub-api.ts';

/** Where the hub keeps what belongs to itself. */
export const SYSTEM_NAMESPACE = 'skerry-system';

export const kubeconfigSecretOf = (cluster: string): string => `cluster-${cluster}`;

export interface JoinRequest {
  readonly name: string;
  readonly kubeconfig: string;
  readonly region?: string;
  readonly zone?: string;
  readonly provider?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The objects that make a cluster a member: its credentials (kept sealed) and the Cluster itself. */
export const joinObjects = ({ name, kubeconfig, ...spec }: JoinRequest): readonly HubObject[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: kubeconfigSecretOf(name), namespace: SYSTEM_NAMESPACE },
    type: 'skerry.dev/kubeconfig',
    data: { kubeconfig: Buffer.from(kubeconfig).toString('base64') },
  },
  {
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: {
      ...spec,
      access: { mode: 'Push', secretRef: { namespace: SYSTEM_NAMESPACE, name: kubeconfigSecretOf(name) } },
    },
  },
];

/** Answers the first refusal, or the answer to the last object. */
export const joinCluster = async (api: HubApi, request: JoinRequest): Promise<HubAnswer> => {
  let answer: HubAnswer = { status: 200, body: undefined };
  for (const object of joinObjects(request)) {
    answer = await api.apply(object);
    if (answer.status >= 300) return answer;
  }
  return answer;
};
