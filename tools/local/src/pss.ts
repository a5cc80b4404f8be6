import { readFileSync } from 'node:fs';

/** Proportional set size of a process: what its end would free. In MiB. */
export const pssMib = (pid: number | 'self' = 'self'): number => rolledUp(pid, /^Pss:\s+(\d+) kB/m);

/** What of it is no file: heap and stacks. A neighbour of the same program that ends makes the rest larger, but not this. */
export const anonymousMib = (pid: number | 'self' = 'self'): number => rolledUp(pid, /^Pss_Anon:\s+(\d+) kB/m);

const rolledUp = (pid: number | 'self', line: RegExp): number =>
  Number(line.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN) / 1_024;
