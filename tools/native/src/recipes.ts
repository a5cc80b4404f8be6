import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from './environment.ts';
import type { Program, Recipe } from './programs.ts';

const modules = fileURLToPath(new URL('..', import.meta.url));

/** What makes programs and must be on this machine for it. */
export interface Tool {
  readonly name: string;
  readonly command: string;
  /** Tells a person how to get it. */
  readonly install: string;
}

const go: Tool = { name: 'Go', command: 'go', install: 'install Go 1.26 or newer (https://go.dev/dl)' };
const maven: Tool = {
  name: 'Maven',
  command: 'mvn',
  install: 'install Maven 3.6 or newer with Java 17 or newer (https://maven.apache.org/install.html)',
};

/** The tool that makes a program. */
export const toolOf = ({ recipe }: Program): Tool => (recipe.way === 'maven' ? maven : go);

/** One call of the tool; afterwards the program, and what belongs to it, lies in the folder that it was given. */
export interface Order {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
}

/** Where to make it. Without a network (`offline`) only what the tool has cached is used. */
export interface Place {
  readonly folder: string;
  readonly environment: Environment;
  readonly offline: boolean;
}

/** The call of its tool that makes a program. */
export function orderOf({ name, recipe }: Program, place: Place): Order {
  if (recipe.way === 'maven') return copyJars(recipe.folder, place);
  const environment = {
    ...place.environment,
    CGO_ENABLED: '0',
    GOFLAGS: '', // a person's own flags (-mod=vendor) would break a build that is none of theirs
    GOBIN: place.folder,
    ...(place.offline ? { GOPROXY: 'off' } : {}),
  };
  if (recipe.way === 'install') {
    return {
      args: ['install', '-trimpath', ...installFlags(recipe), recipe.package],
      cwd: place.folder,
      environment,
    };
  }
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', recipe.ldflags];
  return {
    args: ['build', ...flags, '-o', join(place.folder, name), recipe.package],
    cwd: join(modules, recipe.folder),
    environment,
  };
}

function installFlags({ stamp, tags }: Extract<Recipe, { way: 'install' }>): string[] {
  const ldflags = stamp === undefined ? '-s -w' : `-s -w -X ${stamp}`;
  return ['-ldflags', ldflags, ...(tags === undefined ? [] : ['-tags', tags])];
}

const copyJars = (folder: string, place: Place): Order => ({
  // -C: a jar whose published checksum does not match fails
  args: [
    '-B',
    '-q',
    '-C',
    ...(place.offline ? ['-o'] : []),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${jarsIn(place.folder)}`,
  ],
  cwd: join(modules, folder),
  environment: place.environment,
});

/** Where the jars are made, beside the script. */
export const jarsIn = (folder: string): string => join(folder, 'jars');

/** Where the script looks for them: beside it. */
export const jarsOf = (script: string): string => `${script}.jars`;

/** A script that runs a class of the jars, with the Java and the settings for it that a distribution's own script takes. */
export const writeScript = (path: string, target: string): Promise<void> =>
  writeFile(
    path,
    `#!/bin/sh
exec "\${JAVA_HOME:+$JAVA_HOME/bin/}java" $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_OPTS -cp "$(dirname "$(readlink -f "$0")")/${basename(jarsOf(target))}/*" "$@"
`,
  );
