/** The parts of a Kubernetes object that Skerry reads of any kind. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly finalizers?: string[];
  readonly [field: string]: unknown;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export const GROUP = 'skerry.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On every object in a member that is ours: the hub's uid. */
export const UID_ANNOTATION = 'skerry.dev/uid';
/** Label with the same uid, so that what is ours can be listed by the member's API. */
export const MANAGED_LABEL = 'skerry.dev/managed';
/** On a hub object: take it out of its clusters on purpose, and leave it out while this is set. */
export const WITHDRAW_ANNOTATION = 'skerry.dev/withdraw';
/** On a hub object: says nothing by itself; that it was written is a fresh fact, and has a parked key decided again. */
export const RETRY_ANNOTATION = 'skerry.dev/retry';
/** Computed on read for kinds whose status has no conditions. */
export const CONDITIONS_ANNOTATION = 'skerry.dev/conditions';
/** What kubectl's client-side apply repeats the whole object in; never goes to a member. */
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** Field manager of the syncers in the members. */
export const SYNCER_MANAGER = 'skerry-syncer';

export const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
};
