/** A `Table` of meta.k8s.io/v1, as far as it is printed. */
export interface KubeTable {
  readonly kind: string;
  readonly metadata?: { readonly resourceVersion?: string };
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority?: number }[] | null;
  readonly rows?:
    | readonly {
        readonly cells: readonly unknown[];
        readonly object?: { readonly metadata?: { readonly name: string; readonly namespace?: string } };
      }[]
    | null;
}

export const TABLE_ACCEPT = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export interface Columns {
  /** also those that the server ranks behind */
  readonly wide: boolean;
  readonly withNamespace: boolean;
}

/** Headings and rows of tables of one kind. */
export const tableRows = (tables: readonly KubeTable[], columns: Columns): string[][] => {
  const definitions = tables.find((table) => table.columnDefinitions?.length)?.columnDefinitions ?? [];
  return [headingsOf(definitions, columns), ...tables.flatMap((table) => rowsOf(table, { definitions, ...columns }))];
};

type Definitions = readonly { readonly name: string; readonly priority?: number }[];

const isShown = (definitions: Definitions, { index, wide }: { index: number; wide: boolean }): boolean =>
  wide || (definitions[index]?.priority ?? 0) === 0;

const headingsOf = (definitions: Definitions, { wide, withNamespace }: Columns): string[] => [
  ...(withNamespace ? ['NAMESPACE'] : []),
  ...definitions.filter((_, index) => isShown(definitions, { index, wide })).map(({ name }) => name.toUpperCase()),
];

/** Rows of one table; `definitions` of an earlier one where a watch leaves them out. */
export const rowsOf = (
  { rows }: KubeTable,
  { definitions, wide, withNamespace }: Columns & { readonly definitions: Definitions },
): string[][] =>
  (rows ?? []).map(({ cells, object }) => [
    ...(withNamespace ? [object?.metadata?.namespace ?? ''] : []),
    ...cells.filter((_, index) => isShown(definitions, { index, wide })).map(cellText),
  ]);

const cellText = (cell: unknown): string => {
  if (cell === null || cell === undefined || cell === '') return '<none>';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell as string | number | boolean);
};
