import { CommanderError } from 'commander';
import { newOutcome } from './commands/command.ts';
import { EXIT } from './exit-codes.ts';
import { explain } from './failure.ts';
import { buildProgram } from './program.ts';
import type { World } from './world.ts';

/** Runs one command line (without the program's name) and answers its exit code. Throws nothing. */
export const run = async (args: readonly string[], world: World): Promise<number> => {
  const outcome = newOutcome();
  try {
    await buildProgram({ world, outcome }).parseAsync(args.length > 0 ? [...args] : ['--help'], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage; // a group without its command
    const { message, exitCode } = explain(error, { debug: Boolean(world.environment['SKERRY_DEBUG']) });
    if (message !== '') world.err(`skerry: ${message}`);
    return exitCode;
  }
};
