import { withCondition } from '../objects/conditions.ts';
import type { Pod } from '../objects/views.ts';

interface RunningInput {
  readonly now: string;
  readonly podIP: string;
  readonly isReady: boolean;
}

/** What a node says about a pod whose containers run. */
export const runningStatus = (pod: Pod, { now, podIP, isReady }: RunningInput): Record<string, unknown> => {
  const readiness = isReady
    ? { status: 'True' }
    : { status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status' };
  const types = [
    { type: 'Initialized', status: 'True' },
    { type: 'ContainersReady', ...readiness },
    { type: 'Ready', ...readiness },
  ];
  const conditions = types.reduce(
    (present, wanted) => withCondition(present, { ...wanted, now }),
    pod.status?.conditions ?? [],
  );
  const containerStatuses = (pod.spec.containers ?? []).map(({ name, image }) => ({
    name,
    image,
    ready: isReady,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: now } },
  }));
  return {
    ...pod.status,
    phase: 'Running',
    conditions,
    startTime: now,
    hostIP: '10.0.0.1',
    podIP,
    podIPs: [{ ip: podIP }],
    containerStatuses,
  };
};

/** What a node says about a pod of a Job that has done its work. */
export const succeededStatus = (pod: Pod, now: string): Record<string, unknown> => {
  const over = { status: 'False', reason: 'PodCompleted', now };
  const inContainers = withCondition(pod.status?.conditions, { type: 'ContainersReady', ...over });
  const conditions = withCondition(inContainers, { type: 'Ready', ...over });
  const startedAt = pod.status?.startTime ?? now;
  const state = { terminated: { exitCode: 0, reason: 'Completed', startedAt, finishedAt: now } };
  const containerStatuses = (pod.spec.containers ?? []).map(({ name, image }) => ({
    name,
    image,
    ready: false,
    started: false,
    restartCount: 0,
    state,
  }));
  return { ...pod.status, phase: 'Succeeded', conditions, containerStatuses };
};
