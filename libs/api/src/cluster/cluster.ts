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
  /** RFC 3339 time with its zone */
  readonly at: string;
  /**
   * Of the hub's store, for `restore`: what was confirmed of one restore is not of the next. Without it a restore is not
   * confirmed: the entry has no effect. It is not refused, because earlier versions took such, and a Cluster that has one
   * must stay editable.
   */
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

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
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
  (spec.confirmations ?? []).forEach(({ at }, index) => {
    if (RFC_3339.test(at) && !Number.isNaN(Date.parse(at))) return;
    const why = 'allowed: an RFC 3339 time with its zone, like 2026-01-31T12:00:00Z';
    errors.push({ field: `spec.confirmations[${index}].at`, value: at, why });
  });
  return errors;
};
