import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PromiseName } from './oracle/broken.ts';

/** What a run told of one seed; see `plan/simulate.ts`. */
export interface Told {
  readonly seed: number;
  readonly profile: string;
  readonly steps: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly seconds: number;
  readonly digest: string;
  readonly broken?: { readonly promise: PromiseName; readonly message: string; readonly step: number };
  readonly history: readonly string[];
}

export interface Asked {
  readonly seeds: readonly number[];
  readonly profile?: string;
  readonly mutant?: string;
  readonly untilBroken?: boolean;
  readonly onTold?: (told: Told) => void;
}

/** Much longer than a seed takes on a busy machine: what computes for ever without asking anybody is ended from outside. */
const SILENCE_MS = 5 * 60_000;
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
/** Most of what a run makes is young and soon gone. */
const NODE = ['--max-semi-space-size=64', '--disable-warning=ExperimentalWarning'];

/** Simulates seeds in a process of their own, so that a mutant is loaded nowhere else. Rejects when it ends without a verdict. */
export const simulateInChild = (asked: Asked): Promise<readonly Told[]> => {
  const { seeds, profile, mutant, untilBroken = false, onTold } = asked;
  const args = [...NODE, MAIN, '--json', '--seeds', seeds.join(',')];
  if (profile !== undefined) args.push('--profile', profile);
  if (mutant !== undefined) args.push('--mutant', mutant);
  if (untilBroken) args.push('--until-broken');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const told: Told[] = [];
    const end = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
    let rest = '';
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.stdout.on('data', (data: Buffer) => {
      end.refresh();
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        told.push(JSON.parse(line) as Told);
        onTold?.(told.at(-1)!);
      }
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(end);
      const isWhole = told.length === seeds.length || (untilBroken && told.at(-1)?.broken !== undefined);
      if (isWhole && (code === 0 || code === 1)) return resolve(told);
      const after = told.at(-1)?.seed ?? 'none';
      const why = code === null ? `gave no verdict for ${SILENCE_MS / 60_000} minutes` : `ended with ${code}`;
      reject(new Error(`the simulation of seeds ${seeds[0]}… ${why}, after seed ${after}\n${errors.slice(-3_000)}`));
    });
  });
};

/** How a failure is shown, and how it is shown again. */
export const explain = ({ seed, profile, broken, history }: Told): string =>
  [
    ...history,
    `seed ${seed}, step ${broken!.step}: ${broken!.message}`,
    `npm run simulate -- --seed ${seed} --profile ${profile} --trace`,
  ].join('\n');
