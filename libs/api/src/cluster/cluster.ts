import type { FieldError, Validation } from '../field-error.ts';
import type { KubeObject } from '../object.ts';
import type { SelectableCluster } from '../selectors.ts';

export interface ClusterTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'NoExecute';
}

/** Order of a person: what to confirm, written into the object so that it is history. */
export interface Confirmation {
  readonly what: 'withdrawals' | 'restore';
  /** ISO time */
  readonly at: string;
  /** of the hub's store, for `restore`: what was confirmed of one restore is not of the next */
  readonly incarnation?: string;
}

export interface ClusterSpec {
  readonly region?: string;
  readonly zone?: string;
  readonly provider?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly ClusterTaint[];
  /** Push: a syncer beside the hub, with a kubeconfig in the named Secret; Pull: the syncer runs in the member and dials out */
  readonly access?: {
    readonly mode: 'Push' | 'Pull';
    readonly secretRef?: { readonly namespace: string; readonly name: string };
  };
  readonly confirmations?: readonly Confirmation[];
}

/** What scheduling knows of a Cluster object. */
export interface ClusterFacts extends SelectableCluster {
  readonly uid: string;
  readonly taints: readonly ClusterTaint[];
  readonly leaving: boolean;
}

export const CORDON_TAINT: ClusterTaint = { key: 'skerry.dev/cordoned', effect: 'NoSchedule' };

export const clusterFacts = (object: KubeObject): ClusterFacts => {
  const spec = (object.spec ?? {}) as ClusterSpec;
  return {
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    region: spec.region ?? '',
    zone: spec.zone ?? '',
    provider: spec.provider ?? '',
    labels: { ...object.metadata.labels, ...spec.labels },
    taints: spec.taints ?? [],
    leaving: object.metadata.deletionTimestamp !== undefined,
  };
};

/** No policy places what is in here: anywhere else a member's credentials could be placed in other members. */
const CREDENTIALS_NAMESPACE = 'skerry-system';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const validateCluster = (object: KubeObject): Validation => {
  const spec = (object.spec ?? {}) as ClusterSpec;
  const errors: FieldError[] = [];
  if (!DNS_LABEL.test(object.metadata.name)) {
    errors.push({
      field: 'metadata.name',
      value: object.metadata.name,
      why: 'a DNS label (lower case letters, digits and -, at most 63): the name is part of subjects and streams',
    });
  }
  const mode = spec.access?.mode;
  if (mode !== undefined && mode !== 'Push') {
    errors.push({ field: 'spec.access.mode', value: mode, why: 'not served yet; served: Push' });
  }
  const { namespace, name } = spec.access?.secretRef ?? {};
  if (mode === 'Push' && !name) {
    errors.push({ field: 'spec.access.secretRef.name', value: name, why: 'required: the Secret with the kubeconfig' });
  }
  if (spec.access?.secretRef && namespace !== CREDENTIALS_NAMESPACE) {
    const why = `allowed: ${CREDENTIALS_NAMESPACE}, from where nothing is placed in members`;
    errors.push({ field: 'spec.access.secretRef.namespace', value: namespace, why });
  }
  (spec.taints ?? []).forEach((taint, index) => {
    if (!taint.key) errors.push({ field: `spec.taints[${index}].key`, value: taint.key, why: 'required' });
    if (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute') {
      errors.push({
        field: `spec.taints[${index}].effect`,
        value: taint.effect,
        why: 'allowed: NoSchedule, NoExecute',
      });
    }
  });
  (spec.confirmations ?? []).forEach(({ what, at, incarnation }, index) => {
    const field = `spec.confirmations[${index}]`;
    if (Number.isNaN(Date.parse(at)))
      errors.push({ field: `${field}.at`, value: at, why: 'allowed: an ISO 8601 time' });
    if (what === 'restore' && !incarnation) {
      const why = 'required: the incarnation of the hub that is confirmed; skerry confirm restore fills it in';
      errors.push({ field: `${field}.incarnation`, value: incarnation, why });
    }
  });
  return errors;
};
