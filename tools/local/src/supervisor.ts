import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identityOf, type ProcessIdentity } from '@skerry/native/process-identity';
import { ToolFailure } from '@skerry/native/tool-failure';
import { removePidFile, stateMark, writePidFile } from './pid-files.ts';
import { end, signal } from './running.ts';

export interface ChildOrder {
  /** Unique in the state folder; the pid file's name. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** How it is asked to end. Default SIGTERM. */
  readonly endBy?: NodeJS.Signals;
  /** How long it may take to end before it is killed. Default 5 s. */
  readonly graceMs?: number;
}

/** A running child process. */
export interface Child {
  readonly pid: number;
  /** Whether it has not ended yet. */
  alive(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, kills it after its grace. Returns when it is gone. */
  stop(): Promise<void>;
  /** Throws, with the end of its log, if it has ended; for use in a wait for readiness. */
  requireAlive(): void;
}

interface Started {
  readonly order: ChildOrder;
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly ended: Promise<void>;
}

/** Starts child processes, keeps a pid file for each, and ends them all with `close` or when this process exits. */
export class Supervisor {
  readonly stateDir: string;
  readonly #running = new Map<string, Started>();
  readonly #endOnExit = (): void => {
    for (const { child, order } of this.#running.values()) child.kill(order.endBy ?? 'SIGTERM');
  };

  /** `stateDir` holds the pid files. The caller holds its lock. */
  constructor(stateDir: string) {
    this.stateDir = stateDir;
    process.on('exit', this.#endOnExit);
  }

  start(order: ChildOrder): Child {
    if (this.#running.has(order.name)) throw new ToolFailure(`${order.name} runs already`, 'stop it first');
    mkdirSync(dirname(order.logFile), { recursive: true });
    const log = openSync(order.logFile, 'a', 0o600);
    const child = spawn(order.command, [...order.args], {
      cwd: order.cwd,
      env: { ...(order.env ?? process.env), [stateMark]: this.stateDir },
      stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C in the terminal reaches us alone, and we end the children in order.
      detached: true,
      ...order.user,
    });
    closeSync(log);
    return this.#adopt(order, child);
  }

  /** Ends all children, the last started first. */
  async close(): Promise<void> {
    const reversed = [...this.#running.values()].reverse();
    for (const started of reversed) await this.#stop(started);
    process.off('exit', this.#endOnExit);
  }

  #adopt(order: ChildOrder, child: ChildProcess): Child {
    const { pid } = child;
    // `spawn` reports a missing or closed program by an event; without a listener that would end us.
    child.on('error', () => undefined);
    if (pid === undefined) throw new ToolFailure(`${order.command} cannot be started`, 'is it there and executable?');
    // A child that ended at once has no identity any more; any other value would do, as nothing matches it.
    const identity = identityOf(pid) ?? { pid, startedAt: 'ended' };
    const { name, command } = order;
    writePidFile(this.stateDir, { name, command, endBy: order.endBy ?? 'SIGTERM', ...identity });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        this.#running.delete(name);
        removePidFile(this.stateDir, name);
        resolve();
      });
    });
    const started: Started = { order, child, identity, ended };
    this.#running.set(name, started);
    return this.#handle(started);
  }

  #handle(started: Started): Child {
    const { child, identity, order, ended } = started;
    const alive = (): boolean => child.exitCode === null && child.signalCode === null;
    return {
      pid: identity.pid,
      alive,
      signal: (name) => void signal(identity.pid, name),
      kill: async () => {
        if (alive()) signal(identity.pid, 'SIGKILL');
        await ended;
      },
      stop: () => this.#stop(started),
      requireAlive: () => {
        if (alive()) return;
        const how = child.signalCode ?? `exit code ${child.exitCode}`;
        throw new ToolFailure(`${order.name} ended (${how}): ${lastLines(order.logFile)}`, `see ${order.logFile}`);
      },
    };
  }

  async #stop({ identity, order, ended, child }: Started): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    await end(identity, { by: order.endBy ?? 'SIGTERM', graceMs: order.graceMs ?? 5_000 });
    await ended;
  }
}

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}
