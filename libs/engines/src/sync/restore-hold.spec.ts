import { type KeptObject, RestoreHold } from './restore-hold.ts';

const object = (more: Partial<KeptObject>): KeptObject => ({
  uid: 'u1',
  isNamespace: false,
  lives: 5,
  told: 5,
  ownersDelete: false,
  ...more,
});
const confirmed = (): RestoreHold => {
  const hold = new RestoreHold('north');
  hold.begin();
  hold.confirm(['u1']);
  return hold;
};

describe('a cluster whose hub came back from a backup', () => {
  it('keeps everything until a person confirms, and says what to type', () => {
    const hold = new RestoreHold('north');
    expect(hold.holdOf(object({}))).toBe('');
    hold.begin();
    expect(hold.holdOf(object({ ownersDelete: true }))).toContain('skerry confirm restore north');
    expect(hold.keeps('whatever')).toBe(true);
    expect(hold.isOver(() => false)).toBe(false);
  });

  it('keeps an object after the confirmation until told has reached what lives', () => {
    const hold = confirmed();
    expect(hold.holdOf(object({ told: 2 }))).toContain('has not yet taken over the 5');
    expect(hold.holdOf(object({ told: undefined }))).not.toBe('');
    expect(hold.keeps('u1')).toBe(true);
    expect(hold.isOver((uid) => uid === 'u1')).toBe(false);
    expect(hold.holdOf(object({ told: 5 }))).toBe('');
    // from then on it goes by the hub, also down
    expect(hold.holdOf(object({ told: 2 }))).toBe('');
    expect(hold.isOver((uid) => uid === 'u1')).toBe(true);
  });

  it('lets an owner’s delete and an empty namespace go without being told anything', () => {
    expect(confirmed().holdOf(object({ told: undefined, ownersDelete: true }))).toBe('');
    expect(confirmed().holdOf(object({ told: undefined, isNamespace: true }))).toBe('');
  });

  it('does not wait for objects that the hub does not know', () => {
    expect(confirmed().isOver(() => false)).toBe(true);
  });

  it('lets what came after the confirmation go by the hub', () => {
    expect(confirmed().holdOf(object({ uid: 'new', told: 1 }))).toBe('');
  });
});
