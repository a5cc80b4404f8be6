import { SYNCER_MANAGER } from '@skerry/api/object';
import { CAUSE_NAMES } from '@skerry/domain/desired/desired';
import type { Json } from '@skerry/engines/rendering/json-patch';
import { crashPoint } from '@skerry/kernel/crash-points';
import { TransientFailure } from '@skerry/kernel/errors';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';
import type { MemberResponse } from '@skerry/ports/member/member';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { desiredObject } from './desired-body.ts';
import { ADOPTED_ANNOTATION, type LiveEntry, toLiveEntry } from './live-state.ts';
import {
  collectionPath,
  objectPath,
  type Refusal,
  refusalOf,
  requireAnswer,
  type ServedResource,
} from './member/kube-calls.ts';
import type { SyncContext } from './sync-context.ts';

export type ApplyAnswer =
  | { readonly kind: 'applied' }
  | { readonly kind: 'unmade'; readonly refusal: Refusal }
  | { readonly kind: 'contended' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type RemoveAnswer =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'held'; readonly message: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

interface ApplyRequest {
  readonly uid: string;
  readonly resource: ServedResource;
  readonly live: LiveEntry | undefined;
  readonly why: 'create' | 'update' | 'repair' | 'recreate' | 'adopt';
}

interface ConflictCause {
  readonly manager: string;
  readonly fields: readonly string[];
}

/** Changes the member. Every request is made only while the lease of the cluster is held. */
export class Applier {
  readonly #context: SyncContext;
  readonly #hub: HubSource;

  constructor({ context, hub }: { context: SyncContext; hub: HubSource }) {
    this.#context = context;
    this.#hub = hub;
  }

  /**
   * What is to be made is made only where nothing has its name. What is there is changed first without force: who writes the
   * same fields is learned by name before anything is overwritten. Then with force, recorded as a repair; after three against
   * the same manager the object is Contended instead.
   */
  async apply(request: ApplyRequest): Promise<ApplyAnswer> {
    const desired = this.#context.desired.desired.get(request.uid);
    if (!desired) throw new TransientFailure('no longer desired');
    const object = markAdopted(await desiredObject(this.#hub, desired), request);
    if (request.why === 'create') await this.#context.turnOf(desired.ref!);
    if (request.why === 'create' || request.why === 'recreate')
      return this.#make(request, { object, hash: desired.hash });
    const first = await this.#patch(request, { object, force: request.why === 'adopt' });
    if (first.status === 409) return this.#overrule(request, { object, hash: desired.hash, first });
    if (first.status >= 300) return { kind: 'refused', refusal: refusalOf(first) };
    if (request.why === 'repair') this.#recordRepair(request.uid, { action: 'reverted', manager: '', fields: [] });
    return this.#accept(request, { hash: desired.hash, answer: first.body as KubeObject });
  }

  async #make(request: ApplyRequest, { object, hash }: { object: Json; hash: string }): Promise<ApplyAnswer> {
    const { unconditional } = this.#context;
    const collection = collectionPath(request.resource);
    const isConditional = !unconditional.has(collection);
    const answer = await this.#send(request, { object: isConditional ? onlyIfAbsent(object) : object, force: false });
    if (isConditional && takesNoVersion(answer)) unconditional.add(collection);
    else requireAnswer(answer, `make ${collection}`);
    if (answer.status >= 300) return { kind: 'unmade', refusal: refusalOf(answer) };
    if (request.why === 'recreate') this.#recordRepair(request.uid, { action: 'recreated', manager: '', fields: [] });
    this.#context.made(request.uid);
    return this.#accept(request, { hash, answer: answer.body as KubeObject });
  }

  /** The member's uid is a precondition: never another object. */
  async remove(request: { uid: string; resource: ServedResource; memberUid: string }): Promise<RemoveAnswer> {
    const withdrawn = this.#context.desired.withdrawn.get(request.uid);
    if (!withdrawn) throw new TransientFailure('no longer withdrawn');
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: request.memberUid },
      propagationPolicy: withdrawn.propagation === '' ? 'Background' : withdrawn.propagation,
    };
    const path = objectPath(request.resource, withdrawn.ref!);
    await this.#context.turnOf(withdrawn.ref!);
    const { hold, giveBack } = this.#context.takeDelete(CAUSE_NAMES[withdrawn.cause]);
    if (hold !== '') return { kind: 'held', message: hold };
    let accepted = false;
    try {
      const response = requireAnswer(
        await this.#mutate({ method: 'DELETE', path, body: JSON.stringify(body) }),
        `DELETE ${path}`,
      );
      accepted = response.status < 300;
      if (accepted) this.#context.counts.deletes += 1;
      const isOver = accepted || response.status === 404 || response.status === 409;
      return isOver ? { kind: 'deleted' } : { kind: 'refused', refusal: refusalOf(response) };
    } finally {
      if (!accepted) giveBack();
    }
  }

  async #overrule(
    request: ApplyRequest,
    { object, hash, first }: { object: Json; hash: string; first: MemberResponse },
  ): Promise<ApplyAnswer> {
    const causes = conflictsOf(first);
    if (causes.length === 0) throw new TransientFailure(refusalOf(first).message);
    const contention = this.#context.contentionOf(request.uid);
    const nowMs = this.#context.nowMs();
    if (contention.untilMs > nowMs) return { kind: 'contended' };
    const second = await this.#patch(request, { object, force: true });
    if (second.status >= 300) return { kind: 'refused', refusal: refusalOf(second) };
    for (const { manager, fields } of causes) {
      contention.repaired(manager, { fields, nowMs });
      this.#recordRepair(request.uid, { action: 'reverted', manager, fields });
    }
    return this.#accept(request, { hash, answer: second.body as KubeObject });
  }

  #accept(request: ApplyRequest, { hash, answer }: { hash: string; answer: KubeObject }): ApplyAnswer {
    const entry = this.#context.live.known(answer) ?? toLiveEntry(answer);
    this.#context.counts.applies += 1;
    this.#context.desired.applied.set(request.uid, { desiredHash: hash, ownedHash: entry.ownedHash });
    this.#context.sawLive(entry);
    return { kind: 'applied' };
  }

  async #patch(request: ApplyRequest, sent: { object: Json; force: boolean }): Promise<MemberResponse> {
    return requireAnswer(await this.#send(request, sent), `change ${collectionPath(request.resource)}`);
  }

  async #send(request: ApplyRequest, { object, force }: { object: Json; force: boolean }): Promise<MemberResponse> {
    const ref = this.#context.desired.refOf(request.uid)!;
    const path = `${objectPath(request.resource, ref)}?fieldManager=${SYNCER_MANAGER}&force=${force}&fieldValidation=Strict`;
    const body = JSON.stringify(object);
    return this.#mutate({ method: 'PATCH', path, contentType: 'application/apply-patch+yaml', body });
  }

  async #mutate(request: {
    method: 'PATCH' | 'DELETE';
    path: string;
    contentType?: string;
    body: string;
  }): Promise<MemberResponse> {
    if (!this.#context.mayAct()) throw new TransientFailure('the lease of the cluster is not held');
    const response = await this.#context.member.request(request);
    crashPoint('mid-apply');
    return response;
  }

  #recordRepair(uid: string, repair: { action: string; manager: string; fields: readonly string[] }): void {
    this.#context.repaired(uid, repair);
  }
}

/**
 * No object has this version, which is the last that a server can count to. Where something has the name an apply with it is
 * refused (409); where nothing has, it is made, and the version says nothing. A POST would do the first too, but what it writes
 * is no apply's.
 */
const NO_VERSION = '9223372036854775807';

const onlyIfAbsent = (object: Json): Json => {
  const map = object as unknown as { readonly metadata: object };
  return { ...map, metadata: { ...map.metadata, resourceVersion: NO_VERSION } } as unknown as Json;
};

/** There are servers, old ones and aggregated ones, that make nothing that names a version: they are asked first. */
const takesNoVersion = ({ status, body }: MemberResponse): boolean =>
  status >= 400 &&
  status !== 409 &&
  /resource ?version/i.test((body as { message?: string } | undefined)?.message ?? '');

const markAdopted = (object: Json, { why, live }: ApplyRequest): Json => {
  if (why !== 'adopt' && !live?.adopted) return object;
  const map = object as { readonly metadata: { readonly annotations?: Record<string, Json> } };
  const annotations = { ...map.metadata.annotations, [ADOPTED_ANNOTATION]: 'true' };
  return { ...map, metadata: { ...map.metadata, annotations } } as unknown as Json;
};

/** Who else owns what we want to write. The manager stands only in the text of a cause: the API has no field for it. */
const conflictsOf = (response: MemberResponse): readonly ConflictCause[] => {
  const { details } = response.body as {
    details?: { causes?: readonly { reason?: string; message?: string; field?: string }[] };
  };
  const byManager = new Map<string, string[]>();
  for (const { reason, message = '', field = '' } of details?.causes ?? []) {
    if (reason !== 'FieldManagerConflict') continue;
    const manager = /conflict with "([^"]*)"/.exec(message)?.[1] ?? message;
    byManager.set(manager, [...(byManager.get(manager) ?? []), field]);
  }
  return [...byManager].map(([manager, fields]) => ({ manager, fields }));
};
