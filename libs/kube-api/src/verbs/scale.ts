import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { answer, type Exchange, header, mustGet, present } from '../exchange.ts';
import { isObject, type JsonObject, textOf } from '../merge/json.ts';
import type { KubeResponse } from '../request.ts';
import type { ScalePaths } from '../resources/resource.ts';
import { badRequest, invalid, methodNotAllowed, unsupportedMediaType } from '../status-errors/errors.ts';
import { invalidValue } from '../status-errors/field-problems.ts';
import { objectMedia, readBody } from './decode-object.ts';
import { patcherOf } from './patch.ts';
import { replaceObject } from './replace.ts';

/** The scale subresource: a small object that shows and sets only the number of replicas. */
export async function scale(exchange: Exchange): Promise<KubeResponse> {
  const { method } = exchange.request;
  if (method === 'GET') return answer(exchange, 200, scaleOf(exchange, present(exchange, await mustGet(exchange))));
  if (method === 'PUT') {
    const { value } = readBody(exchange, objectMedia);
    return set(exchange, () => value);
  }
  if (method !== 'PATCH') throw methodNotAllowed();
  const type = (header(exchange, 'content-type').split(';')[0] ?? '').trim().toLowerCase();
  if (type !== 'application/merge-patch+json' && type !== 'application/json-patch+json') {
    throw unsupportedMediaType(
      `patches of type ${JSON.stringify(type)} are not supported for scale; use application/merge-patch+json`,
    );
  }
  return set(exchange, patcherOf(exchange, type));
}

async function set(exchange: Exchange, next: (scale: object) => unknown): Promise<KubeResponse> {
  const paths = exchange.resource.scale as ScalePaths;
  const stored = await replaceObject(exchange, {
    verb: exchange.request.method === 'PUT' ? 'update' : 'patch',
    next: (before) => {
      const wanted = next(scaleOf(exchange, before) as object);
      const replicas = replicasOf(exchange, wanted);
      const sent = isObject(wanted) && isObject(wanted.metadata) ? wanted.metadata : {};
      const resourceVersion = sent.resourceVersion as string | undefined;
      const changed = withValueAt(before, paths.specReplicas, replicas) as KubeObject;
      return { ...changed, metadata: { ...changed.metadata, resourceVersion } };
    },
  });
  return answer(exchange, 200, scaleOf(exchange, present(exchange, stored)));
}

function replicasOf(exchange: Exchange, wanted: unknown): number {
  if (!isObject(wanted)) throw badRequest('a scale is a JSON object with spec.replicas');
  const spec = isObject(wanted.spec) ? wanted.spec : {};
  const replicas = spec.replicas ?? 0;
  if (!Number.isInteger(replicas)) throw badRequest(`spec.replicas: ${JSON.stringify(replicas)} is no whole number`);
  if ((replicas as number) < 0) {
    const subject = { group: 'autoscaling', plural: 'scales', kind: 'Scale' };
    const problem = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid(subject, exchange.path.name, [problem]);
  }
  return replicas as number;
}

function scaleOf(exchange: Exchange, object: KubeObject): JsonObject {
  const paths = exchange.resource.scale as ScalePaths;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object, paths.specReplicas);
  const selector = paths.selector === undefined ? undefined : selectorText(valueAt(object, paths.selector));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    // Kubernetes leaves a zero out here, and shows it below.
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status: {
      replicas: valueAt(object, paths.statusReplicas) ?? 0,
      ...(selector === undefined || selector === '' ? {} : { selector }),
    },
  };
}

function selectorText(selector: unknown): string | undefined {
  if (typeof selector === 'string') return selector;
  if (!isObject(selector)) return undefined;
  const labels = isObject(selector.matchLabels) ? selector.matchLabels : {};
  const parts = Object.entries(labels).map(([key, value]) => `${key}=${textOf(value)}`);
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  for (const { key, operator, values } of expressions as { key: string; operator: string; values?: string[] }[]) {
    const set = `(${[...(values ?? [])].sort().join(',')})`;
    if (operator === 'In') parts.push(`${key} in ${set}`);
    else if (operator === 'NotIn') parts.push(`${key} notin ${set}`);
    else parts.push(operator === 'Exists' ? key : `!${key}`);
  }
  return parts.sort().join(',');
}

export function valueAt(object: unknown, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return value;
}

function withValueAt(object: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const fields = isObject(object) ? object : {};
  return { ...fields, [name]: withValueAt(fields[name], rest, value) };
}
