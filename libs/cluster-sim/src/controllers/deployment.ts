import type { StoredObject } from '@skerry/ports/object-store/object-store';
import type { Controller, ControlPlane } from '../control-plane.ts';
import { conditionOf } from '../objects/conditions.ts';
import { isDeleting, ownerReference } from '../objects/pod.ts';
import { controllerUid, DEPLOYMENTS, isKind, REPLICA_SETS, type Ref } from '../objects/refs.ts';
import { matchesSelector } from '../objects/selectors.ts';
import { templateHash } from '../objects/template-hash.ts';
import type { PodTemplate, Workload } from '../objects/views.ts';
import type { Change } from '../state/mirror.ts';
import { deploymentStatus } from './deployment-status.ts';
import { limitsOf, recreateStep, rollingStep, type Scaling, type SetCount } from './rolling-update.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH = 'pod-template-hash';
const DEFAULT_DEADLINE_SECONDS = 600;
const DEFAULT_HISTORY = 10;

interface Sets {
  readonly fresh: StoredObject | undefined;
  /** oldest revision first */
  readonly old: readonly StoredObject[];
}

/** Deployments → ReplicaSets: one per template, moved from old to new within maxSurge and maxUnavailable. */
export class DeploymentController implements Controller {
  readonly name = 'deployment';
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  sees({ key, ref, before, after }: Change): void {
    if (isKind(key, DEPLOYMENTS)) {
      if (after !== undefined) this.#plane.mark(this.name, ref);
      return;
    }
    if (!isKind(key, REPLICA_SETS)) return;
    for (const set of [before, after]) {
      const owner = set === undefined ? undefined : this.#plane.mirror.refOfUid(controllerUid(set));
      if (owner?.startsWith('apps/deployments/') === true) this.#plane.mark(this.name, owner);
    }
  }

  async reconcile(ref: Ref): Promise<void> {
    const deployment = this.#plane.mirror.get(ref)?.object as Workload | undefined;
    if (deployment === undefined) return;
    if (!isDeleting(deployment)) {
      if (deployment.status?.['observedGeneration'] !== deployment.metadata.generation) await this.#adopt(deployment);
      let sets = this.#setsOf(deployment);
      if (deployment.spec.paused !== true) sets = await this.#withFresh(ref, { deployment, sets });
      await this.#scale(deployment, sets);
      await this.#forgetOld(deployment, sets);
    }
    await this.#writeStatus(ref);
  }

  #setsOf(deployment: Workload): Sets {
    const { mirror } = this.#plane;
    const hash = templateHash(deployment.spec.template);
    const all = [...mirror.dependentsOf(deployment.metadata.uid ?? '')].flatMap((ref) => {
      const stored = mirror.get(ref);
      return stored !== undefined && isKind(stored.key, REPLICA_SETS) ? [stored] : [];
    });
    all.sort((a, b) => revisionOf(a) - revisionOf(b) || (a.key.name < b.key.name ? -1 : 1));
    const fresh = all.find(({ object }) => object.metadata.labels?.[HASH] === hash);
    return { fresh, old: all.filter((set) => set !== fresh) };
  }

  /** Makes the set of the present template, or makes it the newest revision again. */
  async #withFresh(ref: Ref, { deployment, sets }: { deployment: Workload; sets: Sets }): Promise<Sets> {
    const newest = sets.old.length === 0 ? 0 : revisionOf(sets.old.at(-1)!);
    let { fresh } = sets;
    if (fresh === undefined) {
      fresh = await this.#plane.create(
        REPLICA_SETS,
        replicaSetFor(deployment, { revision: newest + 1, isFirst: sets.old.length === 0 }),
      );
    } else if (revisionOf(fresh) <= newest) {
      const annotations = { ...fresh.object.metadata.annotations, [REVISION]: String(newest + 1) };
      const metadata = { ...fresh.object.metadata, annotations };
      fresh = await this.#plane.update(fresh, { ...fresh.object, metadata });
    }
    const stored = this.#plane.mirror.get(ref);
    if (fresh !== undefined && stored !== undefined) {
      const revision = String(revisionOf(fresh));
      const { metadata } = stored.object;
      if (metadata.annotations?.[REVISION] !== revision) {
        const annotations = { ...metadata.annotations, [REVISION]: revision };
        await this.#plane.update(stored, { ...stored.object, metadata: { ...metadata, annotations } });
      }
    }
    return { fresh, old: sets.old };
  }

  async #scale(deployment: Workload, { fresh, old }: Sets): Promise<void> {
    const desired = deployment.spec.replicas ?? 1;
    const [only] = old.filter(({ object }) => ((object as Workload).spec.replicas ?? 1) > 0);
    if (deployment.spec.paused === true) {
      const set = fresh ?? only;
      if (set !== undefined) await this.#apply(new Map([[set.key.name, desired]]), [set]);
      return;
    }
    if (fresh === undefined) return;
    const { type, rollingUpdate } = deployment.spec.strategy ?? {};
    const counts = { fresh: this.#countOf(fresh), old: old.map((set) => this.#countOf(set)) };
    const input = { desired, ...limitsOf(rollingUpdate, desired), ...counts };
    await this.#apply(type === 'Recreate' ? recreateStep(input) : rollingStep(input), [fresh, ...old]);
  }

  #countOf({ key, object }: StoredObject): SetCount {
    const { active, ready, terminating } = this.#plane.counts.of(object.metadata.uid ?? '');
    const { replicas = 1 } = (object as Workload).spec;
    return { name: key.name, replicas, present: active + terminating, available: ready };
  }

  async #apply(scaling: Scaling, sets: readonly StoredObject[]): Promise<void> {
    for (const set of sets) {
      const replicas = scaling.get(set.key.name);
      const { metadata, spec } = set.object as Workload;
      if (replicas === undefined || replicas === spec.replicas) continue;
      const next = { ...metadata, generation: (metadata.generation ?? 0) + 1 };
      await this.#plane.update(set, { ...set.object, metadata: next, spec: { ...spec, replicas } });
    }
  }

  /** Earlier revisions are kept for rollbacks, but only so many. */
  async #forgetOld({ spec }: Workload, { old }: Sets): Promise<void> {
    const { mirror, counts } = this.#plane;
    const empty = old.filter(({ object }) => {
      const { active, terminating } = counts.of(object.metadata.uid ?? '');
      return (object as Workload).spec.replicas === 0 && active + terminating === 0 && !isDeleting(object);
    });
    const surplus = empty.length - (spec.revisionHistoryLimit ?? DEFAULT_HISTORY);
    for (const { key } of empty.slice(0, Math.max(0, surplus))) {
      const stored = mirror.find(REPLICA_SETS, key);
      if (stored !== undefined) await this.#plane.delete(stored);
    }
  }

  async #adopt(deployment: Workload): Promise<void> {
    const { mirror } = this.#plane;
    for (const ref of [...mirror.orphansIn(deployment.metadata.namespace ?? '')]) {
      const set = mirror.get(ref);
      if (set === undefined || !isKind(set.key, REPLICA_SETS) || isDeleting(set.object)) continue;
      if (!matchesSelector(set.object.metadata.labels ?? {}, deployment.spec.selector)) continue;
      const ownerReferences = [...(set.object.metadata.ownerReferences ?? []), ownerReference(deployment, DEPLOYMENTS)];
      await this.#plane.update(set, { ...set.object, metadata: { ...set.object.metadata, ownerReferences } });
    }
  }

  async #writeStatus(ref: Ref): Promise<void> {
    const stored = this.#plane.mirror.get(ref);
    if (stored === undefined) return;
    const deployment = stored.object as Workload;
    const { fresh, old } = this.#setsOf(deployment);
    const activeOf = ({ object }: StoredObject): number => this.#plane.counts.of(object.metadata.uid ?? '').active;
    const sets = [...(fresh === undefined ? [] : [fresh]), ...old];
    const desired = deployment.spec.replicas ?? 1;
    const counts = {
      name: stored.key.name,
      desired,
      replicas: sets.reduce((sum, set) => sum + activeOf(set), 0),
      updated: fresh === undefined ? 0 : activeOf(fresh),
      ready: sets.reduce((sum, set) => sum + this.#countOf(set).available, 0),
      maxUnavailable: limitsOf(deployment.spec.strategy?.rollingUpdate, desired).maxUnavailable,
      freshSet: fresh?.key.name ?? '',
    };
    const late = this.#isLate(ref, deployment);
    await this.#plane.updateStatus(stored, deploymentStatus({ deployment, counts, now: this.#plane.now, late }));
  }

  /** Whether the deadline for progress has passed; if not, it is looked at again when it does. */
  #isLate(ref: Ref, { spec, status }: Workload): boolean {
    const known = conditionOf(status?.conditions, 'Progressing');
    if (known?.reason !== 'ReplicaSetUpdated') return false;
    const deadlineMs = (spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS) * 1_000;
    const sinceMs = this.#plane.clock.now().getTime() - Date.parse(known.lastUpdateTime ?? this.#plane.now);
    if (sinceMs >= deadlineMs) return true;
    this.#plane.markLater(this.name, { ref, delayMs: deadlineMs - sinceMs });
    return false;
  }
}

const revisionOf = ({ object }: StoredObject): number => Number(object.metadata.annotations?.[REVISION] ?? 0);

const replicaSetFor = (
  deployment: Workload,
  { revision, isFirst }: { revision: number; isFirst: boolean },
): Workload => {
  const { template, selector } = deployment.spec;
  const hash = templateHash(template);
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  const hashed: PodTemplate = { ...template, metadata: { ...template.metadata, labels } };
  return {
    apiVersion: REPLICA_SETS.apiVersion,
    kind: REPLICA_SETS.kind,
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: { [REVISION]: String(revision) },
      ownerReferences: [ownerReference(deployment, DEPLOYMENTS)],
    },
    spec: {
      replicas: isFirst && deployment.spec.paused !== true ? (deployment.spec.replicas ?? 1) : 0,
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [HASH]: hash } },
      template: hashed,
    },
  };
};
