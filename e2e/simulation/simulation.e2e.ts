import { explain, simulateInChild, type Told } from './child.ts';
import { MUTANTS, readKillers } from './mutants/mutants.ts';
import { inParallel } from './parallel.ts';
import { profileOfSeed } from './plan/profiles.ts';

const SEEDS = 500;
const CHUNK = 50;
const PROCESSES = 2;
/** A quarter of it on a machine that does nothing else. */
const DEADLINE_MS = 40 * 60_000;

const chunks = Array.from({ length: SEEDS / CHUNK }, (_, at) => 1 + at * CHUNK);
const seedsFrom = (from: number): readonly number[] => Array.from({ length: CHUNK }, (_, at) => from + at);

describe('the simulated fleet', () => {
  const told = new Map<number, Told>();
  beforeAll(async () => {
    await inParallel(chunks, PROCESSES, async (from) => {
      for (const one of await simulateInChild({ seeds: seedsFrom(from) })) told.set(one.seed, one);
    });
    const all = [...told.values()];
    const sum = (of: (one: Told) => number): number => all.reduce((total, one) => total + of(one), 0);
    console.log(
      `${all.length} seeds: ${sum(({ steps }) => steps)} steps, ${sum(({ events }) => events)} events, ` +
        `${Math.round(sum(({ virtualMs }) => virtualMs) / 3_600_000)} h of virtual time, ` +
        `${(sum(({ seconds }) => seconds) / all.length).toFixed(2)} s a seed`,
    );
  }, DEADLINE_MS);

  it.each(chunks)(`keeps every promise under attack, and progresses afterwards: ${CHUNK} seeds from %i on`, (from) => {
    const ran = seedsFrom(from).map((seed) => told.get(seed));
    expect(ran.filter((one) => one === undefined)).toEqual([]);
    expect(ran.filter((one) => one!.broken).map((one) => explain(one!))).toEqual([]);
  });

  it(
    'is the same again for the same seed, also in another process',
    async () => {
      const [again] = await simulateInChild({ seeds: [5] });
      expect(again!.digest).toBe(told.get(5)!.digest);
    },
    DEADLINE_MS,
  );
});

describe('a fleet without one clause', () => {
  const killers = readKillers();
  const broken = new Map<string, Told | Error>();
  beforeAll(async () => {
    await inParallel(MUTANTS, PROCESSES, async ({ name }) => {
      try {
        const [told] = await simulateInChild({ seeds: [killers[name]!.seed], mutant: name });
        broken.set(name, told!);
      } catch (error) {
        broken.set(name, error as Error);
      }
    });
  }, DEADLINE_MS);

  it('is looked at for every mutant, with a stored seed of its profile that is played above without it', () => {
    expect(Object.keys(killers)).toEqual(MUTANTS.map(({ name }) => name));
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
    const isPlayed = (seed: number, profile: string): boolean =>
      seed >= 1 && seed <= SEEDS && profileOfSeed(seed).name === profile;
    expect(MUTANTS.filter(({ name, profile }) => !isPlayed(killers[name]!.seed, profile))).toEqual([]);
  });

  // a change of the product moves every later event of a seed: `npm run simulate:search -- --write` finds the next one
  it.each(MUTANTS)('breaks a promise that has to do with it: $name ($clause)', ({ name, noticedBy }) => {
    const told = broken.get(name)!;
    if (told instanceof Error) throw told;
    console.log(`"${name}" is killed by seed ${told.seed}: ${told.broken?.message ?? 'nothing'}`);
    expect(noticedBy).toContain(told.broken?.promise);
    expect(told.broken?.promise).toBe(killers[name]!.promise);
  });
});
