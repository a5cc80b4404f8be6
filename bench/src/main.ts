import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatTable } from '@skerry/all-in-one/up/format-table';
import { flameGraph } from './flame.ts';
import type { Figures } from './figures.ts';
import { type Scale, STAGES } from './stages.ts';

const report = (line: string): void => void process.stderr.write(`${line}\n`);

const valueOf = (option: string): string | undefined => {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
};

/** Throws when the stage's process ends with anything but its figures. */
const runStage = async (name: string): Promise<Figures> => {
  const scale = valueOf('--scale') ?? '1';
  const profiles = valueOf('--flame') === undefined ? undefined : mkdtempSync(join(tmpdir(), 'skerry-flame-'));
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const main = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [...profiling, main, '--stage', name, '--scale', scale], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answer = '';
  child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`bench ${name} ended with ${String(code)}`);
  if (profiles !== undefined) drawFlame(profiles, name);
  return JSON.parse(answer) as Figures;
};

/** Of the stage's own process: where it runs the hub in one of its own, that one has to be profiled by hand. */
const drawFlame = (profiles: string, name: string): void => {
  const folder = valueOf('--flame')!;
  const [file] = readdirSync(profiles);
  mkdirSync(folder, { recursive: true });
  if (file !== undefined) writeFileSync(join(folder, `${name}.svg`), flameGraph(join(profiles, file)));
  rmSync(profiles, { recursive: true, force: true });
};

const scaleOf = (): Scale => {
  const share = Number(valueOf('--scale') ?? 1);
  if (!(share > 0 && share <= 1))
    throw new Error(`--scale ${valueOf('--scale')}: a share above 0 and up to 1 is allowed`);
  return (count) => Math.max(1, Math.round(count * share));
};

const wanted = (): string[] => {
  const names = valueOf('--only')?.split(',') ?? Object.keys(STAGES);
  const unknown = names.find((name) => !(name in STAGES));
  if (unknown === undefined) return names;
  throw new Error(`--only ${unknown}: there is no such stage; allowed: ${Object.keys(STAGES).join(', ')}`);
};

const measureAll = async (): Promise<Figures> => {
  const figures: Figures = {};
  const names = wanted();
  for (const [index, name] of names.entries()) {
    report(`${index + 1}/${names.length} ${STAGES[name]!.says}`);
    Object.assign(figures, await runStage(name));
  }
  return figures;
};

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGib: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  scale: Number(valueOf('--scale') ?? 1),
  loadBefore: loadavg().map((load) => Number(load.toFixed(2))),
  at: new Date().toISOString(),
});

const main = async (): Promise<void> => {
  const stage = valueOf('--stage');
  if (stage !== undefined) return void process.stdout.write(JSON.stringify(await STAGES[stage]!.measure(scaleOf())));
  const state = machine();
  const figures = await measureAll();
  const rounded = Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(4))]),
  );
  const rows = Object.entries(rounded).map(([name, value]) => [name, String(value)]);
  process.stdout.write(`${formatTable([['FIGURE', 'VALUE'], ...rows])}\n`);
  const file = valueOf('--json');
  if (file !== undefined) writeFileSync(file, `${JSON.stringify({ machine: state, figures: rounded }, null, 2)}\n`);
};

await main();
process.exit(0);
