import type { ClusterSelector, ObjectSelector } from '../selectors.ts';

export interface JsonPatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** One operation on the rendered object. Exactly one field is set. */
export interface OverrideOperation {
  readonly image?: {
    readonly container?: string;
    readonly registry?: string;
    readonly repository?: string;
    readonly tag?: string;
  };
  readonly env?: {
    readonly container?: string;
    readonly set?: Readonly<Record<string, string>>;
    readonly remove?: readonly string[];
  };
  readonly labels?: { readonly set?: Readonly<Record<string, string>>; readonly remove?: readonly string[] };
  readonly annotations?: { readonly set?: Readonly<Record<string, string>>; readonly remove?: readonly string[] };
  readonly jsonPatch?: readonly JsonPatchOperation[];
}

export interface OverridePolicySpec {
  readonly selects: readonly ObjectSelector[];
  readonly rules: readonly { readonly clusters?: ClusterSelector; readonly operations: readonly OverrideOperation[] }[];
}
