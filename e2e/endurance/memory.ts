import { existsSync, readFileSync } from 'node:fs';
import type { FleetMember } from '../support/separate-fleet.ts';
import { allowedPercent, growthOf, type Sample } from './growth.ts';

/**
 * Until what is kept for a time has been kept for that time once: the gateway's window of changes, 10 min and the quarter
 * that it lets pass until it looks again. Resources that change less than twice a minute still fill: a MiB an hour.
 */
const WARM_UP_SECONDS = 20 * 60;
const FEWEST_SAMPLES = 8;
/** What a gateway's window holds when it is full; a life that was too short to fill it may grow by as much, any other by a quarter. */
const FILLING_MIB = 24;

/** What processes have to be started with to write to `file`, once a minute, what is left after a full collection. */
export const collectingInto = (file: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--expose-gc --import ${new URL('collecting.mjs', import.meta.url).href}`,
  LIVE_MEMORY_FILE: file,
});

export interface Collected {
  readonly pid: number;
  readonly seconds: number;
  /** what the heap and its buffers hold */
  readonly liveMib: number;
  /** what the process holds besides files: the heap's free pages and all that is not V8's too */
  readonly anonymousMib: number;
}

/** The memory of every process over its life: a process that was started again is another one. */
export class MemoryWatch {
  readonly #processes: readonly FleetMember[];
  readonly #file: string;
  readonly #names = new Map<number, string>();

  constructor(processes: readonly FleetMember[], file: string) {
    this.#processes = processes;
    this.#file = file;
  }

  /** Remembers which process has which number: they are started again under others. */
  look(): void {
    for (const one of this.#processes.filter(({ isRunning }) => isRunning)) this.#names.set(one.pid, one.name);
  }

  /** A line for each life that was long enough to say something, and those whose live memory grew by more than it may. */
  judge(): { readonly lines: readonly string[]; readonly findings: readonly string[] } {
    const lives = Map.groupBy(readCollected(this.#file), ({ pid }) => pid);
    return judgeLives(
      [...lives].map(([pid, samples]) => ({ name: this.#names.get(pid) ?? `process ${pid}`, samples })),
    );
  }
}

/** No file: nobody has lived for a minute. */
const readCollected = (file: string): Collected[] =>
  (existsSync(file) ? readFileSync(file, 'utf8') : '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Collected);

interface Life {
  readonly name: string;
  readonly samples: readonly Collected[];
}

interface Judged {
  readonly line: string;
  readonly isTooMuch: boolean;
}

/** Lives too short to say anything are left out. */
export const judgeLives = (
  lives: readonly Life[],
): { readonly lines: readonly string[]; readonly findings: readonly string[] } => {
  const judged = lives.flatMap((life) => judgeWarm(life) ?? judgeFilling(life) ?? []);
  return {
    lines: judged.map(({ line }) => line).sort(),
    findings: judged.filter(({ isTooMuch }) => isTooMuch).map(({ line }) => line),
  };
};

const judgeWarm = ({ name, samples }: Life): Judged | undefined => {
  const warm = samples.filter(({ seconds }) => seconds >= WARM_UP_SECONDS);
  if (warm.length < FEWEST_SAMPLES) return undefined;
  const live = growthOf(warm.map(({ seconds, liveMib }): Sample => ({ seconds, mib: liveMib })));
  const anonymous = growthOf(warm.map(({ seconds, anonymousMib }): Sample => ({ seconds, mib: anonymousMib })));
  const allowed = allowedPercent(live.hours);
  if (allowed === undefined) return undefined;
  const said = `${name}: ${live.meanMib.toFixed(0)} MiB live, ${live.percentPerHour.toFixed(1)} %/h over ${(live.hours * 60).toFixed(0)} min`;
  const besides = `anonymous ${anonymous.meanMib.toFixed(0)} MiB, ${anonymous.percentPerHour.toFixed(1)} %/h`;
  return {
    line: `${said} (${live.percent.toFixed(1)} % of ${allowed.toFixed(1)} % allowed); ${besides}`,
    isTooMuch: live.percent > allowed,
  };
};

const judgeFilling = ({ name, samples }: Life): Judged | undefined => {
  const [first, last] = [samples[0], samples.at(-1)];
  if (samples.length < FEWEST_SAMPLES || !first || !last) return undefined;
  const grownMib = last.liveMib - first.liveMib;
  const allowedMib = name.startsWith('gateway') ? FILLING_MIB : FILLING_MIB / 4;
  const minutes = ((last.seconds - first.seconds) / 60).toFixed(0);
  return {
    line: `${name}: ${last.liveMib.toFixed(0)} MiB live, ${grownMib.toFixed(1)} MiB more in ${minutes} min (${allowedMib} MiB allowed while it fills)`,
    isTooMuch: grownMib > allowedMib,
  };
};
