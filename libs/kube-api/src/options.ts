import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { ObjectStore, StoredObject } from '@skerry/ports/object-store/object-store';
import type { KubeUser } from './request.ts';
import type { Resource, ResourceStrategy } from './resources/resource.ts';

/** What the machinery needs from outside: time and identity. */
export interface KubeApiEnvironment {
  readonly now: () => Date;
  /** A new UUID. */
  readonly newUid: () => string;
  /** Calls back once after `delayMs`; the answer cancels. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

/** A write on its way to the store, as admission sees it. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: Resource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: KubeUser | undefined;
  readonly dryRun: boolean;
  /** Absent for a delete. */
  readonly object?: KubeObject;
  /** Absent for a create. */
  readonly before?: KubeObject;
  /** Adds a `Warning` header to the answer. */
  readonly warn: (text: string) => void;
}

/**
 * Looks at a write before it is stored. Answers nothing to let it pass, another object to store that instead, or throws a
 * StatusError to refuse it. It may be called again for the same request when somebody else's write came between.
 */
export type Admission = (request: AdmissionRequest) => Promise<KubeObject | undefined> | KubeObject | undefined;

/** What somebody wants to do, for the authorisation hook. */
export interface AccessRequest {
  readonly user: KubeUser | undefined;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For paths that name no resource. */
  readonly path: string;
}

export interface KubeApiOptions {
  readonly store: ObjectStore;
  readonly environment: KubeApiEnvironment;
  /** Which built-in resources are served. Default: all of them. */
  readonly serves?: (resource: { group: string; version: string; plural: string; kind: string }) => boolean;
  /** CustomResourceDefinitions that are always served and are not in the store: a program's own kinds. */
  readonly definitions?: readonly KubeObject[];
  /** Unknown fields of built-in kinds, when the client did not ask for strictness: stored, or dropped as Kubernetes does. Default keep. */
  readonly unknownFields?: 'keep' | 'drop';
  /**
   * A server-side apply with an unknown field, a wrong type or items that cannot be told apart: `internal-error` is 500, as
   * Kubernetes has it; `invalid` is 422 with each field. Default internal-error.
   */
  readonly untypedApply?: 'internal-error' | 'invalid';
  /** Shows empty structs where Kubernetes' own types have them (`status: {}`, `resources: {}`). Default false. */
  readonly fillZeros?: boolean;
  /** Refuses to create into a namespace that does not exist or is being deleted. Default false. */
  readonly checkNamespaces?: boolean;
  readonly admission?: readonly Admission[];
  /** What a reader sees instead of what is stored, for example with a computed status. Pure, and quick: called per object read. */
  readonly afterRead?: (stored: StoredObject, resource: Resource) => KubeObject;
  /** By `group/plural`, such as `apps/deployments` or `/pods`; laid over the built-in ones. */
  readonly strategies?: Readonly<Record<string, ResourceStrategy>>;
  /** Answers why not, or undefined to allow. Default: everything is allowed. */
  readonly authorize?: (request: AccessRequest) => Promise<string | undefined> | string | undefined;
  /** Time between bookmarks of a watch that asked for them. Default 60,000. */
  readonly bookmarkIntervalMs?: number;
  /** How long a watch runs that named no `timeoutSeconds`. Default 1,800,000. */
  readonly watchTimeoutMs?: number;
  /** Told when the store failed under the feed of CustomResourceDefinitions; it is over then. Default: an unhandled rejection. */
  readonly onFailure?: (error: unknown) => void;
  /** What `/version` says; default the Kubernetes version that the facts came from. */
  readonly gitVersion?: string;
}
