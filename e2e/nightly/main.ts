import { appendFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endStages } from '@skerry/checks/run/stage';
import { badInput, cutOff, endurance } from './programs.ts';
import { simulatedMutants, simulatedSeeds } from './simulation.ts';
import type { NightlySuite } from './suite.ts';

const USAGE = `What takes too long for npm test. Prints one line for each suite and \`N passed, N failed\` at the end; what each
says on its way is in a file of its own.

  npm run test:nightly [-- --only <suite>] [--folder F]

  --only       one suite by its name: endurance, cut-off, bad-input, simulation-seeds, simulation-mutants
  --minutes    of endurance, default 20
  --cut        minutes that a cluster is cut off, default 10
  --bad-inputs how many, default 50000
  --seeds      how many seeds the simulation runs, default 10000
  --folder     where the files are; default: a temporary one, printed`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    minutes: { type: 'string', default: '20' },
    cut: { type: 'string', default: '10' },
    'bad-inputs': { type: 'string', default: '50000' },
    seeds: { type: 'string', default: '10000' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const number = (name: 'minutes' | 'cut' | 'bad-inputs' | 'seeds'): number => {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`--${name} is "${values[name]}"; allowed: a number above 0`);
  process.exit(2);
};

/** In the order in which they run. A new one is a file beside this and a line here. */
const SUITES: readonly NightlySuite[] = [
  endurance(number('minutes')),
  cutOff(number('cut')),
  badInput(number('bad-inputs')),
  simulatedSeeds(number('seeds')),
  simulatedMutants(),
];

const chosen = SUITES.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`--only ${values.only}: allowed are ${SUITES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endStages('SIGTERM');
    process.exit(130);
  });
}

const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'skerry-nightly-'));
mkdirSync(folder, { recursive: true });
console.log(`what each says: ${folder}`);

const total = { passed: 0, failed: 0 };
for (const { name, run } of chosen) {
  const startedMs = performance.now();
  const keep = (text: string): void => appendFileSync(join(folder, `${name}.log`), text);
  const { passed, failures } = await run((text) => keep(text.endsWith('\n') ? text : `${text}\n`));
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  total.passed += passed;
  total.failed += failures.length;
  for (const failure of failures) {
    keep(`\n${failure}\n`);
    console.log(`\n${name}:\n${failure}`);
  }
  console.log(`${name}: ${passed} passed, ${failures.length} failed in ${minutes} min`);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
