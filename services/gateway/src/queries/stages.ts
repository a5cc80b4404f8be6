import { byText } from '@skerry/kernel/order';
import type { SourceStatus } from '@skerry/runtime/telemetry/status-beat';

/** One part of the flow in one process, as it is now. */
export interface Stage {
  /** gateway, relay, the services by name, `syncer-<cluster>` */
  readonly stage: string;
  readonly process: string;
  /** unique for the run of the process */
  readonly holder: string;
  /** whether it holds the lease; absent where there is none */
  readonly leads?: boolean;
  /** what it is there for: requests answered, events published, keys decided, changes applied */
  readonly doesPerSecond: number;
  readonly foldsPerSecond?: number;
  readonly lagPositions?: number;
  readonly lagSeconds?: number;
  /** what is to be done now, under way or not */
  readonly backlog: number;
  /** in back-off, or to be looked at again at a time */
  readonly waiting: number;
  readonly parked: number;
  /** what a person should know */
  readonly notes: readonly string[];
}

type Building = { -readonly [Field in keyof Stage]: Stage[Field] } & { notes: string[] };

/** What a part said, and what it said a few seconds before. */
export interface Reading {
  readonly now: SourceStatus;
  readonly before: SourceStatus;
  readonly seconds: number;
}

const ORDER = [
  'gateway',
  'relay',
  'clusters',
  'profiling',
  'elastic',
  'scheduler',
  'replicas',
  'rollout',
  'inspection',
];
const rank = (stage: string): number => (ORDER.indexOf(stage) + ORDER.length + 1) % (ORDER.length + 1);
const compare = (a: Stage, b: Stage): number =>
  rank(a.stage) - rank(b.stage) || byText(a.stage, b.stage) || byText(a.holder, b.holder);

export const inOrder = (stages: readonly Stage[]): Stage[] => [...stages].sort(compare);

type KindOf<Kind extends SourceStatus['kind']> = Extract<SourceStatus, { kind: Kind }>['figures'];
type Told<Figures> = { readonly now: Figures; readonly perSecond: (count: (figures: Figures) => number) => number };
type Tellers = { readonly [Kind in SourceStatus['kind']]?: (stage: Building, told: Told<KindOf<Kind>>) => void };

/** How the figures of a kind show in the stage of that name. */
const TELLERS: Tellers = {
  gateway: (stage, { now, perSecond }) => {
    stage.doesPerSecond = perSecond(({ served }) => served);
    stage.backlog = now.inFlight;
    stage.notes.push(`${now.watches} watches`);
  },
  state: (stage, { now }) => {
    if (now.lagPositions === undefined) stage.notes.push('the store does not answer');
    else stage.lagPositions = now.lagPositions;
  },
  relay: (stage, { now, perSecond }) => {
    stage.doesPerSecond = perSecond(({ published }) => published);
    stage.lagPositions = now.lagPositions;
    stage.lagSeconds = now.lagSeconds;
    if (now.failing) stage.notes.push('failing');
  },
  consumer: (stage, { now, perSecond }) => {
    stage.foldsPerSecond = perSecond(({ folded }) => folded);
    stage.lagPositions = now.lagPositions;
    stage.lagSeconds = now.lagSeconds;
    if (!now.live) stage.notes.push('does not fold');
  },
  worker: (stage, { now, perSecond }) => {
    stage.doesPerSecond = perSecond(({ ends }) => ends.done);
    stage.backlog = now.dirty + now.running;
    stage.waiting = now.waiting;
    stage.parked = now.parked;
  },
  lease: (stage, { now }) => {
    stage.leads = now.held;
  },
  syncer: (stage, { now, perSecond }) => {
    stage.doesPerSecond = perSecond(({ applies, deletes }) => applies + deletes);
    stage.leads = now.acting;
    if (now.guardShut) stage.notes.push('guard shut');
    if (now.restoreWaits) stage.notes.push('waits for confirm restore');
    if (now.withdrawalsHeld > 0) stage.notes.push(`${now.withdrawalsHeld} withdrawals wait`);
    if (now.contended > 0) stage.notes.push(`${now.contended} contended`);
  },
};

/** A syncer's own figures come after those of its worker: changes say more than looks. */
const LAST = 'syncer';

const stageOf = ({ kind, name }: SourceStatus): string => (kind === 'syncer' ? `syncer-${name}` : name);

/** The stages of one process, from what its parts said. Kinds that are no stage are left out. */
export const stagesOf = (readings: readonly Reading[], whose: { process: string; holder: string }): Stage[] => {
  const stages = new Map<string, Building>();
  const sorted = [...readings].sort((a, b) => Number(a.now.kind === LAST) - Number(b.now.kind === LAST));
  for (const { now, before, seconds } of sorted) {
    const tell = TELLERS[now.kind] as ((stage: Building, told: Told<unknown>) => void) | undefined;
    if (!tell) continue;
    const name = stageOf(now);
    const stage = stages.get(name) ?? {
      stage: name,
      ...whose,
      doesPerSecond: 0,
      backlog: 0,
      waiting: 0,
      parked: 0,
      notes: [],
    };
    stages.set(name, stage);
    // a part that was started anew counts from 0 again
    const perSecond = (count: (figures: never) => number): number =>
      seconds === 0 ? 0 : Math.max(0, (count(now.figures as never) - count(before.figures as never)) / seconds);
    tell(stage, { now: now.figures, perSecond });
  }
  return [...stages.values()];
};
