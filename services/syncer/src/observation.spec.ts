import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { ObjectDesiredSchema } from '@skerry/contract/generated/skerry/v1/desired_pb';
import { create, toBinary } from '@skerry/contract/message';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { DesiredState } from './desired-state.ts';
import { LiveState, toLiveEntry } from './live-state.ts';
import { ServedKinds } from './member/discovery.ts';
import { Observation } from './observation.ts';

const EVENT_BYTES = 64 * 1024;
const ref = { group: 'example.com', version: 'v1', kind: 'Boat', namespace: 'shop', name: 'anna', uid: 'u1' };
const boat = (more: object): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Boat',
  metadata: { name: 'anna', namespace: 'shop', uid: 'm1', annotations: { 'skerry.dev/uid': 'u1' } },
  ...more,
});

const stage = () => {
  const [desired, live] = [new DesiredState(), new LiveState()];
  desired.desired.set('u1', create(ObjectDesiredSchema, { ref, placementVersion: 3n }));
  const observation = new Observation({ desired, live, kinds: new ServedKinds(), keeps: () => false });
  const repair = (fields: readonly string[], manager = 'somebody'): void =>
    observation.addRepair('u1', { action: 'reverted', manager, fields, at: new Date(0) });
  const applied = { state: ObservedState.APPLIED, reason: '', field: '', message: '' };
  return { desired, live, observation, repair, applied };
};

describe('what is said of an object', () => {
  it('fits into an event, whatever its member says', () => {
    const { live, observation, repair } = stage();
    const long = '\u{20ac}'.repeat(100_000);
    live.put(toLiveEntry(boat({ status: { text: '\u{20ac}'.repeat(2_700) } })));
    for (let index = 0; index < 30; index += 1)
      repair(
        Array.from({ length: 30 }, () => long),
        long,
      );
    observation.setOutcome('u1', { state: ObservedState.REFUSED, reason: long, field: long, message: long }, 3n);
    const said = observation.observe('u1')!;
    expect(toBinary(ObjectObservedSchema, said).byteLength).toBeLessThan(EVENT_BYTES - 16 * 1024);
    expect(said.repairs.length).toBeGreaterThan(0);
  });

  it('leaves out a status that is too large in bytes, though not in characters', () => {
    const { live, observation, applied } = stage();
    observation.setOutcome('u1', applied, 3n);
    live.put(toLiveEntry(boat({ status: { text: '\u{20ac}'.repeat(2_800) } })));
    expect(observation.observe('u1')!.status.byteLength).toBe(0);
    live.put(toLiveEntry(boat({ status: { text: '\u{20ac}'.repeat(2_600) } })));
    expect(observation.observe('u1')!.status.byteLength).toBeGreaterThan(7_800);
  });

  it('keeps a repair that came while a report was on its way, also when there are as many as are kept', () => {
    const { observation, repair, applied } = stage();
    observation.setOutcome('u1', applied, 3n);
    for (let index = 0; index < 20; index += 1) repair([`.f${index}`]);
    observation.observe('u1');
    repair(['.late']);
    observation.confirm(['u1']);
    expect(observation.observe('u1')!.repairs.map(({ fields }) => fields)).toEqual([['.late']]);
  });

  it('is said of the order that was looked at, also when there is a newer one by then', () => {
    const { desired, observation, applied } = stage();
    observation.setOutcome('u1', { ...applied, state: ObservedState.GONE }, 3n);
    desired.desired.set('u1', create(ObjectDesiredSchema, { ref, placementVersion: 4n }));
    expect(observation.observe('u1')).toMatchObject({ state: ObservedState.GONE, placementVersion: 3n });
    observation.setOutcome('u1', applied, 4n);
    expect(observation.observe('u1')).toMatchObject({ state: ObservedState.APPLIED, placementVersion: 4n });
  });
});
