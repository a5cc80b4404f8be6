import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { isObject } from './merge/json.ts';
import type { ResourceStrategy } from './resources/resource.ts';
import { builtInStrategies } from './strategies.ts';

/**
 * What a member cluster does with some kinds and the hub does not: for `strategies` of a simulated member. A namespace stays
 * until its controller has set `spec.finalizers` to nothing (PUT of `finalize`); a Secret's `stringData` becomes data.
 */
export const memberStrategies: Readonly<Record<string, ResourceStrategy>> = {
  '/namespaces': {
    defaults: withNameLabel,
    prepareForCreate: (object) => ({
      ...object,
      spec: { ...specOf(object), finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    }),
    prepareForUpdate: (object, before) => ({ ...object, spec: before.spec }),
    keepsWhileDeleting: (object) => Array.isArray(specOf(object).finalizers),
    markDeleting: (object) => {
      const { deletionGracePeriodSeconds: _seconds, ...metadata } = object.metadata;
      return { ...object, metadata, status: { ...(object.status as object), phase: 'Terminating' } };
    },
  },
  '/secrets': { ...builtInStrategies['/secrets'], defaults: withStringData },
};

function specOf(object: KubeObject): Record<string, unknown> {
  return isObject(object.spec) ? object.spec : {};
}

function withNameLabel(object: KubeObject): KubeObject {
  const { metadata } = object;
  const label = 'kubernetes.io/metadata.name';
  if (metadata.labels?.[label] === metadata.name) return object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [label]: metadata.name ?? '' } } };
}

const utf8 = new TextEncoder();

function withStringData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const typed = { ...rest, type: rest.type ?? 'Opaque' } as KubeObject;
  if (!isObject(stringData)) return typed;
  const added = Object.entries(stringData).map(([key, text]) => [key, base64(String(text))] as const);
  return { ...typed, data: { ...(typed.data as object | undefined), ...Object.fromEntries(added) } };
}

function base64(text: string): string {
  let bytes = '';
  for (const byte of utf8.encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}
