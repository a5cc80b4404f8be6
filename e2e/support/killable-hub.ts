import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CrashPoint } from '@skerry/kernel/crash-points';

const ENTRY = fileURLToPath(new URL('./hub-process.mjs', import.meta.url));
const START_DEADLINE_MS = 30_000;

/** The hub as a process that can be killed at a named point, and started again. */
export class KillableHub {
  readonly #settings: string;
  #child: ChildProcess | undefined;

  constructor(settings: object) {
    this.#settings = JSON.stringify(settings);
  }

  /** Resolves when the gateway answers; undefined when it was killed before, by the crash point it was started with. */
  async start(crashAt: CrashPoint | '' = ''): Promise<string | undefined> {
    const env = { ...process.env, SKERRY_HUB: this.#settings, SKERRY_CRASH_AT: crashAt, NODE_OPTIONS: '' };
    const child = fork(ENTRY, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the hub did not start within ${START_DEADLINE_MS} ms`)),
        START_DEADLINE_MS,
      );
      child.once('message', (message) => {
        clearTimeout(timer);
        resolve((message as { url: string }).url);
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        if (signal === 'SIGKILL') resolve(undefined);
        else reject(new Error(`the hub ended with code ${code}, signal ${signal}`));
      });
    });
  }

  /** Kills at the next time that the point is reached; resolves when it is gone, false when it was not reached in time. */
  async killAt(
    point: CrashPoint,
    { deadlineMs, onHeld }: { deadlineMs: number; onHeld: () => void },
  ): Promise<boolean> {
    const child = this.#child!;
    child.once('message', onHeld);
    child.send(point);
    const reached = await gone(child, deadlineMs);
    if (!reached) {
      child.kill('SIGKILL');
      await gone(child, 5_000);
    }
    return reached;
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    if (this.#child) await gone(this.#child, 5_000);
  }
}

const gone = (child: ChildProcess, deadlineMs: number): Promise<boolean> => {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), deadlineMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
};
