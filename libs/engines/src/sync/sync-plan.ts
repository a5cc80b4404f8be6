/** What a cluster shall do with one object, from what the hub desires and what is live. Pure. */
export interface DesiredItem {
  readonly uid: string;
  readonly kind: string;
  readonly group: string;
  readonly hash: string;
  readonly adopt: boolean;
}

export interface WithdrawnItem {
  readonly uid: string;
  readonly kind: string;
  readonly group: string;
  readonly cause: 'owner' | 'move' | 'policy' | 'unknown';
}

export interface LiveItem {
  /** the member's uid */
  readonly memberUid: string;
  /** the hub's uid that it is marked with; empty: not ours */
  readonly hubUid: string;
  readonly terminating: boolean;
  readonly ownedHash: string;
  /** taken over, not made by us */
  readonly adopted: boolean;
}

/** What was last applied: the hash of desired and the hash of our fields in the answer. */
export interface AppliedRecord {
  readonly desiredHash: string;
  readonly ownedHash: string;
}

export interface SyncFacts {
  readonly desired: DesiredItem | undefined;
  readonly withdrawn: WithdrawnItem | undefined;
  /** what lives under the object's name */
  readonly live: LiveItem | undefined;
  readonly applied: AppliedRecord | undefined;
  /** whether the hub desires or withdraws the uid that lives there instead */
  readonly otherIsKnown: boolean;
  /** nothing is deleted now: a changed incarnation or the withdrawal guard waits for a person; empty: no hold */
  readonly deleteHold: string;
  /** what lives is not changed either: the hub was restored to an older state than the cluster has; empty: no hold */
  readonly changeHold: string;
}

export type SyncStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'leave-existing' }
  | { readonly kind: 'apply'; readonly why: 'create' | 'update' | 'repair' | 'recreate' | 'adopt' }
  | { readonly kind: 'delete'; readonly memberUid: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'wait'; readonly reason: string; readonly message: string }
  | { readonly kind: 'not-ours'; readonly message: string };

const wait = (reason: string, message: string): SyncStep => ({ kind: 'wait', reason, message });

export const planSync = (facts: SyncFacts): SyncStep => {
  if (facts.desired) return planDesired(facts, facts.desired);
  if (facts.withdrawn) return planWithdrawn(facts, facts.withdrawn);
  return { kind: 'none' };
};

const planDesired = (facts: SyncFacts, desired: DesiredItem): SyncStep => {
  const { live, applied } = facts;
  if (!live) return { kind: 'apply', why: applied?.desiredHash === desired.hash ? 'recreate' : 'create' };
  if (live.terminating) return wait('Terminating', 'the object that has this name is still terminating');
  if (live.hubUid === '') return planForeign(desired);
  if (live.hubUid !== desired.uid) {
    return facts.otherIsKnown
      ? wait('Replacing', `an earlier object of this name (${live.hubUid}) has to go first`)
      : {
          kind: 'not-ours',
          message: `holds an object that the hub does not know (${live.hubUid}); see skerry orphans`,
        };
  }
  const step = planOwn({ desired, live, applied });
  return step.kind === 'apply' && facts.changeHold !== '' ? wait('Held', facts.changeHold) : step;
};

const planOwn = ({
  desired,
  live,
  applied,
}: {
  desired: DesiredItem;
  live: LiveItem;
  applied: AppliedRecord | undefined;
}): SyncStep => {
  if (applied?.desiredHash !== desired.hash) return { kind: 'apply', why: 'update' };
  return applied.ownedHash === live.ownedHash ? { kind: 'none' } : { kind: 'apply', why: 'repair' };
};

/** A namespace that exists is good enough as it is; anything else is taken over only on request. */
const planForeign = (desired: DesiredItem): SyncStep => {
  if (desired.kind === 'Namespace' && desired.group === '') return { kind: 'leave-existing' };
  if (desired.adopt) return { kind: 'apply', why: 'adopt' };
  return {
    kind: 'not-ours',
    message: 'exists already and is not ours; set spec.adopt: true in its placement policy to take it over',
  };
};

const planWithdrawn = (facts: SyncFacts, withdrawn: WithdrawnItem): SyncStep => {
  const { live } = facts;
  if (!live || live.hubUid !== withdrawn.uid) return { kind: 'gone' };
  if (live.terminating) return wait('Terminating', 'deleted, and still terminating');
  if (live.adopted && isHolder(withdrawn))
    return wait('NotMadeByUs', 'was taken over, not made by Skerry: delete it by hand');
  if (facts.deleteHold !== '') return wait('Held', facts.deleteHold);
  return { kind: 'delete', memberUid: live.memberUid };
};

const isHolder = ({ kind, group }: WithdrawnItem): boolean =>
  (kind === 'Namespace' && group === '') || kind === 'CustomResourceDefinition';
