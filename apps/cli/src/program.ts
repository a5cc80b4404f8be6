import { Command } from 'commander';
import { addApply } from './commands/apply.ts';
import { addClusters } from './commands/clusters.ts';
import { type Shell, withExamples } from './commands/command.ts';
import { addConfirm } from './commands/confirm.ts';
import { addDelete } from './commands/delete.ts';
import { addDescribe } from './commands/describe.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addFleet } from './commands/fleet.ts';
import { addGet } from './commands/get.ts';
import { addHistory } from './commands/history.ts';
import { addOrphans } from './commands/orphans.ts';
import { addParked } from './commands/parked.ts';
import { addScale } from './commands/scale.ts';
import { addStore } from './commands/store.ts';
import { addTop } from './commands/top.ts';
import { addTrace } from './commands/trace.ts';
import { addUp } from './commands/up.ts';
import { addWithdraw } from './commands/withdraw.ts';
import { EXIT_CODES } from './exit-codes.ts';

const HUB_OPTION = [
  '--kubeconfig <file>',
  "the hub's kubeconfig (else SKERRY_KUBECONFIG, else .skerry/ here or above)",
] as const;

const EXAMPLES = [
  'skerry up                                    a hub and three clusters on this machine',
  'skerry apply -f examples/shop.yaml',
  'skerry get deployments -A',
  'skerry describe deployment web -n shop       where is it, why there, why not more',
  'skerry clusters list',
];

/** In the order of the help. */
const ADD = [
  addUp,
  addDoctor,
  addApply,
  addGet,
  addDescribe,
  addScale,
  addDelete,
  addWithdraw,
  addHistory,
  addEvents,
  addTop,
  addTrace,
  addClusters,
  addOrphans,
  addParked,
  addConfirm,
  addStore,
  addFleet,
];

/** The whole command line. Nothing is read or written before `parseAsync`. */
export const buildProgram = (shell: Shell): Command => {
  const { world } = shell;
  const program = new Command('skerry')
    .description('Runs applications on many Kubernetes clusters, and can tell you why each copy is where it is.')
    .option(...HUB_OPTION)
    .helpCommand(true)
    .enablePositionalOptions();
  for (const add of ADD) add(program, shell);
  program.addHelpText(
    'after',
    `\nExit codes:\n${EXIT_CODES.map(([code, text]) => `  ${String(code).padEnd(4)}${text}`).join('\n')}`,
  );
  withExamples(program, EXAMPLES);
  for (const leaf of leavesOf(program)) {
    const isFree =
      !leaf.options.some(({ long }) => long === '--kubeconfig') &&
      !['up', 'trace', 'adopt-restored', 'prepare', 'retain', 'init'].includes(leaf.name());
    if (isFree) leaf.option(...HUB_OPTION);
  }
  for (const command of [program, ...descendantsOf(program)]) {
    command
      .exitOverride()
      .showHelpAfterError(`(${pathOf(command)} --help shows how)`)
      .configureOutput({
        writeOut: (text) => world.out(text.replace(/\n$/, '')),
        writeErr: (text) => world.err(text.replace(/\n$/, '')),
        getOutHelpWidth: () => world.columns(),
        getErrHelpWidth: () => world.columns(),
      });
  }
  return program;
};

/** All commands below one, in the order of the help. */
export const descendantsOf = (command: Command): Command[] =>
  command.commands.flatMap((child) => [child, ...descendantsOf(child)]);

const leavesOf = (command: Command): Command[] =>
  descendantsOf(command).filter(({ commands }) => commands.length === 0);

/** `skerry clusters list` */
export const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
