import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { World } from '../world.ts';
import { type Shell, withExamples } from './command.ts';
import { type DatabaseOptions, databaseOption, databaseUrlOf } from './database-url.ts';

interface AdoptOptions extends DatabaseOptions {
  readonly dir: string;
}

export const addAdoptRestored = (parent: Command, { world }: Shell): void => {
  const adopt = databaseOption(
    parent
      .command('adopt-restored')
      .description(
        "Declares a store that was restored from a backup to be the truth: it gets a new incarnation. Clusters then compare and delete nothing until `skerry confirm restore`. A hub on this machine must be stopped; in a fleet give the owner's connection string, and start the services again afterwards.",
      )
      .option('--dir <folder>', 'state folder of a hub on this machine', '.skerry'),
  ).action((options: AdoptOptions) => {
    const url = databaseUrlOf(options, world);
    return url === undefined ? adoptIn(options.dir, world) : adopted(url, world);
  });
  withExamples(adopt, [
    'skerry store adopt-restored',
    'skerry store adopt-restored --dir /srv/skerry',
    'skerry store adopt-restored --database-url-file owner/database-url',
  ]);
};

const adopted = async (connectionString: string, world: World): Promise<void> => {
  // Loaded here: other commands do not pay for a database's client.
  const { adoptRestored } = await import('@skerry/adapters/postgres/adopt-restored');
  const incarnation = await adoptRestored({ connectionString });
  world.out(`the store is the truth now, as incarnation ${incarnation}`);
  world.out('start the hub; then look at `skerry orphans`, and `skerry confirm restore CLUSTER` for each cluster');
};

const adoptIn = async (folder: string, world: World): Promise<void> => {
  const path = resolve(world.folder, folder);
  if (!existsSync(join(path, 'postgres'))) {
    throw new CliFailure(
      `${path} holds no event store — give the state folder of the hub with --dir, or of a fleet --database-url-file`,
      EXIT.usage,
    );
  }
  world.holdExit();
  const [{ openState }, { Supervisor }, { startPostgres }] = await Promise.all([
    import('@skerry/local/state-folder'),
    import('@skerry/local/supervisor'),
    import('@skerry/local/postgres'),
  ]);
  const state = await openState({ path, report: world.err });
  const supervisor = new Supervisor(state.path);
  try {
    const locationFile = join(state.path, 'location');
    const postgres = await startPostgres({ dir: join(state.path, 'postgres'), supervisor, locationFile });
    await adopted(postgres.url, world);
    await postgres.stop();
  } finally {
    await supervisor.close();
    state.release();
  }
};
