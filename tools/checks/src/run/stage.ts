import { spawn } from 'node:child_process';

export interface StageOrder {
  readonly command: string;
  readonly args: readonly string[];
  readonly deadlineMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** how much it and all that it starts give way to others, 0 to 19; see setpriority(2) */
  readonly nice?: number;
  /** Gets what it says while it says it. Default: kept for the outcome only. */
  readonly onOutput?: (text: string) => void;
}

export interface StageOutcome {
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: number;
  /** Why it failed, if not by its own exit code. */
  readonly cause?: string;
}

const running = new Set<number>();

/** Ends all stages that run, with everything that they started in their groups. */
export function endStages(signal: NodeJS.Signals): void {
  for (const pid of running) signalGroup(pid, signal);
}

/** Runs a command to its end or its deadline. At the deadline its whole group is killed, so that nothing hangs. */
export function runStage(order: StageOrder): Promise<StageOutcome> {
  const begun = Date.now();
  const line = [...(order.nice === undefined ? [] : ['nice', '-n', String(order.nice)]), order.command, ...order.args];
  const child = spawn(line[0]!, line.slice(1), {
    cwd: order.cwd,
    env: { ...process.env, ...order.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, to be killed whole
  });
  const { pid } = child;
  let output = '';
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    order.onOutput?.(chunk.toString());
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  if (pid !== undefined) running.add(pid);
  let cause: string | undefined;
  const deadline = setTimeout(() => {
    cause = `not finished within ${order.deadlineMs / 1000} s`;
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  }, order.deadlineMs);
  return new Promise((resolve) => {
    const settle = (passed: boolean): void => {
      clearTimeout(deadline);
      child.stdout.destroy();
      child.stderr.destroy();
      if (pid !== undefined) running.delete(pid);
      resolve({ passed: passed && cause === undefined, output, cause, seconds: (Date.now() - begun) / 1000 });
    };
    child.once('error', (error) => {
      cause = error.message;
      settle(false);
    });
    // `exit`, not `close`: a process that outlives the stage and holds its pipe must not hold us.
    child.once('exit', (code) => setTimeout(() => settle(code === 0), 50));
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
