import { execFile } from 'node:child_process';
import type { Program } from './programs.ts';

/** Asks a program for its version (`1.36.3`); undefined if it does not answer with one within 5 s. */
export async function versionOf(program: Program, path: string): Promise<string | undefined> {
  const text = await new Promise<string>((resolve) => {
    const options = { timeout: 5_000, killSignal: 'SIGKILL' as const };
    execFile(path, [...program.versionArguments], options, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`));
  });
  return /\bv?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Whether `version` lies in the range that a program on PATH may have. */
export function isAccepted(program: Program, version: string): boolean {
  return compare(version, program.accepts.from) >= 0 && compare(version, program.accepts.below) < 0;
}

function compare(left: string, right: string): number {
  const a = left.split('.').map(Number);
  const b = right.split('.').map(Number);
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);
}
