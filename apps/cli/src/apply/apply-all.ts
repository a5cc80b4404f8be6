import { setTimeout as delay } from 'node:timers/promises';
import type { HubAnswer, HubApi, HubObject } from '@skerry/all-in-one/api/hub-api';
import { nameOf, objectPath, type ServedResource } from '@skerry/all-in-one/api/served-resource';
import { fieldsOf, messageOf } from '../failure.ts';
import type { Manifest } from './read-manifests.ts';

export interface ApplyResult {
  readonly file: string;
  readonly document: number;
  readonly line?: number;
  /** as `deployment.apps/web`; as far as it is known */
  readonly object: string;
  readonly namespace?: string;
  readonly outcome: 'created' | 'configured' | 'unchanged' | 'refused';
  /** HTTP status of the hub's answer; 0 when it was not asked */
  readonly status: number;
  readonly message: string;
  readonly fields: readonly { readonly field: string; readonly message: string }[];
}

export interface ApplyOrder {
  readonly manifests: readonly Manifest[];
  readonly dryRun: boolean;
  readonly force: boolean;
  /** of objects that name none */
  readonly namespace: string;
}

const DEFINITION = 'CustomResourceDefinition';
const SERVED_WITHIN_MS = 5_000;

/** Namespaces and definitions first, as the others need them; otherwise in the order given. */
const rank = ({ object }: Manifest): number => (object?.kind === 'Namespace' ? 0 : object?.kind === DEFINITION ? 1 : 2);

/** Applies one object after another and goes on after a refusal. Throws only when the hub cannot be reached. */
export async function* applyAll(api: HubApi, order: ApplyOrder): AsyncIterable<ApplyResult> {
  const defined = new Set<string>();
  for (const manifest of [...order.manifests].sort((a, b) => rank(a) - rank(b))) {
    const { object } = manifest;
    if (object?.kind === DEFINITION) defined.add((object as any).spec?.names?.kind as string);
    yield await applyOne(api, { manifest, order, defined });
  }
}

interface One {
  readonly manifest: Manifest;
  readonly order: ApplyOrder;
  readonly defined: ReadonlySet<string>;
}

const applyOne = async (api: HubApi, { manifest, order, defined }: One): Promise<ApplyResult> => {
  const { file, document, line, object, fault } = manifest;
  const at = { file, document, line };
  if (fault || !object) {
    const fields = fault?.field ? [fault] : [];
    const message = fields.length > 0 ? 'it is no whole object' : (fault?.message ?? 'no object');
    return { ...at, object: spoken(object), outcome: 'refused', status: 0, message, fields };
  }
  const resource = await served(api, { object, mayWait: defined.has(object.kind) && !order.dryRun });
  if (!resource) {
    const message = `the hub does not serve ${object.kind} of ${object.apiVersion}`;
    return { ...at, object: spoken(object), outcome: 'refused', status: 404, message, fields: [] };
  }
  const namespace = resource.namespaced ? (object.metadata.namespace ?? order.namespace) : undefined;
  const { namespace: _stated, ...metadata } = object.metadata;
  const whole = { ...object, metadata: namespace === undefined ? metadata : { ...metadata, namespace } } as HubObject;
  const path = objectPath(resource, { namespace: namespace ?? '', name: object.metadata.name });
  const before = await api.call('GET', path);
  const answer = await api.apply(whole, order);
  const name = nameOf(resource, object.metadata.name);
  return { ...at, object: name, ...(namespace === undefined ? {} : { namespace }), ...judged({ before, answer }) };
};

const judged = ({ before, answer }: { before: HubAnswer; answer: HubAnswer }) => {
  const { status } = answer;
  if (status >= 300)
    return { outcome: 'refused' as const, status, message: messageOf(answer), fields: fieldsOf(answer) };
  // The version moves with status too, so in a rare race an unchanged object is called configured.
  const isSame = before.body?.metadata?.resourceVersion === answer.body?.metadata?.resourceVersion;
  const outcome =
    before.status === 404 ? ('created' as const) : isSame ? ('unchanged' as const) : ('configured' as const);
  return { outcome, status, message: '', fields: [] };
};

/** A kind that this very run defined is served a moment later. */
const served = async (
  api: HubApi,
  { object, mayWait }: { object: HubObject; mayWait: boolean },
): Promise<ServedResource | undefined> => {
  const endMs = performance.now() + SERVED_WITHIN_MS;
  for (;;) {
    const found = await api.resourceOf(object);
    if (found !== undefined || !mayWait || performance.now() > endMs) return found;
    await delay(50);
  }
};

const spoken = (object: HubObject | undefined): string => {
  const kind = typeof object?.kind === 'string' && object.kind !== '' ? object.kind : 'object';
  const name = object?.metadata?.name;
  return typeof name === 'string' && name !== '' ? `${kind} ${name}` : kind;
};
