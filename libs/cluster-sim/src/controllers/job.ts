import type { Controller, ControlPlane } from '../control-plane.ts';
import { isTrue, withCondition } from '../objects/conditions.ts';
import { suffixFrom } from '../objects/names.ts';
import { isActive, isDeleting, isReady, podFrom } from '../objects/pod.ts';
import { controllerUid, isKind, JOBS, PODS, type Ref } from '../objects/refs.ts';
import type { Condition, Pod, Workload } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';

/** Runs pods until enough have succeeded. Pods here never fail, so back-off limits and deadlines are not played. */
export class JobController implements Controller {
  readonly name = 'job';
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, JOBS)) {
      if (after !== undefined) this.#plane.mark(this.name, ref);
      return;
    }
    if (!isKind(key, PODS)) return;
    const owner = this.#plane.mirror.refOfUid(controllerUid((after ?? before)!));
    if (owner?.startsWith('batch/jobs/') === true) this.#plane.mark(this.name, owner);
  }

  async reconcile(ref: Ref): Promise<void> {
    const { mirror } = this.#plane;
    const job = mirror.get(ref)?.object as Workload | undefined;
    if (job === undefined || isDeleting(job) || isTrue(job.status?.conditions, 'Complete')) return;
    const { parallelism = 1, completions = parallelism, suspend = false, template } = job.spec;
    const pods = this.#podsOf(job);
    const succeeded = pods.filter(({ status }) => status?.phase === 'Succeeded').length;
    const active = pods.filter(isActive).length;
    const missing = suspend ? 0 : Math.min(parallelism - active, completions - succeeded - active);
    for (let index = 0; index < missing; index++) {
      const name = `${job.metadata.name}-${suffixFrom(this.#plane.random)}`;
      const labels = { 'batch.kubernetes.io/job-name': job.metadata.name ?? '', 'job-name': job.metadata.name ?? '' };
      await this.#plane.create(PODS, podFrom({ owner: job, ownerKind: JOBS, template, name, labels }));
    }
    await this.#writeStatus(ref, completions);
  }

  async #writeStatus(ref: Ref, completions: number): Promise<void> {
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return;
    const job = stored.object as Workload;
    const pods = this.#podsOf(job);
    const succeeded = pods.filter(({ status }) => status?.phase === 'Succeeded').length;
    const active = pods.filter(isActive).length;
    const { now } = this.#plane;
    const { startTime = now, completionTime } = (job.status ?? {}) as { startTime?: string; completionTime?: string };
    const over = succeeded >= completions;
    const complete: Condition = { type: 'Complete', status: 'True', reason: 'CompletionsReached' };
    await this.#plane.updateStatus(stored, {
      startTime,
      ...(active === 0 ? {} : { active, ready: pods.filter((pod) => isActive(pod) && isReady(pod)).length }),
      ...(succeeded === 0 ? {} : { succeeded }),
      ...(over ? { completionTime: completionTime ?? now } : {}),
      ...(over ? { conditions: withCondition(job.status?.conditions, { ...complete, now }) } : {}),
    });
  }

  #podsOf(job: Workload): Pod[] {
    return [...this.#plane.mirror.dependentsOf(job.metadata.uid ?? '')].flatMap((ref) => {
      const stored = this.#plane.mirror.get(ref);
      return stored !== undefined && isKind(stored.key, PODS) ? [stored.object as Pod] : [];
    });
  }
}
