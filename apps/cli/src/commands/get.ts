import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import { collectionPath, nameOf, objectPath, type ServedResource } from '@skerry/all-in-one/api/served-resource';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, messageOf, requireOk, usage } from '../failure.ts';
import { resolveNamed } from '../hub/resource-name.ts';
import { format, type Format } from '../print/format.ts';
import { printWatch } from '../print/watch.ts';
import { type KubeTable, TABLE_ACCEPT, tableRows } from '../print/kube-table.ts';
import { type Call, namespaceOption, onHub, outputOption, type Shell, withExamples } from './command.ts';
import { LISTS } from './lists.ts';

interface GetOptions {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly output: Format;
  readonly watch?: boolean;
}

const EXAMPLES = [
  'skerry get deployments -A            everything of one kind',
  'skerry get deploy web -n shop -o yaml',
  'skerry get deployment/web -n shop -w  goes on until Ctrl-C',
  'skerry get clusters -o wide',
  'skerry get withdrawals               orders to remove that clusters have not confirmed yet',
  'skerry get orphans                   objects in members that nobody desires any more',
];

export const addGet = (program: Command, shell: Shell): void => {
  const command = program
    .command('get')
    .summary('show objects of one kind')
    .description(
      'Shows objects of one kind, by the names that kubectl takes too: plural, singular, short name or kind.',
    )
    .argument('<resource>', 'deployments, deploy, deployment/web, …; or withdrawals, orphans')
    .argument('[names...]', 'only these objects')
    .addOption(namespaceOption())
    .option('-A, --all-namespaces', 'objects of all namespaces')
    .option('-l, --selector <labels>', 'only with these labels, as app=web,tier!=db')
    .addOption(outputOption('table', 'wide', 'json', 'yaml', 'name'))
    .option('-w, --watch', 'show changes too, until Ctrl-C')
    .action(onHub<GetOptions>(shell, ([resource, names], call) => get([resource, ...names], call)));
  withExamples(command, EXAMPLES);
};

const get = async (words: readonly string[], call: Call<GetOptions>): Promise<void> => {
  const { api, options, world } = call;
  const list = LISTS[words[0]!.toLowerCase()];
  if (list !== undefined && words.length === 1) {
    if (options.watch || options.selector) throw usage(`get ${words[0]} takes neither --watch nor --selector`);
    return world.out(format(await list(api, world.now()), options.output));
  }
  const { resource, names } = await resolveNamed(api, words);
  if (names.length > 0 && options.selector) throw usage('give names or --selector, not both');
  if (names.length > 0 && options.allNamespaces) throw usage('an object is found by its namespace: leave -A out');
  if (options.watch) return printWatch(call, { resource, names });
  return world.out(await show(call, { resource, names }));
};

interface Target {
  readonly resource: ServedResource;
  readonly names: readonly string[];
}

const show = async ({ api, options }: Call<GetOptions>, { resource, names }: Target): Promise<string> => {
  const scope = options.allNamespaces ? '' : options.namespace;
  const query = options.selector ? `?labelSelector=${encodeURIComponent(options.selector)}` : '';
  const paths =
    names.length === 0
      ? [`${collectionPath(resource, scope)}${query}`]
      : names.map((name) => objectPath(resource, { namespace: scope, name }));
  if (options.output === 'table' || options.output === 'wide') {
    const tables = await Promise.all(paths.map((path) => read<KubeTable>(api, path, TABLE_ACCEPT)));
    const rows = tableRows(tables, {
      wide: options.output === 'wide',
      withNamespace: resource.namespaced && scope === '',
    });
    if (rows.length > 1) return format({ rows, value: undefined, names: [], none: '' }, options.output);
    return resource.namespaced && scope !== ''
      ? `no ${resource.plural} in namespace ${scope} (-A shows all namespaces)`
      : `no ${resource.plural}`;
  }
  const bodies = await Promise.all(paths.map((path) => read<any>(api, path, 'application/json')));
  const items = (names.length === 0 ? bodies[0].items : bodies) as any[];
  if (options.output === 'name') return items.map((item) => nameOf(resource, item.metadata.name)).join('\n');
  const value = bodies.length === 1 ? bodies[0] : { apiVersion: 'v1', kind: 'List', items };
  return options.output === 'json' ? JSON.stringify(value, null, 2) : stringify(value).trimEnd();
};

const read = async <T>(api: HubApi, path: string, accept: string): Promise<T> => {
  const answer = await api.call('GET', path, { accept });
  if (answer.status === 404) throw new CliFailure(messageOf(answer), EXIT.refused);
  return requireOk(answer, 'get').body as T;
};
