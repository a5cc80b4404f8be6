import { readFileSync } from 'node:fs';

/** Proportional set size of a process: what its end would free. In MiB. */
export const pssMib = (pid: number | 'self' = 'self'): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN) / 1_024;
