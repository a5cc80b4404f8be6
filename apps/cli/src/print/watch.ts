import { collectionPath, nameOf, type ServedResource } from '@skerry/all-in-one/api/served-resource';
import { stringify } from 'yaml';
import type { Call } from '../commands/command.ts';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, messageOf, requireOk } from '../failure.ts';
import type { Format } from './format.ts';
import { type KubeTable, rowsOf, TABLE_ACCEPT, tableRows } from './kube-table.ts';

interface WatchOptions {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly output: Format;
}

interface Watched {
  readonly resource: ServedResource;
  readonly names: readonly string[];
}

/** Prints what is there, then every change as one more line, until the world stops. A watch that the hub ends is taken up again. */
export const printWatch = async (call: Call<WatchOptions>, { resource, names }: Watched): Promise<void> => {
  const { api, options, world } = call;
  const path = collectionPath(resource, options.allNamespaces ? '' : options.namespace);
  const query = new URLSearchParams();
  if (options.selector) query.set('labelSelector', options.selector);
  if (names.length === 1) query.set('fieldSelector', `metadata.name=${names[0]}`);
  if (names.length > 1) throw new CliFailure('--watch takes one name, or none', EXIT.usage);
  const asTable = options.output === 'table' || options.output === 'wide';
  const accept = asTable ? TABLE_ACCEPT : 'application/json';
  const { body } = requireOk(await api.call('GET', `${path}?${query}`, { accept }), 'get');
  const printer = asTable ? tablePrinter(call, resource) : objectPrinter(call, resource);
  printer.list(body);
  let version = body.metadata.resourceVersion as string;
  while (!world.stop.aborted) {
    query.set('watch', 'true');
    query.set('allowWatchBookmarks', 'true');
    query.set('resourceVersion', version);
    const refused = (answer: { status: number; body: any }): never => {
      throw new CliFailure(`watch: ${messageOf(answer)}`, EXIT.refused);
    };
    for await (const line of api.lines(`${path}?${query}`, { signal: world.stop, accept, refused })) {
      if (line === '') continue;
      const { type, object } = JSON.parse(line) as { type: string; object: any };
      if (type === 'ERROR') throw new CliFailure(`watch: ${object.message}`, EXIT.refused);
      version = object.metadata?.resourceVersion ?? object.rows?.[0]?.object?.metadata?.resourceVersion ?? version;
      if (type !== 'BOOKMARK') printer.change(object, type === 'DELETED');
    }
  }
};

interface Printer {
  list(body: any): void;
  change(object: any, isDeleted: boolean): void;
}

/** Columns keep the width that they have had so far, so that lines stand below each other. */
const tablePrinter = ({ world, options }: Call<WatchOptions>, resource: ServedResource): Printer => {
  const columns = { wide: options.output === 'wide', withNamespace: resource.namespaced && !!options.allNamespaces };
  let definitions: NonNullable<KubeTable['columnDefinitions']> = [];
  let widths: number[] = [];
  const print = (row: readonly string[]): void => {
    widths = row.map((cell, index) => Math.max(cell.length, widths[index] ?? 0));
    world.out(
      row
        .map((cell, index) => cell.padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    );
  };
  return {
    list: (table: KubeTable) => {
      definitions = table.columnDefinitions ?? [];
      const rows = tableRows([table], columns);
      widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
      rows.forEach(print);
    },
    change: (table: KubeTable, isDeleted) => {
      for (const row of rowsOf(table, { definitions, ...columns })) print(isDeleted ? [...row, '(deleted)'] : row);
    },
  };
};

/** One JSON object a line, YAML documents, or names. */
const objectPrinter = ({ world, options }: Call<WatchOptions>, resource: ServedResource): Printer => {
  const print = (object: any): void => {
    if (options.output === 'json') world.out(JSON.stringify(object));
    else if (options.output === 'yaml') world.out(`---\n${stringify(object).trimEnd()}`);
    else world.out(nameOf(resource, object.metadata.name));
  };
  return { list: ({ items }) => (items as unknown[]).forEach(print), change: (object) => print(object) };
};
