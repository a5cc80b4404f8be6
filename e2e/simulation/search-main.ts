import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { KILLERS_FILE, MUTANTS, readKillers } from './mutants/mutants.ts';
import { inParallel } from './parallel.ts';
import { killerOf } from './search.ts';

const USAGE = `Searches for the seeds that kill mutants, among those that have the mutant's profile anyway.

  npm run simulate:search [-- --mutant "name"] [--up-to 500] [--anew] [--processes 2] [--write]

  --anew   also where the stored seed still kills
  --write  stores what is found in e2e/simulation/mutants/killers.json`;

const { values } = parseArgs({
  options: {
    'up-to': { type: 'string', default: '500' },
    processes: { type: 'string', default: '2' },
    anew: { type: 'boolean', default: false },
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
await inParallel(wanted, Number(values.processes), async (mutant) => {
  const stored = values.anew ? undefined : killers[mutant.name];
  const killer = await killerOf(mutant, { upTo: Number(values['up-to']), stored });
  if (killer) killers[mutant.name] = killer;
  else alive += 1;
  console.log(`${mutant.name}: ${killer ? `seed ${killer.seed} breaks ${killer.promise}` : 'LIVES'}`);
});
if (values.write) {
  const known = MUTANTS.flatMap(({ name }) => (killers[name] ? [[name, killers[name]]] : []));
  writeFileSync(KILLERS_FILE, `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`);
}
process.exit(alive > 0 ? 1 : 0);
