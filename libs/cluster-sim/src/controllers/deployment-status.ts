import { conditionOf, withCondition } from '../objects/conditions.ts';
import type { Condition, Workload } from '../objects/views.ts';

export interface DeploymentCounts {
  readonly name: string;
  readonly desired: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly maxUnavailable: number;
  /** name of the ReplicaSet of the present template */
  readonly freshSet: string;
}

interface StatusInput {
  readonly deployment: Workload;
  readonly counts: DeploymentCounts;
  readonly now: string;
  /** whether the deadline for progress has passed */
  readonly late: boolean;
}

/** What the Deployment controller says: counts, Available and Progressing. */
export const deploymentStatus = ({ deployment, counts, now, late }: StatusInput): Record<string, unknown> => {
  const { desired, replicas, updated, ready } = counts;
  const positive = (name: string, value: number): Record<string, number> => (value > 0 ? { [name]: value } : {});
  const conditions = progressing({ deployment, counts, now, late }, available({ deployment, counts, now, late }));
  return {
    observedGeneration: deployment.metadata.generation,
    ...positive('replicas', replicas),
    ...positive('updatedReplicas', updated),
    ...positive('readyReplicas', ready),
    ...positive('availableReplicas', ready),
    ...positive('unavailableReplicas', Math.max(0, desired - ready, replicas - ready)),
    conditions,
  };
};

/** Whether every pod is of the present template, as many as wanted, ready, and no other is left. */
export const isComplete = ({ desired, replicas, updated, ready }: DeploymentCounts): boolean =>
  updated === desired && replicas === desired && ready >= desired;

const available = ({ deployment, counts, now }: StatusInput): readonly Condition[] => {
  const enough = counts.ready >= counts.desired - counts.maxUnavailable;
  const said = enough
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  return dated(deployment.status?.conditions, { type: 'Available', ...said, now });
};

const progressing = (
  { deployment, counts, now, late }: StatusInput,
  conditions: readonly Condition[],
): readonly Condition[] => {
  if (deployment.spec.paused === true) {
    const message = 'Deployment is paused';
    return dated(conditions, { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message, now });
  }
  const set = `ReplicaSet "${counts.freshSet}"`;
  if (isComplete(counts)) {
    const message = `${set} has successfully progressed.`;
    return dated(conditions, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message, now });
  }
  const before = deployment.status ?? {};
  const moved =
    counts.updated > Number(before['updatedReplicas'] ?? 0) || counts.ready > Number(before['readyReplicas'] ?? 0);
  const known = conditionOf(conditions, 'Progressing');
  if (late && !moved) {
    const message = `${set} has timed out progressing.`;
    return dated(conditions, {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message,
      now,
    });
  }
  // A complete Deployment that loses pods goes on saying that its ReplicaSet is available.
  const settled = known?.reason === 'NewReplicaSetAvailable' && known.message?.startsWith(set) === true;
  if (settled || (known?.reason === 'ProgressDeadlineExceeded' && !moved)) return conditions;
  const message = `${set} is progressing.`;
  const said = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message };
  return moved || known?.message !== message
    ? withCondition(conditions, { ...said, lastUpdateTime: now, now })
    : conditions;
};

/** A condition whose update time moves only when what it says does. */
const dated = (
  conditions: readonly Condition[] | undefined,
  said: Condition & { readonly now: string },
): readonly Condition[] => {
  const before = conditionOf(conditions, said.type);
  const same = before?.status === said.status && before.reason === said.reason && before.message === said.message;
  return same ? (conditions ?? []) : withCondition(conditions, { ...said, lastUpdateTime: said.now });
};
