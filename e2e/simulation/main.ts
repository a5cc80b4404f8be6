import { parseArgs } from 'node:util';
import { bindDeterminism, reseed } from './process/determinism.ts';
import { registerLoader } from './process/loader.ts';
import { mutantOf } from './mutants/mutants.ts';

const USAGE = `Simulates the whole fleet in virtual time, by seed.

  npm run simulate -- --seed 123 [--profile storm] [--mutant "name"] [--trace]
  npm run simulate -- --from 1 --count 500 [--json]

  --seed, --seeds, --from, --count
                           which seeds (--seeds 3,22); every seed has a profile of its own unless one is named
  --mutant                 one clause is taken out of the product first
  --trace                  everything that happens, as it happens
  --log                    what the services log, at this level
  --until-broken           ends at the first seed that breaks a promise
  --json                   one line of JSON for each seed`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    count: { type: 'string', default: '1' },
    profile: { type: 'string' },
    mutant: { type: 'string' },
    trace: { type: 'boolean', default: false },
    log: { type: 'string' },
    json: { type: 'boolean', default: false },
    'until-broken': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || (values.seed ?? values.seeds ?? values.from) === undefined) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

const mutant = values.mutant === undefined ? undefined : mutantOf(values.mutant);
bindDeterminism();
registerLoader(mutant);
// only now: what is simulated is loaded through the hooks above
const { simulate } = await import('./plan/simulate.ts');
const { profileOf, profileOfSeed } = await import('./plan/profiles.ts');
const { createLog, silentLog } = await import('@skerry/runtime/telemetry/log');

const failures: unknown[] = [];
process.on('unhandledRejection', (error) => failures.push(error));

const first = Number(values.seed ?? values.from);
const seeds =
  values.seeds?.split(',').map(Number) ?? Array.from({ length: Number(values.count) }, (_, at) => first + at);
const profileName = values.profile ?? mutant?.profile;
let broken = 0;
for (const seed of seeds) {
  reseed(seed);
  const startedMs = performance.now();
  const result = await simulate({
    seed,
    profile: profileName === undefined ? profileOfSeed(seed) : profileOf(profileName),
    log: values.log === undefined ? silentLog : createLog({ level: values.log }),
    ...(values.trace ? { print: (line: string) => console.log(line) } : {}),
  });
  if (failures.length > 0) fail(failures[0]);
  const seconds = (performance.now() - startedMs) / 1_000;
  if (result.broken) broken += 1;
  if (values.json) console.log(JSON.stringify({ ...result, seconds, history: result.broken ? result.history : [] }));
  else console.log(textOf(result, seconds));
  if (result.broken && values['until-broken']) break;
}
process.exit(broken > 0 ? 1 : 0);

/** Not a broken promise: the simulation itself, or code that threw where nobody looks. */
function fail(error: unknown): never {
  console.error(error);
  process.exit(3);
}

function textOf(result: Awaited<ReturnType<typeof simulate>>, seconds: number): string {
  const { seed, profile, steps, events, virtualMs, digest, broken: what, history } = result;
  const figures = `${steps} steps, ${events} events, ${Math.round(virtualMs / 1_000)} s in ${seconds.toFixed(2)} s`;
  if (!what) return `seed ${seed} (${profile}): ${figures}, ${digest}`;
  return [...history, `seed ${seed} (${profile}) step ${what.step}: ${what.message}`, figures].join('\n');
}
