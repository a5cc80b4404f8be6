import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '@skerry/native/process-identity';

/** Sends a signal; says whether there was a process to get it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Asks a process to end and kills it after `graceMs`. Returns when it is gone; one that is gone already is fine. */
export async function end(identity: ProcessIdentity, how: { by: NodeJS.Signals; graceMs: number }): Promise<void> {
  if (!isAlive(identity)) return;
  signal(identity.pid, how.by);
  signal(identity.pid, 'SIGCONT'); // a stopped process would not see the wish to end
  if (await goneWithin(identity, how.graceMs)) return;
  signal(identity.pid, 'SIGKILL');
  await goneWithin(identity, 5_000);
}

async function goneWithin(identity: ProcessIdentity, graceMs: number): Promise<boolean> {
  const deadline = Date.now() + graceMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

/** The pids whose start environment holds `name=value`. Linux only; elsewhere none are seen. */
export function pidsWithEnvironment(name: string, value: string): number[] {
  return pidsWhere((pid) => environmentValue(pid, name) === value);
}

/** Every value of `name` in the start environments of running processes, with its pids. Linux only. */
export function pidsByEnvironment(name: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  pidsWhere((pid) => {
    const value = environmentValue(pid, name);
    if (value !== undefined) found.set(value, [...(found.get(value) ?? []), pid]);
    return value !== undefined;
  });
  return found;
}

function environmentValue(pid: number, name: string): string | undefined {
  const entries = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The pids that work in `folder`. Linux only; elsewhere none are seen. */
export function pidsWorkingIn(folder: string): number[] {
  return pidsWhere((pid) => readlinkSync(`/proc/${pid}/cwd`) === folder);
}

function pidsWhere(matches: (pid: number) => boolean): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 1) || pid === process.pid) return false;
      try {
        return matches(pid);
      } catch {
        return false; // gone meanwhile, or another user's and so none that we started
      }
    });
}
