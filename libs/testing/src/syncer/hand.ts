import type { Member, MemberRequest } from '@skerry/ports/member/member';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  CustomResourceDefinition: 'customresourcedefinitions',
  Deployment: 'deployments',
  Namespace: 'namespaces',
  Pod: 'pods',
  ReplicaSet: 'replicasets',
  Service: 'services',
  ServiceAccount: 'serviceaccounts',
};

export const pluralOf = (kind: string): string => PLURALS[kind] ?? `${kind.toLowerCase()}s`;

export const collectionOf = ({ apiVersion, kind, metadata }: Manifest): string => {
  const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { namespace } = metadata;
  return `${prefix}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${pluralOf(kind)}`;
};

export const pathOf = (manifest: Manifest): string => `${collectionOf(manifest)}/${manifest.metadata.name}`;

/** Somebody at the member with kubectl, and all rights. */
export class Hand {
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  /** The object, or undefined when there is none. */
  async get(path: string): Promise<any> {
    const { status, body } = await this.#member.request({ method: 'GET', path });
    if (status !== 200 && status !== 404) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return status === 200 ? body : undefined;
  }

  async list(path: string): Promise<any[]> {
    return (await this.get(path)).items;
  }

  async make(manifest: Manifest): Promise<any> {
    return this.#send({ method: 'POST', path: collectionOf(manifest), body: JSON.stringify(manifest) });
  }

  /** Overwrites fields as `manager`, whoever owns them. */
  async edit(path: string, { patch, manager = 'hand' }: { patch: object; manager?: string }): Promise<any> {
    const query = path.includes('?') ? '' : `?fieldManager=${manager}`;
    const contentType = 'application/merge-patch+json';
    return this.#send({ method: 'PATCH', path: `${path}${query}`, contentType, body: JSON.stringify(patch) });
  }

  /** Applies with force: from then on these fields are `manager`'s, in dispute with whoever else applies them. */
  async seize(manifest: Manifest, manager: string): Promise<any> {
    const path = `${pathOf(manifest)}?fieldManager=${manager}&force=true`;
    const contentType = 'application/apply-patch+yaml';
    return this.#send({ method: 'PATCH', path, contentType, body: JSON.stringify(manifest) });
  }

  async remove(path: string): Promise<void> {
    const { status, body } = await this.#member.request({ method: 'DELETE', path });
    if (status >= 300 && status !== 404) throw new Error(`DELETE ${path}: ${status} ${JSON.stringify(body)}`);
  }

  close(): Promise<void> {
    return this.#member.close();
  }

  async #send(request: MemberRequest): Promise<any> {
    const { status, body } = await this.#member.request(request);
    if (status >= 300) throw new Error(`${request.method} ${request.path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}
