import { isTooLarge, TOO_LARGE } from '@skerry/adapters/kubernetes/too-large';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import type { Member, MemberResponse } from '@skerry/ports/member/member';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';

/** One served resource of a member. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface Named {
  readonly namespace: string;
  readonly name: string;
}

export const apiVersionOf = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? version : `${group}/${version}`;

const prefixOf = (resource: ServedResource): string =>
  resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;

export const collectionPath = (resource: ServedResource, namespace = ''): string =>
  resource.namespaced && namespace !== ''
    ? `${prefixOf(resource)}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`
    : `${prefixOf(resource)}/${resource.plural}`;

export const objectPath = (resource: ServedResource, { namespace, name }: Named): string =>
  `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;

/** What an API server said when it refused. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

export const refusalOf = (response: MemberResponse): Refusal => {
  const { status, body } = response;
  const { reason, message, details } = (body ?? {}) as StatusBody;
  return {
    status,
    reason: isTooLarge(response) ? TOO_LARGE : (reason ?? `HTTP ${status}`),
    field: details?.causes?.find((cause) => cause.field)?.field ?? '',
    message: message ?? `the API server answered ${status}`,
  };
};

/** Throws for answers that say nothing about the object: overload and faults are transient. */
export const requireAnswer = (response: MemberResponse, what: string): MemberResponse => {
  if (isTooLarge(response)) return response;
  if (response.status === 429 || response.status >= 500) {
    const { reason, message } = refusalOf(response);
    throw new TransientFailure(`${what}: ${reason}: ${message}`);
  }
  if (response.status === 401)
    throw new TerminalFailure(`${what}: the member refuses our credentials`, { code: 'unauthorized' });
  return response;
};

export const getObject = async (
  member: Member,
  { resource, named }: { resource: ServedResource; named: Named },
): Promise<KubeObject | undefined> => {
  const path = objectPath(resource, named);
  const response = requireAnswer(await member.request({ method: 'GET', path }), `GET ${path}`);
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw new TransientFailure(`GET ${path}: ${refusalOf(response).message}`);
  return response.body as KubeObject;
};

interface ListBody {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubeObject[];
}

const PAGE = 500;

const listPage = async (
  member: Member,
  { path, selector, token }: { path: string; selector: string; token: string },
): Promise<ListBody> => {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (selector !== '') query.set('labelSelector', selector);
  if (token !== '') query.set('continue', token);
  const response = requireAnswer(await member.request({ method: 'GET', path: `${path}?${query}` }), `list ${path}`);
  if (response.status !== 200) throw new TransientFailure(`list ${path}: ${refusalOf(response).message}`);
  return response.body as ListBody;
};

/** A whole list, page by page; every page is handed out at once so that it can be reduced and forgotten. */
export const listPages = async (
  member: Member,
  { path, selector, onPage }: { path: string; selector: string; onPage: (items: readonly KubeObject[]) => void },
): Promise<string> => {
  let token = '';
  for (;;) {
    const { metadata, items } = await listPage(member, { path, selector, token });
    onPage(items);
    token = metadata.continue ?? '';
    if (token === '') return metadata.resourceVersion;
  }
};

/**
 * The first object of a list, read page by page, that is looked for; undefined: a whole list has none. Throws
 * TransientFailure for any answer but a list: what was not listed is unknown, not absent.
 */
export const findListed = async (
  member: Member,
  { path, isWanted }: { path: string; isWanted: (item: KubeObject) => boolean },
): Promise<KubeObject | undefined> => {
  let token = '';
  for (;;) {
    const { metadata, items } = await listPage(member, { path, selector: '', token });
    const found = items.find(isWanted);
    token = metadata.continue ?? '';
    if (found || token === '') return found;
  }
};
