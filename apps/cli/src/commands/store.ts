import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { World } from '../world.ts';
import { type Shell, withExamples } from './command.ts';

export const addStore = (program: Command, { world }: Shell): void => {
  const command = program.command('store').summary('care for the event store').description('Care for the event store.');
  withExamples(command, ['skerry store adopt-restored --dir .skerry']);
  const adopt = command
    .command('adopt-restored')
    .description(
      'Declares a store that was restored from a backup to be the truth: it gets a new incarnation. Clusters then compare and delete nothing until `skerry confirm restore`. The hub must be stopped.',
    )
    .option('--dir <folder>', 'state folder', '.skerry')
    .action((options: { dir: string }) => adoptRestored(options.dir, world));
  withExamples(adopt, ['skerry store adopt-restored', 'skerry store adopt-restored --dir /srv/skerry']);
};

const adoptRestored = async (folder: string, world: World): Promise<void> => {
  const path = resolve(world.folder, folder);
  if (!existsSync(join(path, 'postgres'))) {
    throw new CliFailure(`${path} holds no event store — give the state folder of the hub with --dir`, EXIT.usage);
  }
  world.holdExit();
  // Loaded here: other commands do not pay for a database's client.
  const [{ openState }, { Supervisor }, { startPostgres }, adoption] = await Promise.all([
    import('@skerry/local/state-folder'),
    import('@skerry/local/supervisor'),
    import('@skerry/local/postgres'),
    import('@skerry/adapters/postgres/adopt-restored'),
  ]);
  const state = await openState({ path, report: world.err });
  const supervisor = new Supervisor(state.path);
  try {
    const locationFile = join(state.path, 'location');
    const postgres = await startPostgres({ dir: join(state.path, 'postgres'), supervisor, locationFile });
    const incarnation = await adoption.adoptRestored({ connectionString: postgres.url });
    world.out(`the store is the truth now, as incarnation ${incarnation}`);
    world.out('start the hub; then look at `skerry orphans`, and `skerry confirm restore CLUSTER` for each cluster');
    await postgres.stop();
  } finally {
    await supervisor.close();
    state.release();
  }
};
