import { TOO_LARGE } from '@skerry/adapters/kubernetes/too-large';
import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { CAUSE_NAMES } from '@skerry/domain/desired/desired';
import { planSync, type SyncStep, type WithdrawnItem } from '@skerry/engines/sync/sync-plan';
import { TransientFailure } from '@skerry/kernel/errors';
import type { Applier } from './applier.ts';
import { whatWouldBeLost } from './contents.ts';
import { keyOfRef } from './desired-state.ts';
import { countOfHeld, type LiveEntry, toLiveEntry } from './live-state.ts';
import { apiVersionOf, collectionPath, getObject, type Refusal, type ServedResource } from './member/kube-calls.ts';
import { APPLIED, GONE, type Outcome, outcomeOf } from './outcome.ts';
import type { SyncContext } from './sync-context.ts';

/** Refusals that may pass by themselves (quota, a webhook) are tried again this often; an invalid object less. */
const REFUSED_AGAIN_MS = 10_000;
const INVALID_AGAIN_MS = 300_000;
const WAIT_AGAIN_MS = 2_000;

/** What the cluster serves: waited for by objects of a kind that it does not. */
export const KINDS = 'kinds';

/** What objects of a kind wait for that cannot be listed yet. */
export const listingOf = (resource: ServedResource): string => `list ${apiVersionOf(resource)}/${resource.kind}`;

export interface Reconciled {
  /** absent: there is nothing to say of it yet */
  readonly outcome?: Outcome;
  readonly wakeAtMs?: number;
}

/** One look at one object: plan from desired and live, do the step, say where it stands. */
export const reconcileObject = async (
  context: SyncContext,
  { uid, applier }: { uid: string; applier: Applier },
): Promise<Reconciled | undefined> => {
  const ref = context.desired.refOf(uid);
  if (!ref) return undefined;
  const resource = context.kinds.find(ref);
  if (!resource) return notServed(context, uid);
  const trouble = await context.follow(resource);
  if (trouble !== '') return notListed(context, { uid, resource, trouble });
  const waits = waitsForNamespace(context, { uid, resource });
  if (waits) return waits;
  const input = { uid, resource, applier };
  const cached = context.live.get(keyOfRef(ref));
  const live = cached ?? (mayBeFree(context, input) ? undefined : await ask(context, input));
  const looked = await lookAt(context, { ...input, live });
  if (!(looked instanceof Unmade)) return looked;
  const there = await ask(context, input);
  const isWorthIt = there !== undefined || context.unconditional.has(collectionPath(resource));
  const again = isWorthIt ? await lookAt(context, { ...input, live: there }) : looked;
  return again instanceof Unmade ? refused(context, { uid, refusal: again.refusal }) : again;
};

/** What was to be made was not: mostly because something has its name. */
class Unmade {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}

type LookInput = Omit<StepInput, 'step'>;

const lookAt = async (context: SyncContext, input: LookInput): Promise<Reconciled | Unmade | undefined> => {
  const { uid, live } = input;
  if (!context.desired.knows(uid)) return undefined;
  noteTaken(context, { uid, live });
  return doStep(context, { ...input, step: planSync(factsOf(context, { uid, live })) });
};

/** By a predecessor that has to go, by an orphan, or by something that is not ours. */
const noteTaken = (
  { desired, waitsFor }: SyncContext,
  { uid, live }: { uid: string; live: LiveEntry | undefined },
): void => {
  if (!live || live.hubUid === uid) return void desired.taken.delete(uid);
  desired.taken.add(uid);
  if (live.hubUid !== '') waitsFor(live.hubUid, uid);
};

/** Not even that it is gone can be said of an object whose kind is refused to us or has a dead server behind it. */
const notListed = (
  context: SyncContext,
  { uid, resource, trouble }: { uid: string; resource: ServedResource; trouble: string },
): Reconciled => {
  context.waitsFor(listingOf(resource), uid);
  const outcome = outcomeOf(ObservedState.WAITING, { reason: 'KindNotListed', message: trouble });
  return { outcome, wakeAtMs: context.nowMs() + REFUSED_AGAIN_MS };
};

const notServed = (context: SyncContext, uid: string): Reconciled => {
  const ref = context.desired.refOf(uid)!;
  // only a whole discovery proves that nothing of the kind can be left
  if (!context.desired.desired.has(uid) && context.kinds.complete && !context.kinds.servesGroupKind(ref)) {
    return { outcome: GONE };
  }
  context.askDiscovery();
  context.waitsFor(KINDS, uid);
  const message = `the cluster does not serve ${ref.group === '' ? '' : `${ref.group}/`}${ref.version} ${ref.kind}`;
  const outcome = outcomeOf(ObservedState.WAITING, { reason: 'KindNotServed', message });
  return { outcome, wakeAtMs: context.nowMs() + WAIT_AGAIN_MS };
};

/**
 * Objects come after their namespace. When it is applied, they are marked; the wake-up is only a net below. Nothing is said as
 * long as it is under way: otherwise all its objects would be reported twice.
 */
const waitsForNamespace = (
  context: SyncContext,
  { uid, resource }: { uid: string; resource: ServedResource },
): Reconciled | undefined => {
  const ref = context.desired.desired.get(uid)?.ref;
  if (!ref || !resource.namespaced || context.namespaceIsThere(ref.namespace)) return undefined;
  const wakeAtMs = context.nowMs() + WAIT_AGAIN_MS;
  const { namespace } = ref;
  if (context.isMakingNamespace(namespace)) return { wakeAtMs };
  const message = `namespace ${namespace} is not there yet`;
  return { outcome: outcomeOf(ObservedState.WAITING, { reason: 'NamespaceMissing', message }), wakeAtMs };
};

/**
 * The cache holds only what carries our mark, and a foreign object of that name must not be merged into. So what is not there
 * is made on condition that nothing has its name, and only who is refused asks. Namespaces are mostly there already, and what
 * was in the way at the last look will still be: who asks first is not refused.
 */
const mayBeFree = (
  { desired, unconditional }: SyncContext,
  { uid, resource }: { uid: string; resource: ServedResource },
): boolean => {
  const ref = desired.desired.get(uid)?.ref;
  if (ref === undefined || desired.taken.has(uid) || unconditional.has(collectionPath(resource))) return false;
  return !(ref.kind === 'Namespace' && ref.group === '');
};

/** What lives under the name, by the member's word: asked before something is believed gone, or when it was in the way. */
const ask = async (
  context: SyncContext,
  { uid, resource }: { uid: string; resource: ServedResource },
): Promise<LiveEntry | undefined> => {
  const ref = context.desired.refOf(uid);
  const object = ref && (await getObject(context.member, { resource, named: ref }));
  return object && toLiveEntry(object);
};

const factsOf = (context: SyncContext, { uid, live }: { uid: string; live: LiveEntry | undefined }) => {
  const desired = context.desired.desired.get(uid);
  const withdrawn = context.desired.withdrawn.get(uid);
  const item: WithdrawnItem | undefined = withdrawn && {
    uid,
    kind: withdrawn.ref!.kind,
    group: withdrawn.ref!.group,
    cause: CAUSE_NAMES[withdrawn.cause] as WithdrawnItem['cause'],
  };
  return {
    desired: desired && {
      uid,
      kind: desired.ref!.kind,
      group: desired.ref!.group,
      hash: desired.hash,
      adopt: desired.adopt,
    },
    withdrawn: item,
    live,
    applied: context.desired.applied.get(uid),
    otherIsKnown: live !== undefined && context.desired.knows(live.hubUid),
    ...holdsOf(context, { uid, live, item }),
  };
};

/** Asked at every look, also when nothing is to do: it is also how an object is let go after a restore. */
const holdsOf = (
  context: SyncContext,
  { uid, live, item }: { uid: string; live: LiveEntry | undefined; item: WithdrawnItem | undefined },
): { deleteHold: string; changeHold: string } => {
  if (live?.hubUid !== uid) return { deleteHold: '', changeHold: '' };
  const desired = context.desired.desired.get(uid);
  const object = {
    uid,
    isNamespace: live.kind === 'Namespace' && live.group === '',
    lives: countOfHeld(live),
    told: desired && (desired.hasReplicas ? desired.told : 1),
    ownersDelete: item?.cause === 'owner',
  };
  if (!item) return { deleteHold: '', changeHold: context.changeHold(object) };
  return { deleteHold: context.deleteHold(object, item.cause), changeHold: '' };
};

interface StepInput {
  readonly uid: string;
  readonly step: SyncStep;
  readonly resource: ServedResource;
  readonly live: LiveEntry | undefined;
  readonly applier: Applier;
}

const doStep = async (context: SyncContext, input: StepInput): Promise<Reconciled | Unmade> => {
  const { step, uid } = input;
  switch (step.kind) {
    case 'none':
      context.counts.skips += 1;
      return { outcome: context.desired.withdrawn.has(uid) ? GONE : APPLIED };
    case 'leave-existing':
      context.namespaceSeen(context.desired.refOf(uid)!);
      return { outcome: { ...APPLIED, reason: 'Exists', message: 'exists already and is left as it is' } };
    case 'apply':
      return apply(context, { ...input, why: step.why });
    case 'delete':
      return remove(context, { ...input, memberUid: step.memberUid });
    case 'gone':
      return { outcome: GONE };
    case 'wait': {
      const outcome = outcomeOf(ObservedState.WAITING, step);
      return { outcome, wakeAtMs: context.nowMs() + WAIT_AGAIN_MS };
    }
    case 'not-ours':
      return {
        outcome: outcomeOf(ObservedState.NOT_OURS, { reason: 'NotOurs', message: step.message }),
        wakeAtMs: context.nowMs() + REFUSED_AGAIN_MS,
      };
  }
};

const apply = async (
  context: SyncContext,
  { uid, resource, live, why, applier }: StepInput & { why: 'create' | 'update' | 'repair' | 'recreate' | 'adopt' },
): Promise<Reconciled | Unmade> => {
  const contention = context.contentionOf(uid);
  if (why === 'repair' && contention.untilMs > context.nowMs()) return contended(context, uid);
  const { hash } = context.desired.desired.get(uid)!;
  const before = context.refusedBodies.of(uid, hash);
  if (before) return tooLarge(before);
  const answer = await applier.apply({ uid, resource, live, why });
  if (answer.kind === 'unmade') return new Unmade(answer.refusal);
  if (answer.kind === 'applied') return { outcome: APPLIED };
  if (answer.kind === 'contended') return contended(context, uid);
  return refused(context, { uid, refusal: answer.refusal });
};

const refused = (context: SyncContext, { uid, refusal }: { uid: string; refusal: Refusal }): Reconciled => {
  context.counts.refusals += 1;
  const { status, reason, field, message } = refusal;
  if (status === 404) throw new TransientFailure(message);
  if (reason === TOO_LARGE) {
    context.refusedBodies.note(uid, { hash: context.desired.desired.get(uid)?.hash ?? '', refusal });
    return tooLarge(refusal);
  }
  const againMs = status === 422 || status === 400 ? INVALID_AGAIN_MS : REFUSED_AGAIN_MS;
  return { outcome: outcomeOf(ObservedState.REFUSED, { reason, field, message }), wakeAtMs: context.nowMs() + againMs };
};

/** It does not pass by itself: nothing wakes it but another body. */
const tooLarge = ({ reason, message }: Refusal): Reconciled => {
  const said = `${message}: it is not sent again until it changes or the syncer starts anew`;
  return { outcome: outcomeOf(ObservedState.REFUSED, { reason, message: said }) };
};

const contended = (context: SyncContext, uid: string): Reconciled => {
  const { untilMs } = context.contentionOf(uid);
  const message = 'somebody else keeps writing the same fields; repairs are backed off';
  return { outcome: outcomeOf(ObservedState.CONTENDED, { reason: 'Contended', message }), wakeAtMs: untilMs };
};

const remove = async (
  context: SyncContext,
  { uid, resource, memberUid, applier }: StepInput & { memberUid: string },
): Promise<Reconciled> => {
  const blocked = await whatWouldBeLost(context, { uid, resource });
  if (blocked !== '') {
    const outcome = outcomeOf(ObservedState.WAITING, { reason: 'NotEmpty', message: blocked });
    return { outcome, wakeAtMs: context.nowMs() + WAIT_AGAIN_MS };
  }
  const answer = await applier.remove({ uid, resource, memberUid });
  if (answer.kind === 'refused') {
    context.counts.refusals += 1;
    const outcome = outcomeOf(ObservedState.REFUSED, answer.refusal);
    return { outcome, wakeAtMs: context.nowMs() + REFUSED_AGAIN_MS };
  }
  if (answer.kind === 'held') {
    const outcome = outcomeOf(ObservedState.WAITING, { reason: 'Held', message: answer.message });
    return { outcome, wakeAtMs: context.nowMs() + WAIT_AGAIN_MS };
  }
  const outcome = outcomeOf(ObservedState.WAITING, {
    reason: 'Terminating',
    message: 'deleted, and still terminating',
  });
  return { outcome, wakeAtMs: context.nowMs() + WAIT_AGAIN_MS };
};
