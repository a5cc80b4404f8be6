import { parseArgs } from 'node:util';
import { simulatedMutants, simulatedSeeds } from './simulation.ts';
import type { NightlySuite } from './suite.ts';

const USAGE = `What takes too long for npm test. Prints one line for each suite and \`N passed, N failed\` at the end.

  npm run test:nightly [-- --only <suite>] [--seeds 10000]

  --only   one suite by its name
  --seeds  how many seeds the simulation runs`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '10000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

/** In the order in which they run. A new one is a file beside this and a line here. */
const SUITES: readonly NightlySuite[] = [simulatedSeeds(Number(values.seeds)), simulatedMutants()];

const chosen = SUITES.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`--only ${values.only}: allowed are ${SUITES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
for (const { name, run } of chosen) {
  const startedMs = performance.now();
  const { passed, failures } = await run((line) => console.log(line));
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  total.passed += passed;
  total.failed += failures.length;
  for (const failure of failures) console.log(`\n${name}:\n${failure}`);
  console.log(`${name}: ${passed} passed, ${failures.length} failed in ${minutes} min`);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
