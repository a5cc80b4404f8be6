import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';

/** Category `selection`: which clusters can run an object at all. */
export const SELECTION = 'selection';

export const selectionStream = (uid: string): string => `${SELECTION}-${uid}`;

export type SelectionEvent = { readonly type: 'SelectionDecided'; readonly data: SelectionDecided };

export const STRATEGIES = ['Duplicated', 'Weighted'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/**
 * What decisions read of a selection. Which clusters were left out and why names every cluster of the fleet for every object:
 * only who shows it to people keeps that.
 */
export type Chosen = Readonly<
  Pick<
    SelectionDecided,
    'ref' | 'policy' | 'strategy' | 'weightsHash' | 'adopt' | 'ungoverned' | 'refusal' | 'fits' | 'soakMs'
  >
>;

const chosen = new WeakMap<SelectionDecided, Chosen>();

/** Of one decoded event once, for all who fold it in one process. */
export const chosenOf = (selection: SelectionDecided): Chosen => {
  const known = chosen.get(selection);
  if (known) return known;
  const { ref, policy, strategy, weightsHash, adopt, ungoverned, refusal, fits, soakMs } = selection;
  const made = { ref, policy, strategy, weightsHash, adopt, ungoverned, refusal, fits, soakMs };
  chosen.set(selection, made);
  return made;
};
