import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import { kubeconfigSecretOf, SYSTEM_NAMESPACE } from '@skerry/all-in-one/api/join-cluster';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, messageOf, requireOk } from '../failure.ts';
import { clusterPath } from '../hub/paths.ts';
import { readEvents } from '../print/events.ts';
import type { World } from '../world.ts';
import { type Call, onHub, type Shell, withExamples } from './command.ts';

const NAMED = 10;

export const addRemove = (parent: Command, shell: Shell): void => {
  const command = parent
    .command('remove')
    .description(
      'Ends the membership of a cluster and forgets its credentials. What runs there goes on running, and is named; to empty a cluster first, exclude it by policy and wait for its copies to move.',
    )
    .argument('<name>', 'name of the cluster')
    .action(onHub<object>(shell, ([name], call) => remove(name, call)));
  withExamples(command, ['skerry clusters remove north']);
};

const remove = async (name: string, { api, world }: Call<object>): Promise<void> => {
  const what = `clusters remove ${name}`;
  requireOk(await api.call('GET', clusterPath(name)), what);
  const left = await heldBy(api, { cluster: name, world });
  requireOk(await api.call('DELETE', clusterPath(name)), what);
  const secret = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/${kubeconfigSecretOf(name)}`;
  const answer = await api.call('DELETE', secret);
  if (answer.status !== 404) requireOk(answer, `${what}: its credentials`); // none are kept for a cluster that dials in
  world.out(`${name} is no member any more`);
  if (left.length === 0) return world.out('nothing of ours stays there');
  world.out(`${left.length} objects stay there and go on running; nobody looks after them from now on:`);
  for (const object of left.slice(0, NAMED)) world.out(`  ${object}`);
  if (left.length > NAMED) world.out(`  and ${left.length - NAMED} more`);
};

/** What the cluster is told to hold or has not confirmed to be gone: the last event of each of its desired streams. */
const heldBy = async (api: HubApi, { cluster, world }: { cluster: string; world: World }): Promise<string[]> => {
  const query = new URLSearchParams({ category: 'desired', cluster, follow: 'false' });
  const refused = (answer: { status: number; body: any }): never => {
    throw new CliFailure(`what ${cluster} holds cannot be read: ${messageOf(answer)}`, EXIT.refused);
  };
  const held = new Map<string, string>();
  const lines = api.lines(`/skerry/v1/events?${query}`, { signal: world.stop, accept: 'text/event-stream', refused });
  for await (const { uid, type, data } of readEvents(lines)) {
    const { kind, namespace, name } = data.ref;
    if (type === 'WithdrawalEnded') held.delete(uid);
    else held.set(uid, `${String(kind).toLowerCase()}/${name}${namespace ? ` in namespace ${namespace}` : ''}`);
  }
  return [...held.values()].sort();
};
