import {
  type ObjectDesired,
  type ObjectWithdrawn,
  WithdrawalCause,
  type WithdrawalEnded,
} from '@skerry/contract/generated/skerry/v1/desired_pb';

/** Category `desired`: what a cluster shall hold, one stream per cluster and uid. */
export const DESIRED = 'desired';

export const desiredStream = (cluster: string, uid: string): string => `${DESIRED}-${cluster}/${uid}`;

export type DesiredEvent =
  | { readonly type: 'ObjectDesired'; readonly data: ObjectDesired }
  | { readonly type: 'ObjectWithdrawn'; readonly data: ObjectWithdrawn }
  | { readonly type: 'WithdrawalEnded'; readonly data: WithdrawalEnded };

export const CAUSE_NAMES: Readonly<Record<WithdrawalCause, string>> = {
  [WithdrawalCause.UNSPECIFIED]: 'unknown',
  [WithdrawalCause.OWNER]: 'owner',
  [WithdrawalCause.MOVE]: 'move',
  [WithdrawalCause.POLICY]: 'policy',
};

export const causeOf = (name: string): WithdrawalCause =>
  name === 'owner' ? WithdrawalCause.OWNER : name === 'policy' ? WithdrawalCause.POLICY : WithdrawalCause.MOVE;
