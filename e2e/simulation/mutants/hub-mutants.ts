import type { Mutant } from './mutant.ts';

const SEQUENCER = 'libs/runtime/src/consumer/sequencer.ts';
const ROLLOUT = 'services/rollout/src/render-desired.worker.ts';

/** §4: store, bus, fold and decide. */
export const HUB_MUTANTS: readonly Mutant[] = [
  {
    name: 'repeats not dropped',
    clause: '§4 channels: drop repeats',
    profile: 'storm',
    noticedBy: ['P2'],
    patches: [{ file: SEQUENCER, find: `    if (event.position <= last) return 'repeat';\n`, replace: `` }],
  },
  {
    name: 'a store that was set back is built upon',
    clause: '§4 at start: a store that ends before the bus is refused',
    profile: 'restored',
    noticedBy: ['P8'],
    patches: [
      {
        file: 'libs/runtime/src/relay/bus-ahead.ts',
        find: `last.position > head.position) {`,
        replace: `last.position > 2 * head.position) {`,
      },
    ],
  },
  {
    name: 'a hole is passed over',
    clause: '§4 channels: refill a hole from the store',
    profile: 'storm',
    noticedBy: ['P2'],
    patches: [
      {
        file: SEQUENCER,
        find: `    if (event.channelPrev > last) {`,
        replace: `    if (event.channelPrev > Infinity) {`,
      },
    ],
  },
  {
    name: 'a lost last message is not noticed',
    clause: '§4 channels: a watchdog compares with the announced heads',
    profile: 'storm',
    noticedBy: ['P2', 'progress'],
    patches: [
      {
        file: 'libs/runtime/src/consumer/heads-watch.ts',
        find: `    if (this.#waited === 0) this.#options.onMissing();`,
        replace: `    void this.#options;`,
      },
    ],
  },
  {
    name: 'own outcome folded before the acknowledgement',
    clause: '§4 own events are folded at append acknowledgement, never the computed outcome',
    profile: 'storm',
    noticedBy: ['progress'],
    patches: [
      {
        file: 'libs/runtime/src/service/decision-service.ts',
        find: `      await this.#appender.append({ ...cause, ...outcome.decided });`,
        replace: `      const { events, expected } = outcome.decided;
      for (const event of events) {
        const version = (expected.find(({ stream }) => stream === event.stream)?.version ?? 0) + 1;
        const row = { cluster: '', ...event, version } as never;
        for (const key of this.#options.fold({ event: decodeEvent(event), row })) void key;
      }
      await this.#appender.append({ ...cause, ...outcome.decided });`,
      },
    ],
  },
  {
    name: 'command id without the stream version',
    clause: '§4 command ids: hash(owner, key, basis, stream version)',
    profile: 'members',
    noticedBy: ['progress'],
    patches: [
      {
        file: 'libs/runtime/src/hash.ts',
        find: '${parts.basis}\\0${parts.version}`',
        replace: '${parts.basis}`',
      },
    ],
  },
  {
    name: 'the lease not checked in the append',
    clause: '§4 leases: appends carry (name, term)',
    profile: 'paused',
    noticedBy: ['leases'],
    patches: [
      {
        file: 'libs/runtime/src/append/appender.ts',
        find: `    if (!lease) return request;`,
        replace: `    if (request) return request;`,
      },
    ],
  },
  {
    name: 'basis ignored',
    clause: '§4 basis: a generation is rendered only when the division basis matches',
    profile: 'slow-bus',
    noticedBy: ['law: basis'],
    patches: [
      {
        file: ROLLOUT,
        find: `  return placement.divisionBasis === hashOf(divisionBasisText({ facts: facts!, selection }));`,
        replace: `  return placement.divisionBasis !== hashOf('') || selection !== undefined;`,
      },
    ],
  },
  {
    name: 'tie-break dropped',
    clause: '§7.6 every ranking ends in a total order',
    profile: 'storm',
    noticedBy: ['P6'],
    patches: [
      {
        file: 'libs/engines/src/division/webster.ts',
        find: `  if (a.tie !== b.tie) return a.tie < b.tie;\n`,
        replace: ``,
      },
    ],
  },
  {
    name: 'work keys by name',
    clause: '§6 every later stream and every work key by hub uid',
    profile: 'recreated',
    noticedBy: ['law: by uid', 'progress'],
    patches: [
      {
        file: 'services/rollout/src/rollout-state.ts',
        find: `    const object = this.#object(ref.uid);
    if (object.facts?.deleted &&`,
        replace: `    for (const [uid, { facts }] of this.objects) {
      const isSame = facts?.ref.name === ref.name && facts.ref.kind === ref.kind;
      if (uid !== ref.uid && isSame) this.objects.delete(uid);
    }
    const object = this.#object(ref.uid);
    if (object.facts?.deleted &&`,
      },
    ],
  },
  {
    name: 'a repeated command is another command',
    clause: '§7.1 a command, repeated, changes nothing; §4 command ids of the gateway',
    profile: 'storm',
    noticedBy: ['P1'],
    patches: [
      {
        file: 'libs/adapters/src/event-sourced/object-store.ts',
        find: `    const commandId = context.commandId ?? this.#options.newId();`,
        replace: `    const commandId = this.#options.newId();`,
      },
    ],
  },
  {
    name: 'a withdrawal ends before the cluster confirms',
    clause: '§6 a withdrawal stays in desired state until the cluster confirms or leaves',
    profile: 'moves',
    noticedBy: ['law: a withdrawal stays'],
    patches: [
      {
        file: ROLLOUT,
        find: `  const confirmed = (object.gone.get(cluster) ?? -1) >= Number(known.withdrawn!.placementVersion);`,
        replace: `  const confirmed = true;`,
      },
    ],
  },
  {
    name: 'an order names a later placement than the one that it copies',
    clause: '§5 placement version: of the decision that the order copies',
    profile: 'slow-replicas',
    noticedBy: ['P4', 'law: basis', 'law: what counts as a report'],
    patches: [
      {
        file: ROLLOUT,
        find: `  const object = { ...known, desired: new Map(known.desired), gone: new Map(known.gone) };`,
        replace: `  const object = known;`,
      },
    ],
  },
];
