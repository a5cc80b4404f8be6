import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from './environment.ts';
import type { Program } from './programs.ts';
import { jarsIn, jarsOf, orderOf, toolOf, writeScript } from './recipes.ts';
import { ToolFailure } from './tool-failure.ts';

const deadlineMs = 45 * 60_000;

export interface BuildRequest {
  readonly target: string;
  readonly environment: Environment;
  /** Without a network: use only what the tool has cached. */
  readonly offline: boolean;
}

/**
 * Makes a program with its tool; `target` appears whole or not at all. What was cut goes on from the tool's own cache.
 * Throws with what to install if the tool is missing.
 */
export async function build(program: Program, request: BuildRequest): Promise<void> {
  await mkdir(dirname(request.target), { recursive: true });
  const folder = await mkdtemp(join(dirname(request.target), '.build-'));
  try {
    await run(program, { folder, request });
    const made = join(folder, program.name);
    if (program.recipe.way === 'maven') await placeJars(folder, { made, target: request.target });
    await chmod(made, 0o755);
    await rename(made, request.target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The words that tell a person how to get what makes it, or do without. */
export function withoutTool(program: Program, setting: string): string {
  return `${toolOf(program).install}, or put ${program.name} ${program.version} on PATH, or name its file in ${setting}`;
}

/** The script comes last, as it does for every program: where it is, its jars are whole. */
async function placeJars(folder: string, to: { made: string; target: string }): Promise<void> {
  await rm(jarsOf(to.target), { recursive: true, force: true });
  await rename(jarsIn(folder), jarsOf(to.target));
  await writeScript(to.made, to.target);
}

async function run(program: Program, to: { folder: string; request: BuildRequest }): Promise<void> {
  const { environment: given, offline } = to.request;
  const tool = toolOf(program);
  const { args, cwd, environment } = orderOf(program, { folder: to.folder, environment: given, offline });
  const child = spawn(tool.command, [...args], { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  // Not spawn's own time-out: where the program is missing its timer is never cleared, and we would not end for its length.
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  let said = '';
  // Maven tells its errors on the standard output
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  }
  // A Ctrl-C in the middle must not leave the compiler running.
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new ToolFailure(`${tool.name} is not installed`, tool.install, { cause: error })
          : error,
      ),
    );
    child.on('close', (exit, signal) => resolve(exit ?? signal ?? 'unknown'));
  }).finally(() => {
    clearTimeout(deadline);
    process.off('exit', endWithUs);
  });
  if (code === 0) return;
  throw new ToolFailure(
    `${tool.command} could not build ${program.name} (${code}): ${said.trim()}`,
    'see the lines above',
  );
}
