import { CAUSE_NAMES } from '@skerry/domain/desired/desired';
import { STATE_NAMES } from '@skerry/domain/observed/observed';
import { byText } from '@skerry/kernel/order';
import { ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { StoredObject } from '@skerry/ports/object-store/object-store';
import type { Said } from '../view/said.ts';
import type { StatusView } from '../view/status-view.ts';

/** Where an object is, cluster by cluster: what was decided, what was told, what is so. */
export const placementsOf = (view: StatusView, { object, version }: StoredObject) => {
  const uid = object.metadata.uid ?? '';
  const said = view.of(uid);
  const { placement, selection } = said;
  return {
    uid,
    resourceVersion: version,
    policy: selection?.policy && {
      kind: selection.policy.kind,
      namespace: selection.policy.namespace,
      name: selection.policy.name,
    },
    outranked: selection?.outranked.map(({ kind, namespace, name }) => ({ kind, namespace, name })) ?? [],
    ungoverned: selection?.ungoverned ?? false,
    strategy: placement?.strategy ?? '',
    wanted: placement?.hasReplicas ? placement.wanted : undefined,
    placementVersion: said.placementVersion,
    clusters: clusterNames(said).map((cluster) => clusterLine(said, cluster)),
    unfit: selection?.unfit.map(({ reason, clusters }) => ({ reason, clusters })) ?? [],
    shortfall: placement?.shortfall.map(({ cluster, replicas, reason }) => ({ cluster, replicas, reason })) ?? [],
    conditions: view.merged(object, said).conditions,
  };
};

const clusterNames = ({ placement, observed, withdrawn, desired }: Said): string[] =>
  [
    ...new Set([
      ...(placement?.clusters ?? []).map(({ cluster }) => cluster),
      // what a cluster holds without being told to is listed with the orphans: it is no part of where the object shall be
      ...[...observed].filter(([, { state }]) => state !== ObservedState.ORPHAN).map(([cluster]) => cluster),
      ...withdrawn.keys(),
      ...desired.keys(),
    ]),
  ].sort(byText);

const clusterLine = (said: Said, cluster: string) => {
  const placed = said.placement?.clusters.find((one) => one.cluster === cluster);
  const observed = said.observed.get(cluster);
  const withdrawn = said.withdrawn.get(cluster);
  return {
    cluster,
    target: placed && placed.target >= 0 ? placed.target : undefined,
    told: placed?.told,
    waitsFor: placed?.waitsFor || undefined,
    withdrawal: withdrawn && { cause: CAUSE_NAMES[withdrawn.data.cause], since: withdrawn.since.toISOString() },
    state: STATE_NAMES[observed?.state ?? ObservedState.UNSPECIFIED],
    replicas: observed?.hasCount ? (observed.count?.replicas ?? 0) : undefined,
    ready: observed?.hasCount ? (observed.count?.ready ?? 0) : undefined,
    upToDate: observed !== undefined && observed.desiredHash === said.desired.get(cluster)?.hash,
    reason: observed?.reason || undefined,
    field: observed?.field || undefined,
    message: observed?.message || undefined,
    repairs: said.repairs.get(cluster)?.map(({ action, manager, fields, atUnixMs }) => ({
      action,
      manager,
      fields,
      at: new Date(Number(atUnixMs)).toISOString(),
    })),
  };
};

/** Orders that a cluster has not confirmed yet, by cluster and object. */
export const withdrawalsOf = (view: StatusView) =>
  [...view.all()]
    .flatMap(([uid, said]) =>
      [...said.withdrawn].map(([cluster, { data, since }]) => ({
        cluster,
        uid,
        kind: data.ref?.kind ?? '',
        namespace: data.ref?.namespace ?? '',
        name: data.ref?.name ?? '',
        cause: CAUSE_NAMES[data.cause],
        since: since.toISOString(),
        state: STATE_NAMES[said.observed.get(cluster)?.state ?? ObservedState.UNSPECIFIED],
        message: said.observed.get(cluster)?.message ?? '',
      })),
    )
    .sort((a, b) =>
      byText(`${a.cluster}/${a.namespace}/${a.kind}/${a.name}`, `${b.cluster}/${b.namespace}/${b.kind}/${b.name}`),
    );

/** Objects in members that carry our mark and that nobody desires; what a cluster holds that has left is its own. */
export const orphansOf = (view: StatusView) =>
  [...view.all()].flatMap(([uid, said]) =>
    [...said.observed]
      .filter(([, observed]) => observed.state === ObservedState.ORPHAN && view.isMembers(observed))
      .map(([cluster, observed]) => ({
        cluster,
        uid,
        kind: observed.ref?.kind ?? '',
        namespace: observed.ref?.namespace ?? '',
        name: observed.ref?.name ?? '',
        message: observed.message,
      })),
  );
