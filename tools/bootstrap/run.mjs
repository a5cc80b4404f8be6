// Plain JavaScript for Node 20 without dependencies: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { BootstrapFailure } from './install.mjs';

const wantedMajor = 24;

/** The path of Node 24: the one that npm installed, or the present one if it is new enough. */
export function modernNode(root) {
  const installed = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(installed)) return installed;
  if (Number(process.versions.node.split('.')[0]) >= wantedMajor) return process.execPath;
  throw new BootstrapFailure(
    `There is no npm package of Node ${wantedMajor} for ${process.platform}-${process.arch} — install Node ${wantedMajor} and run this again.`,
  );
}

/** Compiles what has changed. */
export function build(root) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(modernNode(root), [compiler, '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new BootstrapFailure('The build failed — see the lines above.');
}

/**
 * Runs a program in the place of this one: the same standard streams, signals passed on, its exit code ours.
 * Ctrl-C in a terminal reaches the program by itself, as it is in the same group, and is not sent twice.
 */
export function handOver(command, args, { cwd, env = process.env }) {
  const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** Runs `main` and sets the exit code; a failure that a person can mend is printed in one line. */
export async function exitWith(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof BootstrapFailure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
