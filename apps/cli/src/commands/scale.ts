import { MERGE_PATCH } from '@skerry/all-in-one/api/hub-api';
import { nameOf, objectPath } from '@skerry/all-in-one/api/served-resource';
import type { Command } from 'commander';
import { requireOk, usage } from '../failure.ts';
import { resolveOne } from '../hub/resource-name.ts';
import { type Call, namespaceOption, onHub, type Shell, withExamples } from './command.ts';

interface ScaleOptions {
  readonly namespace: string;
  readonly replicas: number;
}

const EXAMPLES = ['skerry scale deployment web -n shop --replicas 12', 'skerry scale sts/store --replicas 3'];

export const addScale = (program: Command, shell: Shell): void => {
  const command = program
    .command('scale')
    .summary('set how many replicas a workload wants')
    .description(
      'Sets spec.replicas, the number wanted in all clusters together (each cluster, where the policy duplicates). Fewer is reached as soon as the clusters that keep their copies have proven them; `skerry describe` shows what is waited for.',
    )
    .argument('<object...>', 'as deployment web, or deployment/web')
    .addOption(namespaceOption())
    .requiredOption('--replicas <number>', 'a whole number of 0 or more', parseCount)
    .action(onHub<ScaleOptions>(shell, ([words], call) => scale(words, call)));
  withExamples(command, EXAMPLES);
};

const parseCount = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw usage(`--replicas ${text}: a whole number of 0 or more is wanted`);
  return Number(text);
};

const scale = async (words: readonly string[], { api, options, world }: Call<ScaleOptions>): Promise<void> => {
  const { resource, name } = await resolveOne(api, words);
  const spoken = nameOf(resource, name);
  const path = objectPath(resource, { namespace: options.namespace, name });
  const { body: before } = requireOk(await api.call('GET', `${path}/scale`), `scale ${spoken}`);
  const body = { spec: { replicas: options.replicas } };
  const answer = await api.call('PATCH', `${path}/scale?fieldManager=skerry-scale`, { body, type: MERGE_PATCH });
  requireOk(answer, `scale ${spoken}`);
  world.out(`${spoken} scaled from ${before?.spec?.replicas ?? 0} to ${options.replicas}`);
};
