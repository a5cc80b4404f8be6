import type { FleetMember } from '../support/separate-fleet.ts';
import { anonymousMib } from '@skerry/local/pss';
import { allowedPercent, floorsOf, growthOf, type Sample } from './growth.ts';

const WARM_UP_SECONDS = 300;
const FEWEST_SAMPLES = 8;

/** The memory of every process over its life: a process that was started again is another one. */
export class MemoryWatch {
  readonly #processes: readonly FleetMember[];
  readonly #lives = new Map<
    number,
    { readonly name: string; readonly startedMs: number; readonly samples: Sample[] }
  >();

  constructor(processes: readonly FleetMember[]) {
    this.#processes = processes;
  }

  sample(): void {
    for (const one of this.#processes.filter(({ isRunning }) => isRunning)) {
      const nowMs = performance.now();
      const life = this.#lives.get(one.pid) ?? { name: one.name, startedMs: nowMs, samples: [] };
      this.#lives.set(one.pid, life);
      const mib = readMib(one.pid);
      if (mib !== undefined) life.samples.push({ seconds: (nowMs - life.startedMs) / 1_000, mib });
    }
  }

  /** Everything that was measured, a line of JSON for each life. */
  get lines(): readonly string[] {
    return [...this.#lives.values()].map((life) => JSON.stringify(life));
  }

  /** A line for each life that was long enough to have warmed up, and those that grew by more than they may. */
  judge(): { readonly lines: readonly string[]; readonly findings: readonly string[] } {
    const [lines, findings]: [string[], string[]] = [[], []];
    for (const { name, samples } of this.#lives.values()) {
      const warm = samples.filter(({ seconds }) => seconds >= WARM_UP_SECONDS);
      if (warm.length < FEWEST_SAMPLES) continue;
      const { hours, meanMib, percent, percentPerHour } = growthOf(floorsOf(warm));
      const allowed = allowedPercent(hours);
      const said = `${name}: ${meanMib.toFixed(0)} MiB, ${percentPerHour.toFixed(1)} %/h over ${(hours * 60).toFixed(0)} min`;
      lines.push(
        `${said}${allowed === undefined ? ', too short to judge' : ` (${percent.toFixed(1)} % of ${allowed.toFixed(1)} % allowed)`}`,
      );
      if (allowed !== undefined && percent > allowed) findings.push(said);
    }
    return { lines: lines.sort(), findings };
  }
}

/** Undefined: it has just ended, or this system has no such figure. */
const readMib = (pid: number): number | undefined => {
  try {
    return anonymousMib(pid);
  } catch {
    return undefined;
  }
};
