import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import { Agent, type Dispatcher, request } from 'undici';
import type { HubAccess } from './hub-access.ts';
import { apiVersionOf, objectPath, servedResource, type ServedResource } from './served-resource.ts';

export interface HubAnswer {
  readonly status: number;
  // the API's objects are as free as JSON is
  readonly body: any;
}

export interface HubObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface CallOptions {
  readonly body?: unknown;
  /** of the body; default JSON */
  readonly type?: string;
  readonly accept?: string;
  /** sent as Idempotency-Key: the same command again changes nothing */
  readonly id?: string;
}

export interface ApplyOptions {
  /** take fields over that another manager wrote; default true */
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /** default `skerry` */
  readonly manager?: string;
}

export const MERGE_PATCH = 'application/merge-patch+json';

/**
 * The hub's API for programs of our own. Answers are values; a hub that cannot be reached is thrown (TransientFailure), and by discovery
 * one that does not know the token (TerminalFailure `kubeconfig`).
 */
export class HubApi {
  readonly #access: HubAccess;
  readonly #agent: Agent;
  #resources: readonly ServedResource[] | undefined;

  constructor(access: HubAccess) {
    this.#access = access;
    this.#agent = new Agent({ connect: { ca: access.ca }, connections: 32, headersTimeout: 60_000 });
  }

  get url(): string {
    return this.#access.url;
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<HubAnswer> {
    const { body, type = 'application/json', accept = 'application/json', id } = options;
    const headers = { 'content-type': type, accept, ...(id === undefined ? {} : { 'idempotency-key': id }) };
    const text = body === undefined ? null : JSON.stringify(body);
    const answer = await this.#send(path, { method: method as Dispatcher.HttpMethod, headers, body: text });
    return { status: answer.statusCode, body: parseBody(await this.#text(answer)) };
  }

  /**
   * Lines of a stream (watch, events) until the signal aborts or the hub ends it. An answer that is a refusal goes to
   * `refused` and ends it. Throws TransientFailure when the connection breaks.
   */
  async *lines(
    path: string,
    options: {
      readonly signal: AbortSignal;
      readonly accept?: string;
      readonly lastEventId?: string;
      readonly refused?: (answer: HubAnswer) => void;
    },
  ): AsyncIterable<string> {
    const { signal, accept = 'application/json', lastEventId, refused } = options;
    const headers = { accept, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const broken = (cause: unknown): undefined => {
      if (!signal.aborted) throw this.#unreachable(cause);
    };
    const answer = await this.#send(path, { method: 'GET', headers, bodyTimeout: 0, signal }).catch(broken);
    if (answer === undefined) return;
    if (answer.statusCode >= 300) {
      refused?.({ status: answer.statusCode, body: parseBody(await this.#text(answer)) });
      return;
    }
    const chunks = answer.body.setEncoding('utf8')[Symbol.asyncIterator](); // else a character that a chunk's end cuts is lost
    let rest = '';
    for (;;) {
      const chunk = await chunks.next().catch(broken);
      if (chunk === undefined || chunk.done) return;
      const lines = (rest + String(chunk.value)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  }

  /** Server-side apply. A kind that the hub does not serve answers 404. */
  async apply(
    object: HubObject,
    { force = true, dryRun = false, manager = 'skerry' }: ApplyOptions = {},
  ): Promise<HubAnswer> {
    const path = await this.pathOf(object);
    if (path === undefined) return unknownKind(object);
    const query = `fieldManager=${manager}&force=${force}&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    return this.call('PATCH', `${path}?${query}`, { body: object, type: 'application/apply-patch+yaml' });
  }

  /** Path of an object; undefined when the hub does not serve its kind. */
  async pathOf(object: HubObject): Promise<string | undefined> {
    const resource = await this.resourceOf(object);
    return resource && objectPath(resource, { namespace: object.metadata.namespace ?? '', name: object.metadata.name });
  }

  /** The resource of a kind; undefined when the hub does not serve it. */
  async resourceOf({ apiVersion, kind }: Pick<HubObject, 'apiVersion' | 'kind'>): Promise<ServedResource | undefined> {
    const find = (all: readonly ServedResource[]): ServedResource | undefined =>
      all.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
    // a kind that was defined a moment ago is not in what was read before
    return find(await this.resources()) ?? find(await this.resources(true));
  }

  async resources(again = false): Promise<readonly ServedResource[]> {
    if (!this.#resources || again) this.#resources = await this.#discover();
    return this.#resources;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #discover(): Promise<ServedResource[]> {
    const groups = await this.call('GET', '/apis');
    if (groups.status === 401 || groups.status === 403) throw unknownToken(this.#access.url);
    const versions = ((groups.body?.groups ?? []) as any[]).map(
      (group) => group.preferredVersion.groupVersion as string,
    );
    const lists = await Promise.all(
      ['v1', ...versions].map(async (version) => {
        const { body } = await this.call('GET', version === 'v1' ? '/api/v1' : `/apis/${version}`);
        return ((body?.resources ?? []) as any[]).flatMap((entry) => servedResource(version, entry));
      }),
    );
    return lists.flat();
  }

  async #send(
    path: string,
    {
      headers,
      ...rest
    }: Omit<Dispatcher.RequestOptions, 'path' | 'origin'> & { headers: Record<string, string>; bodyTimeout?: number },
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(`${this.#access.url}${path}`, {
        ...rest,
        dispatcher: this.#agent,
        headers: { ...headers, authorization: `Bearer ${this.#access.token}`, 'user-agent': 'skerry' },
      });
    } catch (cause) {
      throw this.#unreachable(cause);
    }
  }

  async #text(answer: Dispatcher.ResponseData): Promise<string> {
    try {
      return await answer.body.text();
    } catch (cause) {
      throw this.#unreachable(cause);
    }
  }

  #unreachable(cause: unknown): TransientFailure {
    if (cause instanceof TransientFailure) return cause;
    const { code } = cause as NodeJS.ErrnoException;
    return new TransientFailure(`the hub at ${this.#access.url} cannot be reached${code ? ` (${code})` : ''}`, {
      cause,
    });
  }
}

const unknownToken = (url: string): TerminalFailure =>
  new TerminalFailure(`the hub at ${url} does not know this token; take the kubeconfig that its start wrote`, {
    code: 'kubeconfig',
  });

const parseBody = (text: string): unknown => {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { message: text }; // a proxy's page, say: shown as it is
  }
};

const unknownKind = ({ apiVersion, kind, metadata }: HubObject): HubAnswer => ({
  status: 404,
  body: {
    kind: 'Status',
    status: 'Failure',
    code: 404,
    reason: 'NotFound',
    message: `the hub does not serve ${apiVersion} ${kind} (object ${metadata.name})`,
  },
});
