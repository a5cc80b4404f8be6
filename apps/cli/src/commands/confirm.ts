import type { Command } from 'commander';
import { type HubApi } from '@skerry/all-in-one/api/hub-api';
import type { Confirmation } from '@skerry/api/cluster/cluster';
import { requireOk } from '../failure.ts';
import { editObject } from '../hub/edit-object.ts';
import { clusterPath } from '../hub/paths.ts';
import { type Call, onHub, type Shell, withExamples } from './command.ts';
import { readQuery } from './lists.ts';

export const addConfirm = (program: Command, shell: Shell): void => {
  const command = program
    .command('confirm')
    .summary('let a cluster do what waits for a person')
    .description(
      'Some things wait for a person: many withdrawals at once, and deletions after a restored backup. The confirmation is written into the Cluster object, so that it is history.',
    );
  withExamples(command, ['skerry confirm withdrawals north', 'skerry confirm restore north']);
  add(command, shell, {
    what: 'withdrawals',
    description: 'Lets a cluster remove what it holds back because it was told to remove so much at once.',
    done: (cluster) => `${cluster} may remove what it was told to remove`,
  });
  add(command, shell, {
    what: 'restore',
    description:
      'Lets a cluster go by its hub again after the hub came back from a restored backup; until then nothing that lives there is changed or deleted. Look at skerry describe of what matters, and at skerry orphans, first: what the backup does not know stays an orphan.',
    done: (cluster) => `${cluster} goes by the restored hub from now on`,
  });
};

interface Kind {
  readonly what: Confirmation['what'];
  readonly description: string;
  readonly done: (cluster: string) => string;
}

const add = (parent: Command, shell: Shell, { what, description, done }: Kind): void => {
  const command = parent
    .command(what)
    .description(description)
    .argument('<cluster>', 'name of the cluster')
    .action(onHub<object>(shell, ([cluster], call) => confirm({ cluster, what, done }, call)));
  withExamples(command, [`skerry confirm ${what} north`]);
};

const KEPT = 10;

/**
 * The last of each kind are history enough; one kind pushes no other out. What claims to be later than this one was written
 * by a clock that is ahead, and would hide this one until its time comes: it goes.
 */
export const withConfirmation = (before: readonly Confirmation[] = [], added: Confirmation): Confirmation[] => {
  const ofKind = before.filter(({ what, at }) => what === added.what && !(Date.parse(at) > Date.parse(added.at)));
  const kept = new Set(ofKind.slice(1 - KEPT));
  return [...before.filter((one) => one.what !== added.what || kept.has(one)), added];
};

const incarnationOf = async (api: HubApi): Promise<string> =>
  requireOk(await api.call('GET', '/skerry/v1/store'), 'read the incarnation of the store').body.incarnation;

const confirm = async (
  { cluster, what, done }: { cluster: string } & Pick<Kind, 'what' | 'done'>,
  { api, world }: Call<object>,
): Promise<void> => {
  const at = world.now().toISOString();
  // what is confirmed of this restore must not be taken for an answer to the next one
  const named = what === 'restore' ? { incarnation: await incarnationOf(api) } : {};
  await editObject(api, {
    path: clusterPath(cluster),
    what: `confirm ${what} ${cluster}`,
    change: ({ spec }) => ({ spec: { confirmations: withConfirmation(spec?.confirmations, { what, at, ...named }) } }),
  });
  const waiting = (await readQuery(api, 'withdrawals')).filter((one) => one.cluster === cluster).length;
  world.out(
    `${done(cluster)}${waiting === 0 ? '' : `; ${waiting} ${waiting === 1 ? 'object waits' : 'objects wait'}`}`,
  );
};
