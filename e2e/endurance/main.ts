import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSeparateFleet } from '../support/separate-fleet.ts';
import { endure } from './endurance.ts';
import { History } from './history.ts';
import { collectingInto } from './memory.ts';

const USAGE = `A fleet of separate processes under 5 changes/s and one fault a minute.

  npm run endurance -- [--minutes 120] [--seed 1] [--every 60] [--folder F]

  --minutes  how long; then it settles and is judged
  --seed     which changes and faults; printed, by default another one each time
  --every    seconds from one fault to the next
  --folder   where the history is kept; default: a temporary one, printed
  SKERRY_KEEP=1 keeps the fleet's folder with its logs`;

const CLUSTERS = ['north', 'south'];
const SHOWN = 20;

const number = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`--${name} is "${text}"; allowed: a number above 0`);
  process.exit(2);
};

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000) + 1) },
    every: { type: 'string', default: '60' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const minutes = number('minutes', values.minutes);
const seed = number('seed', values.seed);
const faultEverySeconds = number('every', values.every);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'skerry-endurance-'));
mkdirSync(folder, { recursive: true });

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const memoryFile = join(folder, 'memory.jsonl');
const fleet = await startSeparateFleet({ clusters: CLUSTERS, instances: 2, environment: collectingInto(memoryFile) });
let failed = 1;
try {
  const history = new History(join(folder, 'history.jsonl'));
  console.log(`seed ${seed}, ${minutes} min, a fault every ${faultEverySeconds} s, history in ${history.path}`);
  const verdicts = await endure({
    fleet,
    clusters: CLUSTERS,
    seed,
    minutes,
    faultEverySeconds,
    history,
    memoryFile,
    stopping: stopping.signal,
  });
  for (const { name, findings } of verdicts) {
    console.log(`${findings.length === 0 ? 'passed' : 'FAILED'}  ${name}`);
    for (const finding of findings.slice(0, SHOWN)) console.log(`  ${finding}`);
    if (findings.length > SHOWN) console.log(`  and ${findings.length - SHOWN} more`);
  }
  failed = verdicts.filter(({ findings }) => findings.length > 0).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  console.log('stopped before its time');
} finally {
  await fleet.close();
}
process.exit(failed > 0 ? 1 : 0);
