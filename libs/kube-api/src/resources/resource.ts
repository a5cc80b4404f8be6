import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { Schema } from '../schema/schema.ts';
import type { FieldProblem } from '../status-errors/errors.ts';

/** A column of a custom resource's table. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** Where a resource keeps what its `scale` subresource shows. Paths are field names. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly selector?: readonly string[];
}

/** One served version of one resource: all that the verbs have to know about it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** `status` and `scale`, where there are such. */
  readonly subresources: readonly string[];
  readonly scale?: ScalePaths;
  readonly builtIn: boolean;
  /** Whether `metadata.generation` counts the changes of what users want. */
  readonly hasGeneration: boolean;
  readonly columns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly string[];
  readonly schema: Schema;
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** What a kind does beyond the general rules. Every function is pure and returns a new object or its input. */
export interface ResourceStrategy {
  /** Fills in what nobody said, at every write. A create's or update's writer owns it, an applier does not. */
  readonly defaults?: (object: KubeObject) => KubeObject;
  /** Fills in before a create is checked and stored; nobody owns it. */
  readonly prepareForCreate?: (object: KubeObject, now: Date) => KubeObject;
  /** Fills in or takes back before an update is checked and stored. */
  readonly prepareForUpdate?: (object: KubeObject, before: KubeObject) => KubeObject;
  readonly validate?: (object: KubeObject, before: KubeObject | undefined) => readonly FieldProblem[];
  /** Seconds for which the object stays, marked as deleting, until somebody deletes it for good; 0: it goes at once. */
  readonly gracePeriodSeconds?: (object: KubeObject, wanted: number | undefined) => number;
  /** Whether the object stays, marked as deleting, though no finalizer in its metadata keeps it. */
  readonly keepsWhileDeleting?: (object: KubeObject) => boolean;
  /** Last touch to an object that is being marked as deleting. */
  readonly markDeleting?: (object: KubeObject) => KubeObject;
  /** Whether changed annotations count the generation up, as a changed wish does. */
  readonly annotationsAreWishes?: boolean;
  /** Whether a delete answers with the object instead of a `Status`. */
  readonly returnsDeletedObject?: boolean;
}
