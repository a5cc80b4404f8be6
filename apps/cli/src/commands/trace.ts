import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { joinedTrace, type JaegerTrace } from '@skerry/runtime/tracing/jaeger-trace';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { Format } from '../print/format.ts';
import { traceText } from '../print/trace-text.ts';
import { outputOption, type Shell, withExamples } from './command.ts';

const EXAMPLES = [
  'skerry trace /tmp/traces                the one that was written last',
  'skerry trace /tmp/traces 4bf92f35       the one whose id begins so',
  "skerry trace /tmp/traces -o json        as one file for Jaeger's screen",
];

export const addTrace = (program: Command, { world }: Shell): void => {
  const command = program
    .command('trace')
    .summary('show one trace out of the files that processes wrote')
    .description(
      'Puts together what all processes wrote of one trace into a folder (SKERRY_TRACE_FOLDER) and shows it as a tree: when each span began and how long it took, in milliseconds. Asks no hub.',
    )
    .argument('<folder>', 'where the files are')
    .argument('[trace]', 'id of the trace, or how it begins; default: the one that was written last')
    .addOption(outputOption('table', 'json'))
    .action((folder: string, wanted: string | undefined, { output }: { output: Format }) => {
      const trace = readTrace(resolve(world.folder, folder), wanted);
      world.out(output === 'json' ? JSON.stringify({ data: [trace] }, undefined, 2) : traceText(trace));
    });
  withExamples(command, EXAMPLES);
};

/** `<trace>.<process>.json` */
const TRACE_FILE = /^([0-9a-f]{32})\..*\.json$/;

const readTrace = (folder: string, wanted: string | undefined): JaegerTrace => {
  const files = readdirSync(folder).filter((name) => TRACE_FILE.test(name));
  const traceId = wanted === undefined ? newestOf(folder, files) : onlyOne(files, wanted.toLowerCase());
  if (traceId === undefined) throw new CliFailure(`there is no trace in ${folder}`, EXIT.refused);
  const parts = files.filter((name) => name.startsWith(traceId));
  return joinedTrace(parts.flatMap((name) => readSpans(join(folder, name))));
};

const newestOf = (folder: string, files: readonly string[]): string | undefined =>
  files
    .map((name) => ({ traceId: TRACE_FILE.exec(name)![1]!, atMs: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => a.atMs - b.atMs)
    .at(-1)?.traceId;

const onlyOne = (files: readonly string[], wanted: string): string => {
  const ids = [...new Set(files.map((name) => TRACE_FILE.exec(name)![1]!))].filter((id) => id.startsWith(wanted));
  if (ids.length === 1) return ids[0]!;
  throw new CliFailure(`${ids.length} traces begin with "${wanted}"`, EXIT.refused);
};

const readSpans = (path: string): JaegerTrace['spans'] => {
  const { data } = JSON.parse(readFileSync(path, 'utf8')) as { data: [JaegerTrace] };
  return data[0].spans;
};
