import { create } from '@skerry/contract/message';
import { ReasonGroupSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import {
  FitClusterSchema,
  type SelectionDecided,
  SelectionDecidedSchema,
} from '@skerry/contract/generated/skerry/v1/selection_pb';
import { apiVersionOf, type ManifestFacts } from '@skerry/domain/manifest/facts';
import { selectionStream } from '@skerry/domain/selection/selection';
import type { SchedulableObject } from '@skerry/engines/scheduling/framework/filter';
import { governingOrder, type Policy } from '@skerry/engines/scheduling/govern';
import { SCHEDULING_ENGINE, select, type SelectionOutcome } from '@skerry/engines/scheduling/select';
import { by } from '@skerry/kernel/order';
import { canonicalJson } from '@skerry/kernel/canonical';
import { partitionOf } from '@skerry/ports/event-store/event-store';
import { type Decided, outgoing } from '@skerry/runtime/append/appender';
import { commandIdOf, hashOf } from '@skerry/runtime/hash';
import type { KindSelection, SchedulingState, Selected } from './scheduling-state.ts';

export const SCHEDULER = 'scheduler';

/** Decides for one object which clusters can run it; undefined when the recorded selection still says so. */
export const selectClusters = (state: SchedulingState, uid: string): Decided | undefined => {
  const facts = state.objects.get(uid);
  if (!facts || facts.deleted) return undefined;
  const object = toSchedulable(facts);
  const present = state.selections.get(uid);
  const [policy, ...outranked] = governingOrder(object, [...state.policies.values(), ...state.settling.values()]);
  if (!policy) return ungoverned(facts, present);
  const basis = basisOf(state, { object, policy, outranked });
  if (present?.data.basis === basis && !present.data.ungoverned) return undefined;
  // nothing else of the object is given, since it is the key of what is kept
  const input = { policy, object: { apiVersion: object.apiVersion, kind: object.kind } };
  const outcome = state.kindSelection(input, () => toData(select({ ...input, clusters: clustersOf(state) })));
  const decided = create(SelectionDecidedSchema, { ...describe(facts, { policy, outranked }), ...outcome, basis });
  if (present && sameOutcome(present.data, decided)) return undefined;
  return toDecided(facts, { data: decided, version: present?.version ?? 0 });
};

/** The last policy revision goes on governing, but adds no cluster. What was never governed is not placed. */
const ungoverned = (facts: ManifestFacts, present: Selected | undefined): Decided | undefined => {
  if (!present?.data.policy || present.data.ungoverned) return undefined;
  const data = create(SelectionDecidedSchema, { ...present.data, ungoverned: true });
  return toDecided(facts, { data, version: present.version });
};

const toSchedulable = (facts: ManifestFacts): SchedulableObject => ({
  uid: facts.ref.uid,
  apiVersion: apiVersionOf(facts.ref),
  kind: facts.ref.kind,
  namespace: facts.ref.namespace,
  name: facts.ref.name,
  labels: facts.labels,
});

const clustersOf = (state: SchedulingState) =>
  [...state.clusters.values()].sort(by((cluster) => cluster.name)).map((cluster) => ({
    facts: cluster,
    served: state.kinds.get(cluster.name),
  }));

interface Governed {
  readonly policy: Policy;
  readonly outranked: readonly Policy[];
}

const basisOf = (state: SchedulingState, input: Governed & { object: SchedulableObject }): string =>
  hashOf(
    canonicalJson({
      object: input.object,
      policy: [input.policy.uid, input.policy.generation],
      outranked: input.outranked.map((policy) => [policy.uid, policy.generation]),
      clusters: state.clustersBasis(`${input.object.apiVersion}/${input.object.kind}`),
      engine: SCHEDULING_ENGINE,
    }),
  );

const refOf = (policy: Policy) => ({
  kind: policy.kind,
  namespace: policy.namespace,
  name: policy.name,
  uid: policy.uid,
  generation: BigInt(policy.generation),
});

const describe = (facts: ManifestFacts, { policy, outranked }: Governed) => ({
  ref: facts.ref,
  policy: refOf(policy),
  outranked: outranked.map(refOf),
  adopt: policy.spec.adopt === true,
  engine: SCHEDULING_ENGINE,
});

const toData = (outcome: SelectionOutcome): KindSelection => ({
  fits: outcome.fits.map((fit) => create(FitClusterSchema, fit)),
  unfit: outcome.unfit.map(({ reason, clusters }) => create(ReasonGroupSchema, { reason, clusters: [...clusters] })),
  strategy: outcome.strategy,
  soakMs: BigInt(outcome.soakMs),
  weightsHash: hashOf(outcome.weights),
  refusal: outcome.refusal,
});

/** The basis may move without any effect (a label on some cluster): that is no news. */
const sameOutcome = (a: SelectionDecided, b: SelectionDecided): boolean => content(a) === content(b);

const content = (data: SelectionDecided): string =>
  JSON.stringify({ ...data, basis: '' }, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

const toDecided = (facts: ManifestFacts, { data, version }: { data: SelectionDecided; version: number }): Decided => {
  const { uid, namespace } = facts.ref;
  const stream = selectionStream(uid);
  return {
    commandId: commandIdOf({ owner: SCHEDULER, key: uid, basis: `${data.basis}${data.ungoverned}`, version }),
    events: [outgoing('SelectionDecided', { stream, partition: partitionOf(uid), namespace, uid, data })],
    expected: [{ stream, version }],
  };
};
