import { textOf } from '../merge/json.ts';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { PrinterColumn, Resource } from '../resources/resource.ts';
import { ageSince } from './age.ts';
import { builtInTables, type TableColumn } from './built-in-tables.ts';
import { readJsonPath } from './json-path.ts';

/** A column as a `Table` describes it. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

const nameColumn: TableColumn = { name: 'Name', format: 'name', cell: (object) => object.metadata.name };
const ageColumn: TableColumn = { name: 'Age', cell: (object, now) => ageSince(object.metadata.creationTimestamp, now) };
const plainTable: readonly TableColumn[] = [nameColumn, ageColumn];

const tables = new WeakMap<Resource, readonly TableColumn[]>();

function tableOf(resource: Resource): readonly TableColumn[] {
  let columns = tables.get(resource);
  if (columns === undefined) {
    const custom = resource.columns;
    const own = custom === undefined ? builtInTables[`${resource.group}/${resource.plural}`] : custom.map(customColumn);
    columns = own === undefined ? plainTable : [nameColumn, ...own, ...(custom === undefined ? [ageColumn] : [])];
    if (custom?.length === 0) columns = plainTable;
    // Kubernetes puts the wide columns of its own kinds behind the age.
    if (custom === undefined) {
      columns = [...columns.filter((column) => !column.wide), ...columns.filter((column) => column.wide)];
    }
    tables.set(resource, columns);
  }
  return columns;
}

function customColumn(column: PrinterColumn): TableColumn {
  const path = readJsonPath(column.jsonPath);
  const isDate = column.type === 'date';
  return {
    name: column.name,
    type: column.type,
    format: column.format,
    description: column.description ?? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority,
    cell: (object, now) => {
      const value = path(object);
      if (value === undefined || value === null) return isDate ? '<unknown>' : null;
      if (isDate) return ageSince(textOf(value), now);
      return typeof value === 'object' ? JSON.stringify(value) : value;
    },
  };
}

export function columnDefinitions(resource: Resource): ColumnDefinition[] {
  return tableOf(resource).map((column) => ({
    name: column.name,
    type: column.type ?? 'string',
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? (column.wide === true ? 1 : 0),
  }));
}

export function rowOf(resource: Resource, object: KubeObject, now: Date): unknown[] {
  return tableOf(resource).map((column) => column.cell(object, now));
}
