import type { KubeResponse } from '../request.ts';
import type { ResourceRegistry } from '../resources/registry.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { SchemaWriter } from './schema-writer.ts';

/** Answers `/openapi/v3` and its documents per group and version: what kubectl needs to validate and to explain. */
export class OpenApi {
  readonly #registry: ResourceRegistry;
  readonly #texts = new Map<string, string>();
  #revision = -1;

  constructor(registry: ResourceRegistry) {
    this.#registry = registry;
  }

  /** `path` is what comes after `/openapi/v3`; undefined if there is no such document. */
  answer(path: string): KubeResponse | undefined {
    if (this.#revision !== this.#registry.revision) {
      this.#texts.clear();
      this.#revision = this.#registry.revision;
    }
    let text = this.#texts.get(path);
    if (text === undefined) {
      const document = path === '' ? this.#index() : this.#document(path);
      if (document === undefined) return undefined;
      this.#texts.set(path, (text = JSON.stringify(document)));
    }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: text };
  }

  #index(): unknown {
    const paths: Record<string, unknown> = {};
    for (const { group, version } of this.#registry.groupVersions()) {
      const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
      // Clients keep documents by their hash; the registry's revision changes whenever a document could.
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#registry.revision}` };
    }
    return { paths };
  }

  #document(path: string): unknown {
    const parts = path.split('/').filter((part) => part !== '');
    const [group, version] = parts[0] === 'api' ? ['', parts[1]] : [parts[1], parts[2]];
    const resources = this.#registry
      .all()
      .filter((resource) => resource.group === group && resource.version === version);
    if (resources.length === 0) return undefined;
    const writer = new SchemaWriter();
    const paths: Record<string, unknown> = {};
    for (const resource of resources) {
      writer.addRoot(resource);
      Object.assign(paths, pathsOf(resource));
    }
    return {
      openapi: '3.0.0',
      info: { title: 'Kubernetes', version: 'v1' },
      paths,
      components: { schemas: writer.schemas },
    };
  }
}

const validation = {
  name: 'fieldValidation',
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
};

function pathsOf(resource: Resource): Record<string, unknown> {
  const { group, version, kind, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${apiVersionOf(resource)}`;
  const collection = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`;
  const gvk = { group, version, kind };
  const operation = (action: string, parameters: unknown[]): unknown => ({
    parameters,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  });
  return {
    [collection]: { get: operation('list', []), post: operation('post', [validation]) },
    [`${collection}/{name}`]: {
      get: operation('get', []),
      put: operation('put', [validation]),
      patch: operation('patch', [validation]),
      delete: operation('delete', []),
    },
  };
}
