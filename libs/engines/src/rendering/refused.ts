import { metadataEditsOf, SEALED_OVERRIDES } from '@skerry/api/override-policy/sealed';
import type { OverrideOperation } from '@skerry/api/override-policy/override-policy';
import { refuseReserved } from '@skerry/api/override-policy/reserved';
import { clusterMismatch, type SelectableCluster } from '@skerry/api/selectors';
import type { OverrideSource } from './render.ts';

/** What is said has to fit into an event beside the body, whatever policies there are. */
const MAX_LINES = 16;
const MAX_NAMED = 3;
const NAME_CHARACTERS = 60;
const LINE_CHARACTERS = 600;

interface Where {
  readonly cluster: SelectableCluster;
  /** the body is sealed: of it overrides touch labels and annotations only */
  readonly sealed: boolean;
}

/**
 * Why an object cannot take this operation; undefined: it can. Also what the API refuses today is judged again: a policy may
 * have been stored before it did.
 */
export const refusalOf = (operation: OverrideOperation, sealed: boolean): string | undefined => {
  const [reserved] = refuseReserved(operation, '');
  if (reserved) return reserved.why;
  return sealed && metadataEditsOf(operation) === undefined ? `of a Secret allowed: ${SEALED_OVERRIDES}` : undefined;
};

/** One line for each policy and reason: what of it a cluster's object does not get. At most 17 lines of 600 characters. */
export const refusedOverrides = (sources: readonly OverrideSource[], { cluster, sealed }: Where): readonly string[] => {
  const lines = sources.flatMap(({ kind, name, spec }) => {
    const byReason = new Map<string, OverrideOperation[]>();
    for (const { clusters, operations } of spec.rules) {
      if (clusterMismatch(clusters, cluster) !== undefined) continue;
      for (const operation of operations) {
        const why = refusalOf(operation, sealed);
        if (why !== undefined) byReason.set(why, [...(byReason.get(why) ?? []), operation]);
      }
    }
    return [...byReason].map(([why, operations]) =>
      cut(`${kind} ${name}: ${namesOf(operations)} is left out; ${why}`, LINE_CHARACTERS),
    );
  });
  return lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more`];
};

const namesOf = (operations: readonly OverrideOperation[]): string => {
  const paths = new Set(operations.flatMap(({ jsonPatch }) => (jsonPatch ?? []).map(({ path }) => path)));
  const names = new Set(operations.flatMap((operation) => Object.keys(operation)));
  names.delete('jsonPatch');
  return [few(names), ...(paths.size > 0 ? [`jsonPatch of ${few(paths)}`] : [])].filter((one) => one !== '').join(', ');
};

const few = (names: ReadonlySet<string>): string => {
  const named = [...names].slice(0, MAX_NAMED).map((name) => cut(name, NAME_CHARACTERS));
  return [...named, ...(names.size > MAX_NAMED ? [`and ${names.size - MAX_NAMED} more`] : [])].join(', ');
};

const cut = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
