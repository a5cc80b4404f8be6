import type { Command } from 'commander';
import { requireOk } from '../failure.ts';
import { editObject } from '../hub/edit-object.ts';
import { clusterPath, clustersPath } from '../hub/paths.ts';
import { cordonTaint, parseTaint, type Taint, taintText, withoutTaint, withTaint } from '../hub/taints.ts';
import { format, type Format } from '../print/format.ts';
import { addJoin } from './clusters-join.ts';
import { addRemove } from './clusters-remove.ts';
import { type Call, onHub, outputOption, type Shell, withExamples } from './command.ts';

const EXAMPLES = [
  'skerry clusters list',
  'skerry clusters join north --kubeconfig north.yaml --region north',
  'skerry clusters cordon north',
];

export const addClusters = (program: Command, shell: Shell): void => {
  const command = program
    .command('clusters')
    .alias('cluster')
    .summary('member clusters: join, list, cordon, taint, remove')
    .description('Member clusters of the fleet.');
  withExamples(command, EXAMPLES);
  addList(command, shell);
  addJoin(command, shell);
  addCordon(command, shell);
  addTaint(command, shell);
  addRemove(command, shell);
};

const addList = (parent: Command, shell: Shell): void => {
  const command = parent
    .command('list')
    .description('Shows the clusters, what the hub thinks of each, and what they hold: asked for / there is.')
    .addOption(outputOption('table', 'wide', 'json', 'yaml', 'name'))
    .action(onHub<{ output: Format }>(shell, (_words, call) => list(call)));
  withExamples(command, ['skerry clusters list', 'skerry clusters list -o wide']);
};

const list = async ({ api, options, world }: Call<{ output: Format }>): Promise<void> => {
  const { body } = requireOk(await api.call('GET', clustersPath), 'clusters list');
  const items = body.items as any[];
  const isWide = options.output === 'wide';
  world.out(
    format(
      {
        value: items,
        names: items.map(({ metadata }) => metadata.name as string),
        none: 'no clusters: skerry clusters join NAME --kubeconfig FILE',
        rows: [
          [
            'CLUSTER',
            'STATE',
            'REGION',
            'NODES',
            'CPU',
            'MEMORY',
            'PODS',
            'TAINTS',
            ...(isWide ? ['VERSION', 'WHY'] : []),
          ],
          ...items.map((cluster) => row(cluster, isWide)),
        ],
      },
      options.output,
    ),
  );
};

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)}Gi`;

const row = ({ metadata, spec = {}, status = {} }: any, isWide: boolean): string[] => {
  const { requested = {}, allocatable = {} } = status;
  const ready = (status.conditions ?? []).find((one: any) => one.type === 'Ready');
  return [
    metadata.name,
    status.verdict ?? 'Unknown',
    spec.region ?? '',
    `${status.nodesReady ?? 0}/${status.nodes ?? 0}`,
    `${((requested.cpuMillis ?? 0) / 1_000).toFixed(1)}/${((allocatable.cpuMillis ?? 0) / 1_000).toFixed(0)}`,
    `${gib(requested.memoryBytes ?? 0)}/${gib(allocatable.memoryBytes ?? 0)}`,
    String(requested.pods ?? 0),
    ((spec.taints ?? []) as Taint[]).map(taintText).join(','),
    ...(isWide ? [status.kubernetesVersion ?? '', ready?.message ?? ''] : []),
  ];
};

const addCordon = (parent: Command, shell: Shell): void => {
  for (const [name, description, change] of [
    ['cordon', 'Lets nothing new into a cluster; what it holds stays.', withTaint],
    ['uncordon', 'Lets new objects and replicas into a cluster again.', withoutTaint],
  ] as const) {
    const command = parent
      .command(name)
      .description(description)
      .argument('<name>', 'name of the cluster')
      .action(
        onHub<object>(shell, ([cluster], call) =>
          editTaints(call, { cluster, what: name, change: (taints) => change(taints, cordonTaint) }),
        ),
      );
    withExamples(command, [`skerry clusters ${name} north`]);
  }
};

const addTaint = (parent: Command, shell: Shell): void => {
  const command = parent
    .command('taint')
    .description(
      'Sets or, with a minus at the end, removes a taint. Objects stay away unless their policy tolerates it.',
    )
    .argument('<name>', 'name of the cluster')
    .argument('<taint>', 'key=value:Effect or key:Effect, Effect NoSchedule or NoExecute; with - at the end: remove it')
    .action(
      onHub<object>(shell, ([cluster, text], call) => {
        const { taint, isRemoval } = parseTaint(text);
        const change = (taints: readonly Taint[]): Taint[] => (isRemoval ? withoutTaint : withTaint)(taints, taint);
        return editTaints(call, { cluster, what: 'taint', change });
      }),
    );
  withExamples(command, [
    'skerry clusters taint north disk=slow:NoSchedule',
    'skerry clusters taint north disk=slow:NoSchedule-',
  ]);
};

const editTaints = async (
  { api, world }: Call<object>,
  { cluster, what, change }: { cluster: string; what: string; change: (taints: readonly Taint[]) => Taint[] },
): Promise<void> => {
  const { changed, object } = await editObject(api, {
    path: clusterPath(cluster),
    what: `clusters ${what} ${cluster}`,
    change: ({ spec }) => {
      const before = (spec?.taints ?? []) as Taint[];
      const taints = change(before);
      return JSON.stringify(taints) === JSON.stringify(before) ? undefined : { spec: { taints } };
    },
  });
  const taints = ((object.spec?.taints ?? []) as Taint[]).map(taintText).join(', ') || 'no taints';
  world.out(`${cluster}: ${taints}${changed ? '' : ' (was so already)'}`);
};
