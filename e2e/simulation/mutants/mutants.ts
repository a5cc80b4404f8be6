import { readFileSync } from 'node:fs';
import { HUB_MUTANTS } from './hub-mutants.ts';
import { LAW_MUTANTS } from './law-mutants.ts';
import type { Killer, Mutant } from './mutant.ts';
import { SYNCER_MUTANTS } from './syncer-mutants.ts';

/** Every clause of the law and of the protocols, taken out one by one. */
export const MUTANTS: readonly Mutant[] = [...LAW_MUTANTS, ...HUB_MUTANTS, ...SYNCER_MUTANTS];

export const mutantOf = (name: string): Mutant => {
  const found = MUTANTS.find((one) => one.name === name);
  if (!found)
    throw new Error(
      `--mutant "${name}": there is none of that name; allowed: ${MUTANTS.map((one) => one.name).join(', ')}`,
    );
  return found;
};

export const KILLERS_FILE = new URL('./killers.json', import.meta.url);

/** By name of the mutant. */
export const readKillers = (): Record<string, Killer> =>
  JSON.parse(readFileSync(KILLERS_FILE, 'utf8')) as Record<string, Killer>;
