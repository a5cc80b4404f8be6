import { Contention } from './contention.ts';
import { byKindOrder } from './kind-order.ts';
import { ownedText } from './owned-fields.ts';
import { PodTally } from './pod-count.ts';
import { WithdrawalGuard } from './withdrawal-guard.ts';

describe('the guard of withdrawals', () => {
  const at = (nowMs: number, held = 100) => ({ nowMs, held, cluster: 'c1' });
  it('lets 50 or a fifth go in ten minutes, and names the command for the rest', () => {
    const guard = new WithdrawalGuard();
    for (let index = 0; index < 50; index += 1) expect(guard.take('move', at(index))).toBe('');
    expect(guard.take('policy', at(99))).not.toBe('');
    expect(guard.holdOf('move', at(100))).toContain('skerry confirm withdrawals c1');
    expect(guard.holdOf('move', at(100, 1_000))).toBe('');
    expect(guard.holdOf('move', at(600_050))).toBe('');
  });
  it("never holds the owner's own orders", () => {
    const guard = new WithdrawalGuard();
    for (let index = 0; index < 99; index += 1) guard.take('policy', at(index));
    expect(guard.take('owner', at(100))).toBe('');
  });
  it('does not count a withdrawal that did not happen', () => {
    const guard = new WithdrawalGuard();
    for (let index = 0; index < 50; index += 1) guard.take('move', at(index));
    guard.giveBack('move', 49);
    expect([guard.take('move', at(60)), guard.take('move', at(60))]).toEqual(['', expect.stringContaining('confirm')]);
  });
  it('is opened for ten minutes by a person', () => {
    const guard = new WithdrawalGuard();
    for (let index = 0; index < 99; index += 1) guard.take('policy', at(index));
    guard.confirm(100);
    expect(guard.holdOf('policy', at(200))).toBe('');
  });

  it('stays open only for what is left of the window that a person opened', () => {
    const guard = new WithdrawalGuard();
    for (let index = 0; index < 99; index += 1) guard.take('policy', at(index));
    guard.confirm(100, 3_600_000);
    expect(guard.holdOf('policy', at(200))).not.toBe('');
    guard.confirm(100, 599_000);
    expect(guard.holdOf('policy', at(1_099))).toBe('');
    for (let index = 0; index < 99; index += 1) guard.take('policy', at(1_100 + index));
    expect(guard.holdOf('policy', at(1_200))).not.toBe('');
  });
});

describe('contention', () => {
  it('is three repairs of one field against one manager in ten minutes; then each pause is twice as long', () => {
    const contention = new Contention();
    const repair = (nowMs: number) => contention.repaired('them', { fields: ['.spec.replicas'], nowMs });
    [0, 1_000].forEach(repair);
    expect(contention.untilMs).toBe(-Infinity);
    repair(2_000);
    expect(contention.untilMs).toBe(62_000);
    repair(62_000);
    expect(contention.untilMs).toBe(182_000);
  });
  it('is not the same field against different managers, nor three repairs in an hour', () => {
    const contention = new Contention();
    for (const [index, manager] of ['a', 'b', 'c'].entries())
      contention.repaired(manager, { fields: ['f'], nowMs: index });
    for (const nowMs of [0, 700_000, 1_400_000]) contention.repaired('d', { fields: ['f'], nowMs });
    expect(contention.untilMs).toBe(-Infinity);
  });
});

describe('pods by owner', () => {
  it('are counted without those that are on their way out', () => {
    const tally = new PodTally();
    tally.put('p1', { ownerUid: 'o', ready: true, terminating: false });
    tally.put('p2', { ownerUid: 'o', ready: false, terminating: false });
    expect(tally.of('o')).toEqual({ replicas: 2, ready: 1 });
    expect(tally.put('p1', { ownerUid: 'o', ready: true, terminating: true })).toEqual(['o']);
    expect(tally.of('o')).toEqual({ replicas: 1, ready: 0 });
    tally.put('p2', undefined);
    expect(tally.of('o')).toEqual({ replicas: 0, ready: 0 });
  });
});

describe('the fields that we own in a live object', () => {
  const fieldsV1 = {
    'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } } },
    'f:data': { 'f:a': {} },
  };
  const managedFields = [{ manager: 'us', operation: 'Apply', fieldsV1 }];
  const object = (data: object, port: object) =>
    ({ metadata: { managedFields }, data, spec: { ports: [port] } }) as never;
  const before = ownedText(object({ a: '1' }, { port: 80, protocol: 'TCP', name: 'http' }), 'us');
  it('do not change when somebody adds a field of his own or the member defaults one', () => {
    expect(
      ownedText(object({ a: '1', b: '2' }, { port: 80, protocol: 'TCP', name: 'http', targetPort: 80 }), 'us'),
    ).toBe(before);
  });
  it('change when one of ours is edited or removed', () => {
    expect(ownedText(object({ a: '2' }, { port: 80, protocol: 'TCP', name: 'http' }), 'us')).not.toBe(before);
    expect(ownedText(object({ a: '1' }, { port: 81, protocol: 'TCP', name: 'http' }), 'us')).not.toBe(before);
  });
  it('are none when we never applied', () => {
    expect(ownedText(object({}, {}), 'somebody')).toBeUndefined();
  });
});

it('objects are applied in an order in which they can stand on one another', () => {
  const of = (kind: string, name = 'x') => ({ group: '', kind, namespace: '', name, uid: name });
  const sorted = ['Boat', 'Deployment', 'ConfigMap', 'Namespace', 'Service', 'CustomResourceDefinition']
    .map((kind) => of(kind))
    .sort(byKindOrder);
  expect(sorted.map((one) => one.kind)).toEqual([
    'Namespace',
    'CustomResourceDefinition',
    'ConfigMap',
    'Service',
    'Deployment',
    'Boat',
  ]);
});
