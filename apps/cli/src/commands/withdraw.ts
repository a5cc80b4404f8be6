import { nameOf, objectPath } from '@skerry/all-in-one/api/served-resource';
import { WITHDRAW_ANNOTATION } from '@skerry/api/object';
import type { Command } from 'commander';
import { editObject } from '../hub/edit-object.ts';
import { resolveOne } from '../hub/resource-name.ts';
import { type Call, namespaceOption, onHub, type Shell, withExamples } from './command.ts';

interface WithdrawOptions {
  readonly namespace: string;
  readonly undo?: boolean;
}

const EXAMPLES = ['skerry withdraw deployment web -n shop', 'skerry withdraw deployment/web -n shop --undo'];

export const addWithdraw = (program: Command, shell: Shell): void => {
  const command = program
    .command('withdraw')
    .summary('take an object out of all clusters, and keep it at the hub')
    .description(
      `Takes an object out of its clusters on purpose and leaves it out, while the hub keeps it (annotation ${WITHDRAW_ANNOTATION}). --undo places it again.`,
    )
    .argument('<object...>', 'as deployment web, or deployment/web')
    .addOption(namespaceOption())
    .option('--undo', 'place it again')
    .action(onHub<WithdrawOptions>(shell, ([words], call) => withdraw(words, call)));
  withExamples(command, EXAMPLES);
};

const withdraw = async (words: readonly string[], { api, options, world }: Call<WithdrawOptions>): Promise<void> => {
  const { resource, name } = await resolveOne(api, words);
  const spoken = nameOf(resource, name);
  const value = options.undo ? null : 'true';
  const { changed } = await editObject(api, {
    path: objectPath(resource, { namespace: options.namespace, name }),
    what: `withdraw ${spoken}`,
    change: ({ metadata }) =>
      (metadata.annotations?.[WITHDRAW_ANNOTATION] ?? null) === value
        ? undefined
        : { metadata: { annotations: { [WITHDRAW_ANNOTATION]: value } } },
  });
  if (!changed) return world.out(`${spoken} ${options.undo ? 'is not withdrawn' : 'is withdrawn already'}`);
  world.out(
    options.undo
      ? `${spoken} is placed again`
      : `${spoken} is withdrawn; skerry get withdrawals shows who has not confirmed`,
  );
};
