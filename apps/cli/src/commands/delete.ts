import { nameOf, objectPath } from '@skerry/all-in-one/api/served-resource';
import { Option, type Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { messageOf, usage } from '../failure.ts';
import { resolveNamed } from '../hub/resource-name.ts';
import { type Call, namespaceOption, onHub, type Shell, withExamples } from './command.ts';

interface DeleteOptions {
  readonly namespace: string;
  readonly cascade: 'background' | 'foreground' | 'orphan';
  readonly ignoreNotFound?: boolean;
  readonly dryRun?: boolean;
}

const EXAMPLES = [
  'skerry delete deployment web -n shop',
  'skerry delete deploy/web deploy/db --cascade foreground   stays Terminating until the clusters confirmed',
  'skerry delete deployment web --cascade orphan             the members keep theirs; see skerry orphans',
];

export const addDelete = (program: Command, shell: Shell): void => {
  const command = program
    .command('delete')
    .summary('delete objects at the hub, and so in all clusters')
    .description(
      'Deletes objects. With background the hub object goes at once; `skerry get withdrawals` shows clusters that have not confirmed yet.',
    )
    .argument('<object...>', 'as deployment web, or deployment/web')
    .addOption(namespaceOption())
    .addOption(
      new Option('--cascade <how>', 'what becomes of the objects in the clusters')
        .choices(['background', 'foreground', 'orphan'])
        .default('background'),
    )
    .option('--ignore-not-found', 'an object that is not there is no failure')
    .option('--dry-run', 'ask the hub for its answer and delete nothing')
    .action(onHub<DeleteOptions>(shell, ([words], call) => remove(words, call)));
  withExamples(command, EXAMPLES);
};

const PROPAGATION = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

const remove = async (words: readonly string[], { api, options, world }: Call<DeleteOptions>): Promise<number> => {
  const { resource, names } = await resolveNamed(api, words);
  if (names.length === 0) throw usage(`name the ${resource.plural} to delete`);
  let refused = 0;
  for (const name of names) {
    const path = objectPath(resource, { namespace: options.namespace, name });
    const body = { propagationPolicy: PROPAGATION[options.cascade] };
    const answer = await api.call('DELETE', `${path}${options.dryRun ? '?dryRun=All' : ''}`, { body });
    const isGone = answer.status === 404 && options.ignoreNotFound;
    if (answer.status < 300) {
      const waits = answer.body?.metadata?.deletionTimestamp ? 'is being deleted' : 'deleted';
      world.out(`${nameOf(resource, name)} ${waits}${options.dryRun ? ' (dry run)' : ''}`);
    } else if (!isGone) {
      refused += 1;
      world.err(`delete ${nameOf(resource, name)}: ${messageOf(answer)}`);
    }
  }
  if (refused === 0) return EXIT.ok;
  return refused === names.length ? EXIT.refused : EXIT.partly;
};
