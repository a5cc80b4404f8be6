import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import { Command, Option } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { type HubOptions, withHub } from '../hub/find-hub.ts';
import { type Format, parseFormat } from '../print/format.ts';
import type { World } from '../world.ts';

/** What an action gets beside the words on its command line. */
export interface Call<Options> {
  readonly world: World;
  readonly options: Options & HubOptions;
  readonly api: HubApi;
}

/** Sets the exit code of a command that did not throw; EXIT.ok otherwise. */
export interface Outcome {
  exitCode: number;
}

export interface Shell {
  readonly world: World;
  readonly outcome: Outcome;
}

export const newOutcome = (): Outcome => ({ exitCode: EXIT.ok });

/** Examples stand at the end of a command's help. */
export const withExamples = (command: Command, examples: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`);

export const outputOption = (...formats: readonly Format[]): Option =>
  new Option('-o, --output <format>', `one of ${formats.join(', ')}`)
    .default(formats[0])
    .argParser(parseFormat)
    .choices(formats as string[]);

export const namespaceOption = (): Option => new Option('-n, --namespace <name>', 'namespace').default('default');

/**
 * An action on a hub. The connections are closed afterwards, whatever happens. Its words are the command's arguments in
 * order; options of the program (--kubeconfig) are among its options.
 */
export const onHub =
  <Options>(
    { world, outcome }: Shell,
    action: (words: any, call: Call<Options>) => Promise<number | void>,
    hubOf: (command: Command) => HubOptions = (command) => command.optsWithGlobals(),
  ) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = { ...command.optsWithGlobals(), ...command.opts() } as Options & HubOptions;
    const words = given.slice(0, -2);
    const code = await withHub({ world, options: hubOf(command) }, (api) => action(words, { world, options, api }));
    if (typeof code === 'number') outcome.exitCode = code;
  };
