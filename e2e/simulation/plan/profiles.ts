import type { Weather } from '../world/faults.ts';
import type { Holders } from '../world/fleet.ts';
import type { TroubleName } from './trouble.ts';
import type { UserAction } from './users.ts';

/** A kind of situation: what is done to the world, how often. */
export interface Profile {
  readonly name: string;
  readonly clusters: number;
  readonly workloads: number;
  readonly attackMs: number;
  /** between two actions of users, on average */
  readonly userEveryMs: number;
  readonly users: Readonly<Partial<Record<UserAction, number>>>;
  /** steps between two troubles, on average */
  readonly troubleEverySteps: number;
  readonly troubles: Readonly<Partial<Record<TroubleName, number>>>;
  /** by turns, each for a while; the first also while the fleet is set up */
  readonly weathers: readonly Partial<Weather>[];
  /** two instances of what has a lease */
  readonly standbys: boolean;
  /** for each cluster */
  readonly syncers: number;
  readonly holders: Holders;
}

const FAIR: Partial<Weather> = { slow: 0.05, slowMs: 30 };
const ROUGH: Partial<Weather> = {
  slow: 0.15,
  slowMs: 300,
  failed: 0.02,
  lost: 0.05,
  repeated: 0.05,
  reordered: 0.05,
  reportLost: 0.02,
};

/** A bus and a store that are late all the time. */
const LATE: Partial<Weather> = { slow: 0.5, slowMs: 2_500, lost: 0.05 };

const USERS: Profile['users'] = {
  scale: 8,
  image: 3,
  both: 2,
  remove: 2,
  recreate: 2,
  create: 2,
  movePolicy: 4,
  reweighPolicy: 2,
  changeStrategy: 1,
  replacePolicy: 1,
  cordon: 1,
};

const TROUBLES: Profile['troubles'] = {
  killSyncer: 8,
  killGateway: 3,
  killRelay: 3,
  killScheduler: 3,
  killRollout: 3,
  killReplicas: 0.6,
  killClusters: 0.6,
  pause: 1,
  clockJump: 1,
  cutSyncer: 2,
  memberDown: 1.5,
  memberSlow: 1,
  memberErrors: 1,
  dropWatches: 2,
  staleWatches: 0.5,
  expireVersions: 1,
  loseNode: 1,
  neverReady: 2,
  killPods: 3,
  deleteInMember: 2,
  editInMember: 3,
  loseBus: 0.4,
};

/** A bus that loses much, and everybody else as usual: what is folded is seconds behind what is stored. */
const LOSSY: Partial<Weather> = { ...FAIR, lost: 0.4, reordered: 0.2 };

/** Much that has to fall. */
const MOVING: Profile['users'] = { movePolicy: 10, scale: 6, both: 4, reweighPolicy: 3 };
/** Copies that are not ready for a moment, or for long. */
const DIPS: Profile['troubles'] = { killPods: 8, loseNode: 3, neverReady: 2, killSyncer: 1, killRollout: 1 };

const STORM: Profile = {
  name: 'storm',
  clusters: 5,
  workloads: 50,
  attackMs: 40_000,
  userEveryMs: 1_500,
  users: USERS,
  troubleEverySteps: 200,
  troubles: TROUBLES,
  weathers: [FAIR, ROUGH],
  standbys: false,
  syncers: 1,
  holders: 'of the place',
};

/** By name. Seeds without a named one take them by turns. */
export const PROFILES: readonly Profile[] = [
  STORM,
  { ...STORM, name: 'standbys', standbys: true, troubles: { ...TROUBLES, pause: 6, killReplicas: 1, killClusters: 1 } },
  { ...STORM, name: 'moves', users: { ...USERS, movePolicy: 12, scale: 12 }, troubleEverySteps: 400 },
  {
    ...STORM,
    name: 'members',
    troubles: { ...TROUBLES, memberDown: 6, loseNode: 4, killPods: 8, backUp: 3, restoreMember: 2 },
  },
  { ...STORM, name: 'restored', troubles: { ...TROUBLES, restoreHub: 2, setHubBack: 2 } },
  { ...STORM, name: 'leaving', users: { ...USERS, leave: 2, rejoin: 3 } },
  { ...STORM, name: 'recreated', users: { ...USERS, recreate: 20, movePolicy: 12 }, userEveryMs: 800 },
  { ...STORM, name: 'nowhere', users: { ...USERS, nowhere: 4 } },
  {
    ...STORM,
    name: 'late-reports',
    weathers: [FAIR, { ...FAIR, reportsLateMs: 40_000 }],
    users: MOVING,
    troubles: DIPS,
  },
  {
    ...STORM,
    name: 'judge-away',
    attackMs: 150_000,
    users: { scale: 10, movePolicy: 3 },
    troubles: { judgeAway: 1 },
    troubleEverySteps: 2_400,
  },
  {
    ...STORM,
    name: 'dips-while-moving',
    attackMs: 90_000,
    users: { scale: 1 },
    troubles: { dipWhileMoving: 1 },
    troubleEverySteps: 1_600,
    weathers: [FAIR, { slow: 0.6, slowMs: 800 }],
  },
  { ...STORM, name: 'paused', users: MOVING, standbys: true, troubles: { pauseLeader: 3, killSyncer: 1 } },
  { ...STORM, name: 'dips', users: MOVING, troubles: DIPS, troubleEverySteps: 60, weathers: [FAIR] },
  { ...STORM, name: 'slow-bus', users: MOVING, troubles: DIPS, weathers: [FAIR, LATE] },
  {
    ...STORM,
    name: 'slow-replicas',
    users: MOVING,
    userEveryMs: 600,
    troubles: { killPods: 10, neverReady: 3 },
    weathers: [FAIR, LOSSY],
    standbys: true,
  },
  {
    ...STORM,
    name: 'hasty',
    users: { hurry: 10, movePolicy: 2 },
    userEveryMs: 700,
    troubles: { killSyncer: 2, killRollout: 2, memberSlow: 1 },
    weathers: [FAIR, LATE, LATE],
  },
  { ...STORM, name: 'fights', troubles: { ...TROUBLES, fight: 5 } },
  { ...STORM, name: 'two-syncers', syncers: 2, troubles: { pauseSyncer: 5, killPods: 1, editInMember: 2 } },
  {
    ...STORM,
    name: 'syncers-apart',
    syncers: 2,
    holders: 'of the process',
    troubles: { ...TROUBLES, pauseSyncer: 5, restoreHub: 2, backUp: 2, restoreMember: 1 },
  },
];

export const profileOfSeed = (seed: number): Profile => PROFILES[seed % PROFILES.length]!;

export const profileOf = (name: string): Profile => {
  const found = PROFILES.find((one) => one.name === name);
  if (!found) throw new Error(`--profile ${name}: allowed are ${PROFILES.map((one) => one.name).join(', ')}`);
  return found;
};
