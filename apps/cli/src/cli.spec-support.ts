import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { World } from './world.ts';

export const SKERRY = fileURLToPath(new URL('../../../bin/skerry', import.meta.url));

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly kubeconfig?: string;
  readonly folder?: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A run of the real `bin/skerry`, as its own process, that goes on. */
export interface Running {
  /** standard output so far */
  out(): string;
  err(): string;
  interrupt(): void;
  readonly ended: Promise<Said>;
}

export const begin = (args: readonly string[], options: RunOptions = {}): Running => {
  const { kubeconfig, folder, input, environment } = options;
  const { SKERRY_KUBECONFIG: _none, NODE_OPTIONS: _jest, ...inherited } = process.env;
  const env = { ...inherited, ...(kubeconfig === undefined ? {} : { SKERRY_KUBECONFIG: kubeconfig }), ...environment };
  const child = spawn(SKERRY, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<Said>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, out: out.trimEnd(), err: err.trimEnd() }));
  });
  child.stdin.end(input ?? '');
  return { out: () => out, err: () => err, interrupt: () => void child.kill('SIGINT'), ended };
};

/** The same, to its end. */
export const skerry = (args: readonly string[], options?: RunOptions): Promise<Said> => begin(args, options).ended;

/** A world that keeps what was printed. */
export const recordingWorld = (more: Partial<World> = {}): { world: World; out: string[]; err: string[] } => {
  const out: string[] = [];
  const err: string[] = [];
  const world: World = {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    environment: {},
    folder: '/',
    isTerminal: false,
    columns: () => 100,
    rows: () => 40,
    now: () => new Date('2026-01-01T00:00:00Z'),
    readInput: async () => '',
    stop: new AbortController().signal,
    holdExit: () => undefined,
    ...more,
  };
  return { world, out, err };
};
