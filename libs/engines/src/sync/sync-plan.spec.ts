import { planSync, type SyncFacts } from './sync-plan.ts';

const desired = { uid: 'u1', kind: 'ConfigMap', group: '', hash: 'h1', adopt: false };
const withdrawn = { uid: 'u1', kind: 'ConfigMap', group: '', cause: 'move' as const };
const live = { memberUid: 'm1', hubUid: 'u1', terminating: false, ownedHash: 'o1', adopted: false };
const applied = { desiredHash: 'h1', ownedHash: 'o1' };
const plan = (facts: Partial<SyncFacts>) =>
  planSync({
    desired: undefined,
    withdrawn: undefined,
    live: undefined,
    applied: undefined,
    otherIsKnown: false,
    deleteHold: '',
    changeHold: '',
    ...facts,
  });

describe('what a cluster does with an object that is desired', () => {
  it('nothing, when what was applied and what lives are as desired', () => {
    expect(plan({ desired, live, applied })).toEqual({ kind: 'none' });
  });
  it('makes it, updates it, repairs it, makes it again', () => {
    expect(plan({ desired })).toMatchObject({ why: 'create' });
    expect(plan({ desired, applied })).toMatchObject({ why: 'recreate' });
    expect(plan({ desired: { ...desired, hash: 'h2' }, live, applied })).toMatchObject({ why: 'update' });
    expect(plan({ desired, live: { ...live, ownedHash: 'other' }, applied })).toMatchObject({ why: 'repair' });
  });
  it('waits for a predecessor that is terminating, or that has to go first', () => {
    expect(plan({ desired, live: { ...live, terminating: true } })).toMatchObject({
      kind: 'wait',
      reason: 'Terminating',
    });
    expect(plan({ desired, live: { ...live, hubUid: 'u0' }, otherIsKnown: true })).toMatchObject({
      kind: 'wait',
      reason: 'Replacing',
    });
  });
  it('changes nothing that lives while a restored hub waits for a person, but makes what is missing', () => {
    const changeHold = 'confirm the restore';
    const older = { ...desired, hash: 'h0' };
    expect(plan({ desired: older, live, applied, changeHold })).toEqual({
      kind: 'wait',
      reason: 'Held',
      message: changeHold,
    });
    expect(plan({ desired, live, applied, changeHold })).toEqual({ kind: 'none' });
    expect(plan({ desired, changeHold })).toMatchObject({ why: 'create' });
  });
  it('leaves alone what is not ours, unless it is to be adopted; a namespace is good enough as it is', () => {
    const foreign = { ...live, hubUid: '' };
    expect(plan({ desired, live: foreign })).toMatchObject({ kind: 'not-ours' });
    expect(plan({ desired: { ...desired, adopt: true }, live: foreign })).toMatchObject({ why: 'adopt' });
    expect(plan({ desired: { ...desired, kind: 'Namespace' }, live: foreign })).toEqual({ kind: 'leave-existing' });
    expect(plan({ desired, live: { ...live, hubUid: 'unknown' } })).toMatchObject({ kind: 'not-ours' });
  });
});

describe('what a cluster does with an object that is withdrawn', () => {
  it('deletes it by the uid that lives there', () => {
    expect(plan({ withdrawn, live })).toEqual({ kind: 'delete', memberUid: 'm1' });
  });
  it('nothing, when it is gone or another object has its name', () => {
    expect(plan({ withdrawn })).toEqual({ kind: 'gone' });
    expect(plan({ withdrawn, live: { ...live, hubUid: 'u2' } })).toEqual({ kind: 'gone' });
    expect(plan({ withdrawn, live: { ...live, hubUid: '' } })).toEqual({ kind: 'gone' });
  });
  it('waits while a person has to speak first, and never deletes a namespace that it did not make', () => {
    expect(plan({ withdrawn, live, deleteHold: 'confirm' })).toMatchObject({ kind: 'wait', message: 'confirm' });
    const namespace = { ...withdrawn, kind: 'Namespace' };
    expect(plan({ withdrawn: namespace, live: { ...live, adopted: true } })).toMatchObject({
      kind: 'wait',
      reason: 'NotMadeByUs',
    });
  });
});

it('absence never deletes: what is neither desired nor withdrawn is left alone', () => {
  expect(plan({ live })).toEqual({ kind: 'none' });
});
