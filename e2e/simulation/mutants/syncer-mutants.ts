import type { Mutant } from './mutant.ts';

const PLAN = 'libs/engines/src/sync/sync-plan.ts';
const APPLIER = 'services/syncer/src/applier.ts';
const ABSENT = `isConditional ? onlyIfAbsent(object) : object`;
const LOOP = 'services/syncer/src/object-loop.ts';
const MEMBER_LEASE = 'services/syncer/src/member/member-lease.ts';

/** §5: hub and syncer. */
export const SYNCER_MUTANTS: readonly Mutant[] = [
  {
    name: 'absence deletes',
    clause: '§6 absence never deletes; a marked object that nobody desires is an orphan',
    profile: 'restored',
    noticedBy: ['law: absence never deletes', 'P8'],
    patches: [
      {
        file: LOOP,
        find: `      if (uid !== own && this.#options.desired.knows(uid)) this.#mark(uid);`,
        replace: `      const [orphan] = this.#options.view.live.ofHubUid(uid);
      if (!this.#options.desired.knows(uid) && orphan && orphan.kind !== 'Namespace') {
        const { group, version, kind, namespace, name } = orphan;
        const ref = { group, version, kind, namespace, name, uid, resource: '' };
        const order = { ref, cluster: '', cause: 1, causingEvent: '', placementVersion: 0n, propagation: '' };
        this.#options.desired.withdrawn.set(uid, order as never);
      }
      if (uid !== own && this.#options.desired.knows(uid)) this.#mark(uid);`,
      },
    ],
  },
  {
    name: 'a restored hub is obeyed at once',
    clause: '§4 incarnation: syncers compare and report and delete nothing until a person confirms',
    profile: 'restored',
    noticedBy: ['P8'],
    patches: [
      {
        file: 'services/syncer/src/cluster-syncer.ts',
        find: `    if (before !== '' && before !== this.#consumer.incarnation) this.#holds.restore.begin();`,
        replace: `    if (before === 'none') this.#holds.restore.begin();`,
      },
    ],
  },
  {
    name: 'what is so already is applied again',
    clause: '§5 what is so already; §7.9',
    profile: 'storm',
    noticedBy: ['P9'],
    patches: [
      {
        file: PLAN,
        find: `  return applied.ownedHash === live.ownedHash ? { kind: 'none' } : { kind: 'apply', why: 'repair' };`,
        replace: `  return live.terminating ? { kind: 'none' } : { kind: 'apply', why: 'repair' };`,
      },
    ],
  },
  {
    name: 'an object is deleted by its name',
    clause: "§6 deletes use the member's uid as precondition",
    profile: 'storm',
    noticedBy: ['law: by uid'],
    patches: [{ file: APPLIER, find: `      preconditions: { uid: request.memberUid },\n`, replace: `` }],
  },
  {
    name: 'a predecessor of the same name is taken over',
    clause: '§6 an apply waits for a terminating object, and for its predecessor, to go',
    profile: 'recreated',
    noticedBy: ['law: by uid'],
    patches: [
      {
        file: PLAN,
        find: `  if (live.hubUid !== desired.uid) {`,
        replace: `  if (live.hubUid !== desired.uid && !facts.otherIsKnown) {`,
      },
    ],
  },
  {
    name: 'two of one name are made at once',
    clause: '§6 an apply waits for its predecessor to go',
    profile: 'hasty',
    noticedBy: ['law: by uid'],
    patches: [
      {
        file: LOOP,
        find: `    const leaveName = await this.#names.enter(keyOfRef(ref));`,
        replace: `    const leaveName = await this.#names.enter(ref.uid);`,
      },
      { file: APPLIER, find: ABSENT, replace: `object` },
    ],
  },
  {
    name: 'we fight',
    clause: '§7.11 three repairs of one field against the same manager: Contended and back-off',
    profile: 'fights',
    noticedBy: ['P11'],
    patches: [
      {
        file: 'libs/engines/src/sync/contention.ts',
        find: `      if (recent.length >= REPAIRS) this.#backOff(nowMs);`,
        replace: `      if (recent.length >= 1_000 * REPAIRS) this.#backOff(nowMs);`,
      },
    ],
  },
  {
    name: 'the lease of the cluster is renewed over whoever has it',
    clause: '§5 one syncer acts: the lease is written only over what was read',
    profile: 'syncers-apart',
    noticedBy: ['leases'],
    patches: [{ file: MEMBER_LEASE, find: `        resourceVersion: this.#version,\n`, replace: `` }],
  },
  {
    name: 'the lease of the cluster is not checked before a change',
    clause: '§5 one syncer acts: checked by the monotonic clock before each mutating request',
    profile: 'two-syncers',
    noticedBy: ['leases'],
    patches: [
      {
        file: APPLIER,
        find: `    if (!this.#context.mayAct()) throw new TransientFailure('the lease of the cluster is not held');\n`,
        replace: ``,
      },
    ],
  },
];
