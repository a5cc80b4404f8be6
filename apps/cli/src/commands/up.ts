import { resolve } from 'node:path';
import type { Command } from 'commander';
import { usage } from '../failure.ts';
import { newScreen } from '../up/screen.ts';
import type { World } from '../world.ts';
import { type Shell, withExamples } from './command.ts';

interface UpOptions {
  readonly fresh?: boolean;
  readonly real?: boolean;
  readonly exit?: boolean;
  readonly dir: string;
  readonly port: number;
}

const EXAMPLES = [
  'skerry up               what npm start runs; Ctrl-C stops all that it started',
  'skerry up --fresh       forget the state and begin anew',
  'skerry up --exit        play the story once, check every step, and end',
  'skerry up --real        real API servers, controllers and schedulers as members',
];

export const addUp = (program: Command, { world }: Shell): void => {
  const command = program
    .command('up')
    .summary('start a hub, three clusters and a sample application on this machine')
    .description(
      'Starts PostgreSQL, NATS, every service of the hub and three member clusters, applies the sample application and shows a live table until Ctrl-C, which stops all that it started. A second start goes on from the state.',
    )
    .option('--fresh', 'throw the state away and begin anew')
    .option(
      '--real',
      'real member clusters (kube-apiserver, controllers, scheduler, etcd, kwok) instead of simulated ones',
    )
    .option('--exit', 'play the story once (apply, scale, edit, drift, move, delete), check each step, and end')
    .option('--dir <folder>', 'state folder', '.skerry')
    .option('--port <number>', "port of the hub's API (else the one of last time, or a free one)", parsePort, 0)
    .action((options: UpOptions) => startUp(options, world));
  withExamples(command, EXAMPLES);
};

const parsePort = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw usage(`--port ${text}: a number from 1 to 65535 is wanted`);
  return port;
};

const startUp = async (
  { fresh = false, real = false, exit = false, dir, port }: UpOptions,
  world: World,
): Promise<void> => {
  world.holdExit();
  const screen = newScreen(world);
  screen.report('starting');
  // Loaded here: the other commands do not pay for the hub's services.
  const [{ up }, { tracingFrom }, startMembers] = await Promise.all([
    import('@skerry/all-in-one/up/up'),
    import('@skerry/boot/trace-process'),
    real
      ? import('@skerry/all-in-one/up/members').then((module) => module.startRealMembers)
      : import('@skerry/all-in-one/up/simulated-members').then((module) => module.startSimulatedMembers),
  ]);
  const tracing = await tracingFrom(world.environment, 'hub');
  await up({
    tracing,
    dir: resolve(world.folder, dir),
    fresh,
    port,
    exit,
    startMembers,
    report: (line) => screen.report(line),
    draw: (table) => screen.draw(table),
    stop: world.stop,
  });
};
