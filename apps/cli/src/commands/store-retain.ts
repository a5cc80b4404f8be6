import type { Command } from 'commander';
import type { World } from '../world.ts';
import { type Shell, withExamples } from './command.ts';
import { type DatabaseOptions, databaseOption, requireDatabaseUrl } from './database-url.ts';

export const addRetain = (parent: Command, { world }: Shell): void => {
  const retain = databaseOption(
    parent
      .command('retain')
      .description(
        'One run of retention: removes old rows of desired, observed and inspection, and bodies that nothing names. The connection string is that of the login skerry_retention. A hub on this machine does it by itself.',
      ),
  ).action((options: DatabaseOptions) => retained(options, world));
  withExamples(retain, ['skerry store retain --database-url-file retention/database-url']);
};

const retained = async (options: DatabaseOptions, world: World): Promise<void> => {
  const connectionString = requireDatabaseUrl(options, world);
  const { runRetention } = await import('@skerry/adapters/postgres/retention');
  const report = await runRetention({ connectionString });
  if (!report) return world.out('another run is under way');
  const { rows, blobs, partitions } = report;
  world.out(`removed ${rows} rows and ${blobs} bodies; added ${partitions} partitions`);
};
