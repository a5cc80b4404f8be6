import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { usage } from '../failure.ts';
import type { World } from '../world.ts';
import { type Shell, withExamples } from './command.ts';
import { type DatabaseOptions, databaseOption, requireDatabaseUrl } from './database-url.ts';

interface PrepareOptions extends DatabaseOptions {
  readonly secrets: string;
  readonly fleet?: string;
}

export const addPrepare = (parent: Command, { world }: Shell): void => {
  const prepare = databaseOption(
    parent
      .command('prepare')
      .description(
        "Makes the store of a fleet or brings its schema up to date, and gives each service its login. The connection string is the owner's: a login that may create schemas and roles. Running it again changes nothing that is so.",
      )
      .requiredOption('--secrets <folder>', 'folder that `skerry fleet init` made')
      .option('--fleet <name>', 'name of the fleet; a store keeps the one it was made with'),
  ).action((options: PrepareOptions) => prepared(options, world));
  withExamples(prepare, ['skerry store prepare --secrets ./secrets --database-url-file owner-url']);
};

const prepared = async (options: PrepareOptions, world: World): Promise<void> => {
  const connectionString = requireDatabaseUrl(options, world);
  const folder = resolve(world.folder, options.secrets);
  if (!existsSync(folder)) throw usage(`${folder} is not there: run \`skerry fleet init\` first`);
  const { prepareFromSecrets } = await import('@skerry/all-in-one/fleet/prepare-from-secrets');
  const roles = await prepareFromSecrets({ folder, connectionString, ...(options.fleet && { fleet: options.fleet }) });
  world.out(`the store is ready; logins: ${roles.join(', ')}`);
};
