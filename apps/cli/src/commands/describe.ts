import { nameOf, objectPath, queryKeyOf } from '@skerry/all-in-one/api/served-resource';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { requireOk } from '../failure.ts';
import { resolveOne } from '../hub/resource-name.ts';
import { describeText } from '../print/describe-text.ts';
import type { Format } from '../print/format.ts';
import { readQuery } from './lists.ts';
import { type Call, namespaceOption, onHub, outputOption, type Shell, withExamples } from './command.ts';

interface DescribeOptions {
  readonly namespace: string;
  readonly output: Format;
}

const EXAMPLES = [
  'skerry describe deployment web -n shop',
  'skerry describe deployment/web -n shop -o json   object, placement and history, for programs',
  'skerry describe cluster north',
];

export const addDescribe = (program: Command, shell: Shell): void => {
  const command = program
    .command('describe')
    .summary('show where an object is, why there, and what it waits for')
    .description(
      'Shows one object: its policy and those that it outranked, a line for each cluster, shortfalls, conditions and the last revisions.',
    )
    .argument('<object...>', 'as deployment web, or deployment/web')
    .addOption(namespaceOption())
    .addOption(outputOption('table', 'json', 'yaml'))
    .action(onHub<DescribeOptions>(shell, ([words], call) => describe(words, call)));
  withExamples(command, EXAMPLES);
};

const describe = async (words: readonly string[], { api, options, world }: Call<DescribeOptions>): Promise<void> => {
  const { resource, name } = await resolveOne(api, words);
  const what = `describe ${nameOf(resource, name)}`;
  const place = { namespace: options.namespace, name };
  const object = requireOk(await api.call('GET', objectPath(resource, place)), what).body;
  const key = queryKeyOf(resource, place);
  const [placement, history, parked, withdrawals] = await Promise.all([
    api.call('GET', `/skerry/v1/placements/${key}`),
    api.call('GET', `/skerry/v1/history/${key}`),
    readQuery(api, 'parked'),
    object.kind === 'Cluster' ? readQuery(api, 'withdrawals') : [],
  ]);
  const whole = {
    object,
    placement: requireOk(placement, what).body,
    // an object that the hub itself made (the namespace default of old stores, say) may have none
    history: history.status === 404 ? [] : requireOk(history, what).body,
    parked: parked.filter((one) => one.key.split('/').at(-1) === object.metadata.uid),
    withdrawals: withdrawals.filter((one) => one.cluster === name),
  };
  if (options.output === 'json') return world.out(JSON.stringify(whole, null, 2));
  if (options.output === 'yaml') return world.out(stringify(whole).trimEnd());
  world.out(describeText(whole, { title: nameOf(resource, name), now: world.now() }));
};
