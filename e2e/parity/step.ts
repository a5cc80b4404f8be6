/** What a server answered, with nothing changed. */
export interface RawAnswer {
  readonly status: number;
  readonly warnings: readonly string[];
  /** The JSON body, or the events of a watch. */
  readonly body: unknown;
}

/** Answers that later steps refer to, by the name they were kept under. */
export type Kept = Readonly<Record<string, KeptBody>>;

/** A kept answer's body; tests read it freely. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type KeptBody = any;

export type Category =
  | 'create'
  | 'update conflict'
  | 'apply: atomic'
  | 'apply: set'
  | 'apply: map'
  | 'apply: conflict'
  | 'apply: force'
  | 'apply: give up'
  | 'apply: version'
  | 'selector list'
  | 'continue'
  | 'watch after a cut'
  | 'delete precondition'
  | 'finalizer'
  | 'patch'
  | 'subresource'
  | 'dry run'
  | 'validation'
  | 'table'
  | 'read';

/** One request, sent to both servers. Texts may hold `{ns}`, the namespace of the scenario. */
export interface Step {
  readonly title: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: string | ((kept: Kept) => string);
  readonly type?: string;
  readonly accept?: string;
  readonly body?: unknown | ((kept: Kept) => unknown);
  /** Name under which later steps find the answer. */
  readonly keep?: string;
  /** Counts under another category than its scenario; null: not compared at all, it only prepares. */
  readonly category?: Category | null;
  /** A watch: how many events to wait for; bookmarks are not counted and not compared. */
  readonly events?: number;
}

/** Steps that build on each other, in a namespace of their own. */
export interface Scenario {
  readonly name: string;
  readonly category: Category;
  readonly steps: readonly Step[];
}

export const applyType = 'application/apply-patch+yaml';
export const mergeType = 'application/merge-patch+json';
export const jsonPatchType = 'application/json-patch+json';

export const configMaps = '/api/v1/namespaces/{ns}/configmaps';
export const deployments = '/apis/apps/v1/namespaces/{ns}/deployments';
export const services = '/api/v1/namespaces/{ns}/services';
export const pods = '/api/v1/namespaces/{ns}/pods';
export const gadgets = '/apis/parity.skerry.dev/v1/namespaces/{ns}/gadgets';

/** A step that only prepares. */
export function prepare(step: Step): Step {
  return { ...step, category: null };
}

export function post(title: string, path: string, body: Step['body']): Step {
  return { title, method: 'POST', path, body };
}

interface Apply {
  readonly path: string;
  readonly manager: string;
  readonly body: unknown;
  readonly force?: boolean;
}

export function apply(title: string, { path, manager, body, force }: Apply): Step {
  const query = `fieldManager=${manager}${force === true ? '&force=true' : ''}`;
  return { title, method: 'PATCH', path, query, type: applyType, body };
}
