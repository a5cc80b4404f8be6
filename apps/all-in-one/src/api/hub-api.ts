import { readFileSync } from 'node:fs';
import { TransientFailure } from '@skerry/kernel/errors';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

export interface HubAccess {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

export interface HubAnswer {
  readonly status: number;
  // the API's objects are as free as JSON is
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface HubObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** How to reach a hub, from the kubeconfig that its first start wrote. Throws an Error that says what is wrong with the file. */
export const readHubAccess = (kubeconfigPath: string): HubAccess => {
  const config = parse(readFileSync(kubeconfigPath, 'utf8')) as {
    clusters?: { cluster: { server: string; 'certificate-authority-data': string } }[];
    users?: { user: { token?: string } }[];
  };
  const cluster = config.clusters?.[0]?.cluster;
  const token = config.users?.[0]?.user.token;
  if (!cluster || !token) throw new Error(`${kubeconfigPath} has no cluster or no token: is it the hub's kubeconfig?`);
  return { url: cluster.server, ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8'), token };
};

interface ResourceInfo {
  readonly plural: string;
  readonly namespaced: boolean;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly names: readonly string[];
}

/** The hub's API for programs of our own. Answers are values; only a hub that cannot be reached is thrown (TransientFailure). */
export class HubApi {
  readonly #access: HubAccess;
  readonly #agent: Agent;
  #resources: readonly ResourceInfo[] | undefined;

  constructor(access: HubAccess) {
    this.#access = access;
    this.#agent = new Agent({ connect: { ca: access.ca }, connections: 32, headersTimeout: 60_000 });
  }

  async call(method: string, path: string, options: { body?: unknown; type?: string; id?: string } = {}): Promise<HubAnswer> {
    const { body, type = 'application/json', id } = options;
    try {
      const answer = await request(`${this.#access.url}${path}`, {
        method: method as 'GET',
        dispatcher: this.#agent,
        headers: {
          authorization: `Bearer ${this.#access.token}`,
          'content-type': type,
          'user-agent': 'skerry',
          ...(id === undefined ? {} : { 'idempotency-key': id }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, body: text === '' ? undefined : parseBody(text) };
    } catch (cause) {
      throw new TransientFailure(`the hub at ${this.#access.url} cannot be reached`, { cause });
    }
  }

  /** Lines of a stream (watch, events) until the signal aborts or the hub ends it. */
  async *lines(path: string, signal: AbortSignal): AsyncIterable<string> {
    const answer = await request(`${this.#access.url}${path}`, {
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#access.token}` },
      bodyTimeout: 0,
      signal,
    });
    let rest = '';
    for await (const chunk of answer.body) {
      rest += String(chunk);
      const lines = rest.split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  }

  /** Server-side apply as field manager `skerry`. */
  async apply(object: HubObject, { force = true, dryRun = false } = {}): Promise<HubAnswer> {
    const path = await this.pathOf(object);
    if (path === undefined) return unknownKind(object);
    const query = `fieldManager=skerry&force=${force}&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    return this.call('PATCH', `${path}?${query}`, { body: object, type: 'application/apply-patch+yaml' });
  }

  /** Path of an object; undefined when the hub does not serve its kind. */
  async pathOf(object: HubObject): Promise<string | undefined> {
    const find = (all: readonly ResourceInfo[]): ResourceInfo | undefined =>
      all.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
    // a kind that was defined a moment ago is not in what was read before
    const resource = find(await this.resources()) ?? find(await this.resources(true));
    return resource && objectPath(resource, { namespace: object.metadata.namespace ?? '', name: object.metadata.name });
  }

  async resources(again = false): Promise<readonly ResourceInfo[]> {
    if (!this.#resources || again) this.#resources = await this.#discover();
    return this.#resources;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #discover(): Promise<ResourceInfo[]> {
    const groups = await this.call('GET', '/apis');
    const versions = ['v1', ...(groups.body?.groups ?? []).map((group: any) => group.preferredVersion.groupVersion as string)];
    const lists = await Promise.all(
      versions.map(async (version) => ({ version, answer: await this.call('GET', version === 'v1' ? '/api/v1' : `/apis/${version}`) })),
    );
    return lists.flatMap(({ version, answer }) => (answer.body?.resources ?? []).flatMap((one: any) => toResource(version, one)));
  }
}

const toResource = (groupVersion: string, one: any): ResourceInfo[] => {
  if (String(one.name).includes('/')) return [];
  const [version, group] = groupVersion.split('/').reverse() as [string, string | undefined];
  const names = [one.name, one.singularName, one.kind.toLowerCase(), ...(one.shortNames ?? [])];
  if (group) names.push(`${one.name}.${group}`);
  return [{ plural: one.name, namespaced: one.namespaced, group: group ?? '', version, kind: one.kind, names }];
};

const apiVersionOf = ({ group, version }: ResourceInfo): string => (group === '' ? version : `${group}/${version}`);

export const collectionPath = (resource: ResourceInfo, namespace: string): string => {
  const prefix = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  return resource.namespaced && namespace !== '' ? `${prefix}/namespaces/${namespace}/${resource.plural}` : `${prefix}/${resource.plural}`;
};

export const objectPath = (resource: ResourceInfo, { namespace, name }: { namespace: string; name: string }): string =>
  `${collectionPath(resource, namespace === '' ? 'default' : namespace)}/${name}`;

const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { message: text };
  }
};

const unknownKind = ({ apiVersion, kind, metadata }: HubObject): HubAnswer => ({
  status: 404,
  body: { kind: 'Status', status: 'Failure', code: 404, reason: 'NotFound', message: `the hub does not serve ${apiVersion} ${kind} (object ${metadata.name})` },
});

export type { ResourceInfo };
