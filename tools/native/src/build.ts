import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GoRecipe, Program } from './programs.ts';
import type { Environment } from './environment.ts';
import { ToolFailure } from './tool-failure.ts';

const modules = fileURLToPath(new URL('..', import.meta.url));
const deadlineMs = 45 * 60_000;
const newest = 1.26;

export interface BuildRequest {
  readonly target: string;
  readonly environment: Environment;
  /** Without a network: use only modules that Go has cached. */
  readonly offline: boolean;
}

/**
 * Builds a program with Go from its pinned module; `target` appears whole or not at all. A build that was cut goes on
 * from Go's own cache. Throws with what to install if there is no Go.
 */
export async function build(program: Program, request: BuildRequest): Promise<void> {
  await mkdir(dirname(request.target), { recursive: true });
  const folder = await mkdtemp(join(dirname(request.target), '.build-'));
  try {
    await run(program, { folder, request });
    const made = join(folder, program.name);
    await chmod(made, 0o755);
    await rename(made, request.target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The words that tell a person how to get Go or do without. */
export function withoutGo(program: Program, setting: string): string {
  return `install Go ${newest} or newer (https://go.dev/dl), or put ${program.name} ${program.version} on PATH, or name its file in ${setting}`;
}

function installFlags({ stamp, tags }: Extract<GoRecipe, { way: 'install' }>): string[] {
  const ldflags = stamp === undefined ? '-s -w' : `-s -w -X ${stamp}`;
  return ['-ldflags', ldflags, ...(tags === undefined ? [] : ['-tags', tags])];
}

async function run(program: Program, to: { folder: string; request: BuildRequest }): Promise<void> {
  const { go } = program;
  const own = go.way === 'own-module';
  const commandArguments = own
    ? ['build', '-trimpath', '-buildvcs=false', '-ldflags', go.ldflags, '-o', join(to.folder, program.name), go.package]
    : ['install', '-trimpath', ...installFlags(go), go.package];
  const environment: NodeJS.ProcessEnv = {
    ...to.request.environment,
    CGO_ENABLED: '0',
    GOFLAGS: '', // a person's own flags (-mod=vendor) would break a build that is none of theirs
    GOBIN: to.folder,
    ...(to.request.offline ? { GOPROXY: 'off' } : {}),
  };
  const child = spawn('go', commandArguments, {
    cwd: own ? join(modules, go.folder) : to.folder,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // Not spawn's own time-out: where the program is missing its timer is never cleared, and we would not end for its length.
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  // A Ctrl-C in the middle must not leave the compiler running.
  const endWithUs = (): void => void child.kill('SIGTERM');
  process.once('exit', endWithUs);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new ToolFailure('Go is not installed', 'install Go', { cause: error }) : error),
    );
    child.on('close', (exit, signal) => resolve(exit ?? signal ?? 'unknown'));
  }).finally(() => {
    clearTimeout(deadline);
    process.off('exit', endWithUs);
  });
  if (code === 0) return;
  throw new ToolFailure(`go could not build ${program.name} (${code}): ${said.trim()}`, 'see the lines above');
}
