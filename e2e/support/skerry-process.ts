import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SKERRY = fileURLToPath(new URL('../../bin/skerry', import.meta.url));

/** `bin/skerry` as a process of its own, in a group of its own as under a terminal. */
export interface SkerryProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** standard output and error so far, in one */
  said(): string;
  /** resolves with the text once it was printed; throws when it ends before, or after the deadline */
  until(text: string, deadlineMs: number): Promise<string>;
  /** Ctrl-C: the whole group gets it */
  interrupt(): void;
  /** exit code */
  readonly ended: Promise<number>;
}

export const startSkerry = (
  args: readonly string[],
  {
    folder,
    settings = {},
    under = [],
  }: {
    folder: string;
    settings?: Readonly<Record<string, string>>;
    /** a command that runs the rest of its arguments in its own place */
    under?: readonly string[];
  },
): SkerryProcess => {
  const { NODE_OPTIONS: _jest, SKERRY_KUBECONFIG: _none, ...env } = process.env;
  const [command, ...rest] = [...under, SKERRY, ...args];
  const child = spawn(command!, rest, {
    cwd: folder,
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  let code: number | undefined;
  const ended = new Promise<number>((resolve) =>
    child.once('close', (exit) => {
      code = exit ?? -1;
      resolve(code);
    }),
  );
  return {
    pid: child.pid!,
    child,
    said: () => said,
    ended,
    interrupt: () => void process.kill(-child.pid!, 'SIGINT'),
    until: async (text, deadlineMs) => {
      const endMs = performance.now() + deadlineMs;
      while (!said.includes(text)) {
        if (code !== undefined) throw new Error(`ended with ${code} before "${text}":\n${said}`);
        if (performance.now() > endMs) throw new Error(`no "${text}" within ${deadlineMs} ms:\n${said}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return said;
    },
  };
};

const readOrNothing = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone meanwhile, or another user's
  }
};

/** Command lines of the processes that belong to a state folder: by their environment, working folder or arguments. */
export const processesOf = (stateDir: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const marks = [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`].map(readOrNothing);
      return marks.some((text) => text.includes(stateDir));
    })
    .map((pid) => `${pid} ${readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);
