import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { findings } from '../doctor/findings.ts';
import type { Finding } from '../doctor/finding.ts';
import { findKubeconfig, type HubOptions } from '../hub/find-hub.ts';
import { format, type Format } from '../print/format.ts';
import { outputOption, type Shell, withExamples } from './command.ts';

interface DoctorOptions extends HubOptions {
  readonly dir: string;
  readonly output: Format;
}

const EXAMPLES = ['skerry doctor', 'skerry doctor --dir /srv/skerry -o json'];

export const addDoctor = (program: Command, { world, outcome }: Shell): void => {
  const command = program
    .command('doctor')
    .summary('say what is there and what is missing')
    .description(
      'Lists the programs that Skerry starts (found where, or how to get them), Node, the state folder, and whether a hub answers. Changes nothing and asks no network but the hub. Exit code 5 when something is in the way; a program that the next start gets by itself is not.',
    )
    .option('--dir <folder>', 'state folder', '.skerry')
    .addOption(outputOption('table', 'json', 'yaml'))
    .action(async (_options: unknown, self: Command) => {
      const options = self.optsWithGlobals<DoctorOptions>();
      const all = await findings({ world, dir: options.dir, kubeconfig: findKubeconfig(world, options) });
      world.out(format(shown(all), options.output));
      if (all.some(({ verdict }) => verdict === 'wrong')) outcome.exitCode = EXIT.machine;
    });
  withExamples(command, EXAMPLES);
};

const shown = (all: readonly Finding[]) => ({
  value: all,
  names: all.map(({ what }) => what),
  none: '',
  rows: [
    ['', 'WHAT', 'FOUND', 'WHAT TO DO'],
    ...all.map(({ verdict, what, found, remedy }) => [verdict, what, found, remedy]),
  ],
});
