import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { KILLERS_FILE, MUTANTS, readKillers } from './mutants/mutants.ts';
import { inParallel } from './parallel.ts';
import { killerOf } from './search.ts';

const USAGE = `Searches for the seeds that kill mutants.

  npm run simulate:search [-- --mutant "name"] [--seeds 60] [--write]

  --write  stores what is found in e2e/simulation/mutants/killers.json`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '60' },
    mutant: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const killers = readKillers();
let alive = 0;
const wanted = MUTANTS.filter(({ name }) => values.mutant === undefined || name === values.mutant);
await inParallel(wanted, 2, async (mutant) => {
  const killer = await killerOf(mutant, Number(values.seeds));
  if (killer) killers[mutant.name] = killer;
  else alive += 1;
  console.log(`${mutant.name}: ${killer ? `seed ${killer.seed} breaks ${killer.promise}` : 'LIVES'}`);
});
if (values.write) {
  const known = MUTANTS.flatMap(({ name }) => (killers[name] ? [[name, killers[name]]] : []));
  writeFileSync(KILLERS_FILE, `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`);
}
process.exit(alive > 0 ? 1 : 0);
