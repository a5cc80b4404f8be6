import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { ObjectRefSchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { create } from '@skerry/contract/message';
import { KindTurns } from './kind-turns.ts';

const ref = (kind: string, namespace = 'shop') =>
  create(ObjectRefSchema, { kind, namespace, uid: `${kind}/${namespace}` });

describe('objects that are under way at once', () => {
  let clock: VirtualClock;
  let turns: KindTurns;
  beforeEach(() => {
    clock = new VirtualClock();
    turns = new KindTurns(clock);
  });
  /** Whether it is this object's turn at once. */
  const isTurnOf = async (of: ReturnType<typeof ref>): Promise<boolean> => {
    let itIs = false;
    void turns.of(of).then(() => (itIs = true));
    await clock.advanceAsync(0);
    return itIs;
  };

  it('are made in the order of kinds', async () => {
    const leave = turns.enter(ref('ConfigMap'), false);
    turns.enter(ref('Deployment'), false);
    expect([await isTurnOf(ref('ConfigMap')), await isTurnOf(ref('Deployment'))]).toEqual([true, false]);
    leave();
    expect(await isTurnOf(ref('Deployment'))).toBe(true);
  });

  it('are deleted the other way round, and do not wait for what is made', async () => {
    turns.enter(ref('ConfigMap'), true);
    const leave = turns.enter(ref('Deployment'), true);
    turns.enter(ref('Ingress'), false);
    expect([await isTurnOf(ref('Deployment')), await isTurnOf(ref('ConfigMap'))]).toEqual([true, false]);
    leave();
    expect(await isTurnOf(ref('ConfigMap'))).toBe(true);
  });

  it('do not wait for another namespace, but for what belongs to none', async () => {
    turns.enter(ref('ConfigMap', 'other'), false);
    turns.enter(ref('Deployment'), false);
    expect(await isTurnOf(ref('Deployment'))).toBe(true);
    turns.enter(ref('ClusterRole', ''), false);
    expect(await isTurnOf(ref('Deployment'))).toBe(false);
  });

  it('are not held up for longer than a second by one that hangs', async () => {
    turns.enter(ref('ConfigMap'), false);
    turns.enter(ref('Deployment'), false);
    let itIs = false;
    void turns.of(ref('Deployment')).then(() => (itIs = true));
    await clock.advanceAsync(999);
    expect(itIs).toBe(false);
    await clock.advanceAsync(1);
    expect(itIs).toBe(true);
  });
});
