import { nameOf, queryKeyOf } from '@skerry/all-in-one/api/served-resource';
import type { Command } from 'commander';
import { requireOk } from '../failure.ts';
import { resolveOne } from '../hub/resource-name.ts';
import { format, type Format } from '../print/format.ts';
import { revisionLines, revisionSummary } from '../print/revisions.ts';
import { type Call, namespaceOption, onHub, outputOption, type Shell, withExamples } from './command.ts';

interface HistoryOptions {
  readonly namespace: string;
  readonly output: Format;
}

const EXAMPLES = [
  'skerry history deployment web -n shop',
  'skerry history deployment web -n shop -o wide   every field that changed',
  'skerry history clusters north -o json',
];

export const addHistory = (program: Command, shell: Shell): void => {
  const command = program
    .command('history')
    .summary('show who changed an object, when, and what')
    .description(
      'Shows every revision of an object, also of one that was deleted. Of a Secret it says only that it changed.',
    )
    .argument('<object...>', 'as deployment web, or deployment/web')
    .addOption(namespaceOption())
    .addOption(outputOption('table', 'wide', 'json', 'yaml', 'name'))
    .action(onHub<HistoryOptions>(shell, ([words], call) => history(words, call)));
  withExamples(command, EXAMPLES);
};

const history = async (words: readonly string[], { api, options, world }: Call<HistoryOptions>): Promise<void> => {
  const { resource, name } = await resolveOne(api, words);
  const key = queryKeyOf(resource, { namespace: options.namespace, name });
  const answer = await api.call('GET', `/skerry/v1/history/${key}`);
  const revisions = requireOk(answer, `history ${nameOf(resource, name)}`).body as any[];
  if (options.output === 'wide') return world.out(revisions.map((one) => revisionLines(one)).join('\n'));
  world.out(
    format(
      {
        value: revisions,
        names: revisions.map((one) => String(one.revision)),
        none: 'no revision',
        rows: [
          ['REVISION', 'AT', 'AUTHOR', 'MANAGER', 'OPERATION', 'CHANGE'],
          ...revisions.map((one) => [
            String(one.revision),
            one.at.replace(/\.\d+Z$/, 'Z'),
            one.author,
            one.manager,
            one.operation,
            revisionSummary(one),
          ]),
        ],
      },
      options.output,
    ),
  );
};
