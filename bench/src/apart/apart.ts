import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A part of a measurement in a process of its own, so that its memory and its time are its own. */
export interface Apart {
  readonly pid: number;
  /** what it answered when it had started */
  readonly started: any;
  ask(question: string): Promise<any>;
  /** SIGTERM; resolves when it has ended */
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 300_000;
const STOP_DEADLINE_MS = 30_000;

/** Starts `apart/<name>.ts`, which is given the settings and says when it has started. */
export const startApart = async (name: string, settings: object): Promise<Apart> => {
  const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const env = { ...process.env, SKERRY_BENCH_APART: JSON.stringify(settings) };
  const child = fork(entry, { env, execArgv: profiling(name), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const started = await answerOf(child, name);
  return {
    pid: child.pid!,
    started,
    ask: (question) => {
      const answer = answerOf(child, `${name} ${question}`);
      child.send(question);
      return answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      await gone;
      clearTimeout(timer);
    },
  };
};

/** With SKERRY_BENCH_PROFILE, a folder, each process writes a profile there when it ends. */
const profiling = (name: string): string[] => {
  const folder = process.env['SKERRY_BENCH_PROFILE'];
  const own = process.execArgv.filter((argument) => !argument.startsWith('--cpu-prof'));
  if (folder === undefined) return own;
  return [...own, '--cpu-prof', `--cpu-prof-dir=${folder}/${name}`];
};

const answerOf = (child: ChildProcess, what: string): Promise<any> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: no answer`)), START_DEADLINE_MS);
    const onExit = (): void => reject(new Error(`${what}: the process ended`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      clearTimeout(timer);
      child.removeListener('exit', onExit);
      resolve(message);
    });
  });

/** In the process itself: says that it has started, then answers questions until it is told to end. */
export const serveApart = (started: object, answers: Readonly<Record<string, () => unknown>>): void => {
  process.on('message', (question: string) => void answer(answers[question]).then((value) => process.send!(value)));
  process.on('disconnect', () => process.exit(0));
  process.send!(started);
};

const answer = async (make: (() => unknown) | undefined): Promise<any> => (await make?.()) ?? {};

/** What the parent gave. */
export const apartSettings = <T>(): T => JSON.parse(process.env['SKERRY_BENCH_APART'] ?? '{}') as T;
