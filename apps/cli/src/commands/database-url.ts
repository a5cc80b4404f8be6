import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { usage } from '../failure.ts';
import type { World } from '../world.ts';

export interface DatabaseOptions {
  readonly databaseUrlFile?: string;
}

const VARIABLE = 'SKERRY_DATABASE_URL';

/** A connection string holds a password: it comes from a file or the environment, never from the command line. */
export const databaseOption = (command: Command): Command =>
  command.option(
    '--database-url-file <file>',
    `file that holds the connection string of PostgreSQL (else the variable ${VARIABLE})`,
  );

/** undefined: nobody gave one. Throws CliFailure for a file that cannot be read or a text that is no such URL. */
export const databaseUrlOf = ({ databaseUrlFile }: DatabaseOptions, world: World): string | undefined => {
  const text = databaseUrlFile === undefined ? world.environment[VARIABLE] : readText(databaseUrlFile, world);
  if (!text) return undefined;
  const url = text.trim();
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url;
  const where = databaseUrlFile === undefined ? VARIABLE : databaseUrlFile;
  throw usage(`${where} holds no connection string; allowed: postgres://user:password@host:port/database`);
};

export const requireDatabaseUrl = (options: DatabaseOptions, world: World): string => {
  const url = databaseUrlOf(options, world);
  if (url === undefined) throw usage(`which database? Give --database-url-file, or set ${VARIABLE}`);
  return url;
};

const readText = (file: string, world: World): string => {
  try {
    return readFileSync(resolve(world.folder, file), 'utf8');
  } catch (cause) {
    throw usage(`${file} cannot be read: ${(cause as Error).message}`);
  }
};
