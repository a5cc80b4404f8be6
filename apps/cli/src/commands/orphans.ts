import type { Command } from 'commander';
import { format, type Format } from '../print/format.ts';
import { onHub, outputOption, type Shell, withExamples } from './command.ts';
import { orphans } from './lists.ts';

const EXAMPLES = ['skerry orphans', 'skerry orphans -o json'];

const WHAT_TO_DO =
  '\nThe hub does nothing to them. What is not needed: kubectl delete it in its cluster; until then its name is taken there.';

export const addOrphans = (program: Command, shell: Shell): void => {
  const command = program
    .command('orphans')
    .summary('show objects in members that nobody desires any more')
    .description(
      'Shows objects in members that carry our mark and that nobody desires. They are never deleted by themselves: delete such an object in its cluster when it is not needed; until then its name is taken there.',
    )
    .addOption(outputOption('table', 'json', 'yaml', 'name'))
    .action(
      onHub<{ output: Format }>(shell, async (_words, { api, options, world }) => {
        const shown = await orphans(api, world.now());
        world.out(format(shown, options.output));
        if (options.output === 'table' && shown.names.length > 0) world.out(WHAT_TO_DO);
      }),
    );
  withExamples(command, EXAMPLES);
};
