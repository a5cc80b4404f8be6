import type { PromiseName } from '../oracle/broken.ts';
import type { Mutant } from './mutant.ts';

const LAW = 'libs/domain/src/placement/law.ts';
const EVIDENCE = 'libs/domain/src/placement/evidence.ts';
const REPLICAS = 'services/replicas/src/replicas-state.ts';
const INTAKE = 'services/clusters/src/cluster-intake.ts';

/** Something left although what had to be ready elsewhere was not. */
const FALLS: readonly PromiseName[] = ['P3', 'law: a fall stops', 'law: a copy leaves'];

/** §6: moving without losing. */
export const LAW_MUTANTS: readonly Mutant[] = [
  {
    name: 'a report from before the last fall counts',
    clause: '§6 what counts as a report: naming a placement version not older than the last fall',
    profile: 'moves',
    noticedBy: FALLS,
    patches: [
      {
        file: REPLICAS,
        find: `    const counts = placementVersion >= (workload.placement.clusters.get(data.cluster)?.lastFall ?? 0);`,
        replace: `    const counts = true;`,
      },
      {
        file: REPLICAS,
        find: `      if (known && known.placementVersion < told.lastFall) {`,
        replace: `      if (known && false) {`,
      },
    ],
  },
  {
    name: 'a beat without its report counts',
    clause: '§6 what counts as a report: only up to a beat that names nothing newer than what is folded',
    profile: 'late-reports',
    noticedBy: FALLS,
    patches: [
      {
        file: INTAKE,
        find: `Number(beat.term) === this.#term && sequence <= this.#sequence && sequence < oldestHeld;`,
        replace: `Number(beat.term) === this.#term && oldestHeld >= 0;`,
      },
    ],
  },
  {
    name: 'evidence older than the silence threshold counts',
    clause: '§6 what counts as a report: up to a beat younger than the silence threshold',
    profile: 'judge-away',
    noticedBy: FALLS,
    patches: [
      {
        file: EVIDENCE,
        find: `  if (soak.nowMs - cluster.confirmedMs >= soak.silenceMs) return undefined;\n`,
        replace: ``,
      },
    ],
  },
  {
    name: 'a beat that waited for its reports counts as fresh',
    clause: '§6 what counts as a report: up to a beat younger than the silence threshold',
    profile: 'late-reports',
    noticedBy: FALLS,
    patches: [{ file: EVIDENCE, find: `beat.atMs - (beat.ageMs ?? 0),`, replace: `beat.atMs,` }],
  },
  {
    name: 'the soak survives a pause',
    clause: '§6 what ends a soak: a pause or start of replicas',
    profile: 'paused',
    noticedBy: FALLS,
    patches: [
      {
        file: 'services/replicas/src/replicas.service.ts',
        find: `      onActive: () => this.state.breakSoaks(),\n`,
        replace: ``,
      },
      {
        file: 'services/replicas/src/replicas.service.ts',
        find: `      );\n      this.state.breakSoaks();`,
        replace: `      );`,
      },
    ],
  },
  {
    name: 'the soak survives a new judge',
    clause: '§6 what ends a soak: a pause or start of the judge',
    profile: 'judge-away',
    noticedBy: FALLS,
    patches: [
      {
        file: EVIDENCE,
        find: `evidence.soakFromMs === undefined || evidence.judge !== beat.judge;`,
        replace: `evidence.soakFromMs === undefined;`,
      },
    ],
  },
  {
    name: 'a verdict does not end the soak',
    clause: '§6 what ends a soak: a verdict makes counted 0 until a soak after the return',
    profile: 'members',
    noticedBy: FALLS,
    patches: [
      {
        file: REPLICAS,
        find: `      evidence: against ? noClusterEvidence : present.evidence,`,
        replace: `      evidence: present.evidence,`,
      },
    ],
  },
  {
    name: 'a soak is not waited for',
    clause: '§6 counted: held over the whole last soak',
    profile: 'moves',
    noticedBy: FALLS,
    patches: [
      {
        file: EVIDENCE,
        find: `  if (since > windowStart) return undefined;\n`,
        replace: ``,
      },
    ],
  },
  {
    name: 'a dip between two reports goes unseen',
    clause: '§6 counted: the smallest that was held; §5 the lowest ready since the previous report',
    profile: 'slow-replicas',
    noticedBy: FALLS,
    patches: [
      {
        file: 'libs/engines/src/sync/lowest-ready.ts',
        find: `    return known.unconfirmed;`,
        replace: `    return ready;`,
      },
      {
        file: INTAKE,
        find: `Math.min(after.count.lowestReady, after.count.ready, lowestBefore);`,
        replace: `after.count.ready + 0 * lowestBefore;`,
      },
    ],
  },
  {
    name: 'falls decided before every channel is at its head',
    clause: '§6 a fall is decided only at the head',
    profile: 'dips-while-moving',
    noticedBy: [...FALLS, 'law: nothing falls under a verdict'],
    patches: [
      {
        file: 'services/replicas/src/decide-placement.worker.ts',
        find: `  if (!fallsIn(workload, data) || data.withdrawn) return [];`,
        replace: `  if (data !== undefined) return [];`,
      },
    ],
  },
  {
    name: 'all falls at once',
    clause: '§6 clusters are taken one after another, each with the told of those before it lowered',
    profile: 'moves',
    noticedBy: FALLS,
    patches: [{ file: LAW, find: `    sum += left - counted[index]!;\n`, replace: `    void left;\n` }],
  },
  {
    name: 'scale-in not held',
    clause: '§6 every other fall, whatever its cause (smaller n), stops',
    profile: 'moves',
    noticedBy: FALLS,
    patches: [
      {
        file: LAW,
        find: `  const stop = Math.min(told, Math.max(goal, wanted - others));`,
        replace: `  const stop = target !== undefined ? goal : Math.min(told, Math.max(goal, wanted - others));`,
      },
    ],
  },
  {
    name: 'a copy half ready counts as ready',
    clause: '§6 Duplicated: ready means counted ≥ the present n',
    profile: 'moves',
    noticedBy: FALLS,
    patches: [{ file: LAW, find: `held.counted >= wanted;`, replace: `held.counted > 0;` }],
  },
  {
    name: 'the last copy leaves when nothing fits',
    clause: '§7.3 "nothing fits" keeps what runs',
    profile: 'nowhere',
    noticedBy: FALLS,
    patches: [
      {
        file: LAW,
        find: `    if (copies === 0) return { cluster, told, waitsFor: 'a cluster that fits', fell: false };\n`,
        replace: ``,
      },
    ],
  },
  {
    name: 'a cluster under a verdict is lowered',
    clause: '§6 nothing falls in the desired state of a cluster with a verdict against it',
    profile: 'members',
    noticedBy: ['law: nothing falls under a verdict'],
    patches: [
      {
        file: LAW,
        find: `  if (held.verdictAgainst) return { cluster, told, waitsFor: \`\${cluster} to report again\`, fell: false };\n`,
        replace: ``,
      },
    ],
  },
  {
    name: 'a rise waits like a fall',
    clause: '§6 a rise is told at once',
    profile: 'moves',
    noticedBy: ['P4'],
    patches: [
      {
        file: LAW,
        find: `  if (told === undefined || goal > told) return`,
        replace: `  if (told !== undefined && goal > told) return { cluster, told, waitsFor: 'the others', fell: false };
  if (told === undefined) return`,
      },
    ],
  },
  {
    name: 'told not raised after a restore',
    clause: '§6 after a restore nothing is lowered before told has been raised to what is held',
    profile: 'restored',
    noticedBy: ['P8', 'progress'],
    patches: [
      {
        file: LAW,
        find: `held !== undefined && held > (target ?? -1);`,
        replace: `held !== undefined && held < -1 && target === undefined;`,
      },
    ],
  },
];
