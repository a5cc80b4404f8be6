import type { SelectionDecided } from '@skerry/contract/generated/skerry/v1/selection_pb';

/** Category `selection`: which clusters can run an object at all. */
export const SELECTION = 'selection';

export const selectionStream = (uid: string): string => `${SELECTION}-${uid}`;

export type SelectionEvent = { readonly type: 'SelectionDecided'; readonly data: SelectionDecided };

export const STRATEGIES = ['Duplicated', 'Weighted'] as const;
export type Strategy = (typeof STRATEGIES)[number];
