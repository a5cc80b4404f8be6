import { explain, simulateInChild } from '../simulation/child.ts';
import { MUTANTS } from '../simulation/mutants/mutants.ts';
import { inParallel } from '../simulation/parallel.ts';
import { killerOf } from '../simulation/search.ts';
import type { NightlySuite } from './suite.ts';

const PROCESSES = 2;
const CHUNK = 100;
const SEARCHED = 1_000;

/** Seeds of the simulated fleet that keep every promise. */
export const simulatedSeeds = (seeds: number): NightlySuite => ({
  name: 'simulation-seeds',
  run: async (say) => {
    const failures: string[] = [];
    let passed = 0;
    const starts = Array.from({ length: Math.ceil(seeds / CHUNK) }, (_, at) => 1 + at * CHUNK);
    await inParallel(starts, PROCESSES, async (from) => {
      const length = Math.min(CHUNK, seeds - from + 1);
      const told = await simulateInChild({ seeds: Array.from({ length }, (_, at) => from + at) });
      for (const one of told) {
        if (one.broken) failures.push(explain(one));
        else passed += 1;
      }
      say(`simulation-seeds: ${passed + failures.length} of ${seeds}, ${failures.length} failed`);
    });
    return { passed, failures };
  },
});

/** Mutants of the product, each with a seed that kills it, searched for anew. */
export const simulatedMutants = (): NightlySuite => ({
  name: 'simulation-mutants',
  run: async (say) => {
    const failures: string[] = [];
    let passed = 0;
    await inParallel(MUTANTS, PROCESSES, async (mutant) => {
      const killer = await killerOf(mutant, { upTo: SEARCHED });
      if (killer) passed += 1;
      else
        failures.push(`"${mutant.name}" (${mutant.clause}) lives through all ${mutant.profile} of ${SEARCHED} seeds`);
      say(`simulation-mutants: "${mutant.name}" ${killer ? `seed ${killer.seed} breaks ${killer.promise}` : 'LIVES'}`);
    });
    return { passed, failures };
  },
});
