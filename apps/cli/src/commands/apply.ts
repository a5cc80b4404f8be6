import type { Command } from 'commander';
import { stringify } from 'yaml';
import { EXIT } from '../exit-codes.ts';
import { type ApplyResult, applyAll } from '../apply/apply-all.ts';
import { readManifests } from '../apply/read-manifests.ts';
import { CliFailure } from '../failure.ts';
import type { Format } from '../print/format.ts';
import { type Call, namespaceOption, onHub, outputOption, type Shell, withExamples } from './command.ts';

interface ApplyOptions {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly dryRun?: boolean;
  readonly forceConflicts?: boolean;
  readonly recursive?: boolean;
  readonly output: Format;
}

const EXAMPLES = [
  'skerry apply -f examples/shop.yaml -f examples/shop-policies.yaml',
  'skerry apply -f manifests/ --dry-run',
  'cat web.json | skerry apply -f - -n shop -o json',
];

export const addApply = (program: Command, shell: Shell): void => {
  const command = program
    .command('apply')
    .summary('store objects from files')
    .description(
      'Stores every object of YAML or JSON files by server-side apply. An object that is refused is reported with file, document, field and reason; the others are still applied, and the exit code is 4 (1 when all were refused).',
    )
    .requiredOption('-f, --filename <file>', 'file, folder, or - for standard input; may be repeated', collect, [])
    .addOption(namespaceOption())
    .option('-R, --recursive', 'also the folders in a folder')
    .option('--dry-run', 'ask the hub for its answer and store nothing')
    .option('--force-conflicts', 'take fields over that somebody else wrote')
    .addOption(outputOption('table', 'json', 'yaml', 'name'))
    .action(onHub<ApplyOptions>(shell, (_words, call) => apply(call)));
  withExamples(command, EXAMPLES);
};

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

const apply = async ({ api, options, world }: Call<ApplyOptions>): Promise<number> => {
  const manifests = await readManifests(options.filename, { world, recursive: options.recursive ?? false });
  if (manifests.length === 0) throw new CliFailure(`no object in ${options.filename.join(', ')}`, EXIT.usage);
  const { dryRun = false, forceConflicts = false, namespace, output } = options;
  const results: ApplyResult[] = [];
  for await (const result of applyAll(api, { manifests, dryRun, force: forceConflicts, namespace })) {
    results.push(result);
    if (result.outcome === 'refused') world.err(refusalText(result));
    else if (output === 'table') world.out(`${result.object} ${result.outcome}${dryRun ? ' (dry run)' : ''}`);
    else if (output === 'name') world.out(result.object);
  }
  if (output === 'json') world.out(JSON.stringify({ results }, null, 2));
  if (output === 'yaml') world.out(stringify({ results }).trimEnd());
  const refused = results.filter(({ outcome }) => outcome === 'refused').length;
  if (refused === 0) return EXIT.ok;
  world.err(`${refused} of ${results.length} objects refused`);
  return refused === results.length ? EXIT.refused : EXIT.partly;
};

const CONFLICT = 409;

/** Where it stands, what it is, what is wrong with which field. */
const refusalText = ({ file, document, line, object, status, fields, message }: ApplyResult): string => {
  const place = `${file}: document ${document}${line === undefined ? '' : `, line ${line}`}`;
  const details = fields.map(({ field, message: why }) => `\n    ${field}: ${why}`).join('');
  const hint = status === CONFLICT && fields.length > 0 ? '\n    (--force-conflicts takes these fields over)' : '';
  return `${place}: ${object} refused: ${withoutFields(message, fields)}${details}${hint}`;
};

/** The API's message repeats its fields behind a colon; here each has a line of its own. */
const withoutFields = (message: string, fields: ApplyResult['fields']): string => {
  const places = fields.flatMap(({ field, message: why }) => [message.indexOf(field), message.indexOf(why)]);
  const first = Math.min(...places.filter((place) => place > 0));
  return Number.isFinite(first) ? message.slice(0, first).replace(/[\s:[]+$/, '') : message;
};
