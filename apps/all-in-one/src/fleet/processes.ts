import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One entry of `deploy/processes.json`: how a part of a fleet's hub is started, wherever that is. */
export interface FleetProcess {
  readonly name: string;
  readonly says: string;
  /** below the root of the installation */
  readonly main: string;
  /** one set of instances for each cluster */
  readonly perCluster?: true;
  readonly instances: number;
  readonly sharing: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly needs: readonly string[];
  /** files of its own folder of secrets */
  readonly secrets: readonly string[];
  /** with places in braces */
  readonly environment: Readonly<Record<string, string>>;
}

/** What runs once before the others, or now and then. */
export interface FleetJob {
  readonly name: string;
  readonly says: string;
  /** of the command line, with places in braces */
  readonly arguments: readonly string[];
  /** undefined: once, before the processes of a new version start */
  readonly everyMinutes?: number;
  /** folders below /run/skerry, and of which secrets they are made */
  readonly mounts: readonly {
    readonly name: string;
    readonly at: string;
    readonly secrets: readonly { readonly of: string; readonly files: readonly string[] }[];
  }[];
}

export interface FleetProcesses {
  readonly processes: readonly FleetProcess[];
  readonly jobs: readonly FleetJob[];
  readonly everyProcess: Readonly<Record<string, string>>;
}

/** What stands for the places in braces. */
export type Places = Readonly<Record<string, string>>;

/** The root of the installation: what `main` is below. */
export const INSTALLATION = fileURLToPath(new URL('../../../../', import.meta.url));

/** The one list that tests, compose and the chart start processes from. */
export const readProcesses = (): FleetProcesses =>
  JSON.parse(readFileSync(`${INSTALLATION}deploy/processes.json`, 'utf8')) as FleetProcesses;

/** The environment of one process. Throws RangeError for a place that is not given. */
export const environmentOf = (
  { environment }: FleetProcess,
  { every, places }: { every: Readonly<Record<string, string>>; places: Places },
): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...every, ...environment }).map(([name, text]) => [name, fill(text, places)]));

const fill = (text: string, places: Places): string =>
  text.replaceAll(/\{([A-Za-z]+)\}/g, (_whole, name: string) => {
    const place = places[name];
    if (place === undefined) throw new RangeError(`nothing is given for {${name}} in ${JSON.stringify(text)}`);
    return place;
  });
