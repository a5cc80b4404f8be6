import { type HubApi, MERGE_PATCH } from '@skerry/all-in-one/api/hub-api';
import { RETRY_ANNOTATION } from '@skerry/api/object';
import { collectionPath, nameOf, objectPath, type ServedResource } from '@skerry/all-in-one/api/served-resource';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, requireOk } from '../failure.ts';
import { format, type Format } from '../print/format.ts';
import { type Call, onHub, outputOption, type Shell, withExamples } from './command.ts';
import { parked } from './lists.ts';

export const addParked = (program: Command, shell: Shell): void => {
  const command = program
    .command('parked')
    .summary('keys whose decision failed for good: list, retry')
    .description('A key is parked when a decision about it failed in a way that no repetition mends by itself.');
  withExamples(command, ['skerry parked list', 'skerry parked retry 4f0c2d8e-…']);
  const list = command
    .command('list')
    .description('Shows the parked keys, the service that parked each, and why.')
    .addOption(outputOption('table', 'json', 'yaml', 'name'))
    .action(
      onHub<{ output: Format }>(shell, async (_words, { api, options, world }) =>
        world.out(format(await parked(api, world.now()), options.output)),
      ),
    );
  withExamples(list, ['skerry parked list -o json']);
  const retry = command
    .command('retry')
    .description(`Has a parked key decided again, by writing annotation ${RETRY_ANNOTATION} on its object.`)
    .argument('<key>', 'as skerry parked list shows it')
    .action(onHub<object>(shell, ([key], call) => retryKey(key, call)));
  withExamples(retry, ['skerry parked retry 4f0c2d8e-9a7b-4c1d-8e2f-0a1b2c3d4e5f']);
};

const retryKey = async (key: string, { api, world }: Call<object>): Promise<void> => {
  const found = await findByUid(api, key.split('/').at(-1)!);
  if (found === undefined) {
    throw new CliFailure(`no object of the hub has the uid "${key}"; skerry parked list shows the keys`, EXIT.refused);
  }
  const { resource, namespace, name } = found;
  const path = objectPath(resource, { namespace, name });
  const body = { metadata: { annotations: { [RETRY_ANNOTATION]: world.now().toISOString() } } };
  const answer = await api.call('PATCH', `${path}?fieldManager=skerry-retry`, { body, type: MERGE_PATCH });
  requireOk(answer, `retry ${nameOf(resource, name)}`);
  world.out(`${nameOf(resource, name)} is decided again; skerry parked list shows it within 5 s if it fails again`);
};

interface Found {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
}

/** Looks through all kinds: the API has no index by uid, and this is asked for once in a blue moon. */
const findByUid = async (api: HubApi, uid: string): Promise<Found | undefined> => {
  for (const resource of await api.resources()) {
    const { status, body } = await api.call('GET', collectionPath(resource, ''));
    if (status >= 300) continue; // a kind that cannot be listed (a review, say) holds no objects
    const metadata = (body.items as any[]).find((item) => item.metadata.uid === uid)?.metadata;
    if (metadata) return { resource, namespace: metadata.namespace ?? '', name: metadata.name };
  }
  return undefined;
};
