import { DefinitionFeed } from './crd/definition-feed.ts';
import { readDefinition } from './crd/custom-resources.ts';
import { Discovery } from './discovery/discovery.ts';
import { answer, type ApiContext, type Exchange } from './exchange.ts';
import { OpenApi } from './openapi/openapi.ts';
import type { KubeApiOptions } from './options.ts';
import type { KubeRequest, KubeResponse } from './request.ts';
import { builtInDefinitions } from './resources/built-in.ts';
import { ResourceRegistry } from './resources/registry.ts';
import { parseResourcePath, type ResourcePath } from './routes/parse-path.ts';
import { dispatch, verbOf } from './routes/dispatch.ts';
import { kubernetesVersion } from './schema/generated/built-in.ts';
import { badRequest, forbidden, pathNotFound, statusErrorOf } from './status-errors/errors.ts';
import { builtInStrategies } from './strategies.ts';

/** The Kubernetes API over one object-store. */
export interface KubeApi {
  /** Answers a request. Never rejects: refusals and failures are answers with a `Status`. */
  readonly handle: (request: KubeRequest) => Promise<KubeResponse>;
  /** Loads the CustomResourceDefinitions in the store and follows them. Call it once, before the first request. */
  readonly start: () => Promise<void>;
  readonly stop: () => void;
  readonly registry: ResourceRegistry;
}

/** Makes the API. Nothing runs until `start`; requests before it do not know stored custom resources. */
export function createKubeApi(options: KubeApiOptions): KubeApi {
  const registry = new ResourceRegistry();
  const serves = options.serves ?? (() => true);
  for (const resource of builtInDefinitions(serves)) registry.replace(resource.group, resource.plural, [resource]);
  for (const definition of options.definitions ?? []) {
    const read = readDefinition(definition);
    if (read === undefined)
      throw new Error(`definition ${String(definition.metadata.name)} names no resource to serve`);
    registry.replace(read.group, read.plural, read.resources);
  }
  const ownNames = new Set(registry.all().map(({ plural, group }) => `${plural}.${group}`));
  const feed = new DefinitionFeed({
    store: options.store,
    registry,
    ownNames,
    onFailure: options.onFailure ?? rethrow,
  });
  const context: ApiContext = {
    store: options.store,
    environment: options.environment,
    registry,
    ownNames,
    options,
    strategies: { ...builtInStrategies, ...options.strategies },
    definitionWritten: (definition, deleted) => feed.apply(definition, deleted),
  };
  const router = new Router({ context, feed });
  return { handle: (request) => router.handle(request), start: () => feed.start(), stop: () => feed.stop(), registry };
}

function rethrow(error: unknown): never {
  throw error;
}

interface RouterOptions {
  readonly context: ApiContext;
  readonly feed: DefinitionFeed;
}

class Router {
  readonly #context: ApiContext;
  readonly #feed: DefinitionFeed;
  readonly #discovery: Discovery;
  readonly #openApi: OpenApi;

  constructor({ context, feed }: RouterOptions) {
    this.#context = context;
    this.#feed = feed;
    this.#discovery = new Discovery(context.registry);
    this.#openApi = new OpenApi(context.registry);
  }

  async handle(request: KubeRequest): Promise<KubeResponse> {
    try {
      return await this.#route(request);
    } catch (cause) {
      const error = statusErrorOf(cause);
      return answer(undefined, error.status.code ?? 500, error.status);
    }
  }

  async #route(request: KubeRequest): Promise<KubeResponse> {
    const path = request.path.length > 1 ? request.path.replace(/\/+$/, '') : request.path;
    const parsed = parseResourcePath(path);
    if (parsed === undefined || parsed.plural === '') return this.#plainPath(request, path);
    const resource = await this.#find(parsed);
    const query = queryOf(request);
    const exchange: Exchange = { context: this.#context, request, path: parsed, query, resource, warnings: [] };
    await this.#authorize(exchange);
    return dispatch(exchange);
  }

  async #find(path: ResourcePath): Promise<Exchange['resource']> {
    const { registry } = this.#context;
    const found = registry.find(path.group, path.version, path.plural);
    if (found !== undefined) return found;
    const { definitions = [] } = this.#context.options;
    const own = definitions.some((definition) => definition.metadata.name === `${path.plural}.${path.group}`);
    if (!own && (await this.#feed.lookUp(path.group, path.plural))) {
      const late = registry.find(path.group, path.version, path.plural);
      if (late !== undefined) return late;
    }
    throw pathNotFound();
  }

  async #authorize(exchange: Exchange): Promise<void> {
    const { authorize } = this.#context.options;
    if (authorize === undefined) return;
    const { path, request, resource } = exchange;
    const why = await authorize({ ...path, user: request.user, verb: verbOf(exchange), path: request.path });
    if (why !== undefined) throw forbidden(resource, path.name, why);
  }

  async #plainPath(request: KubeRequest, path: string): Promise<KubeResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw pathNotFound();
    const found = this.#known(request, path);
    if (found === undefined) throw pathNotFound();
    return found;
  }

  #known(request: KubeRequest, path: string): KubeResponse | undefined {
    if (path === '/version') return answer(undefined, 200, this.#version());
    if (path === '/healthz' || path === '/readyz' || path === '/livez') {
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' };
    }
    if (path === '/openapi/v3') return this.#openApi.answer('');
    if (path.startsWith('/openapi/v3/')) return this.#openApi.answer(path.slice('/openapi/v3/'.length));
    return this.#discovery.answer(path, request.headers?.['accept'] ?? '');
  }

  #version(): unknown {
    const gitVersion = this.#context.options.gitVersion ?? kubernetesVersion;
    const [, major = '1', minor = '0'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
    return {
      major,
      minor,
      gitVersion,
      gitCommit: '',
      gitTreeState: '',
      buildDate: '',
      goVersion: '',
      compiler: '',
      platform: '',
    };
  }
}

function queryOf(request: KubeRequest): URLSearchParams {
  const { query } = request;
  if (query instanceof URLSearchParams) return query;
  const text = query ?? '';
  if (text.includes('%') && !isDecodable(text)) throw badRequest('the query holds an escape that is not valid');
  return new URLSearchParams(text);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
