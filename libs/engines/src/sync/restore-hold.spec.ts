import { type KeptObject, type LivingObjects, RestoreHold } from './restore-hold.ts';

const object = (more: Partial<KeptObject>): KeptObject => ({
  uid: 'u1',
  isNamespace: false,
  lives: 5,
  told: 5,
  ownersDelete: false,
  ...more,
});
const lives = (...living: string[]): LivingObjects => ({ living, isKnown: () => true });
const confirmed = (): RestoreHold => {
  const hold = new RestoreHold('north');
  hold.begin();
  hold.confirm();
  return hold;
};

describe('a cluster whose hub came back from a backup', () => {
  it('keeps everything until a person confirms, and says what to type', () => {
    const hold = new RestoreHold('north');
    expect(hold.holdOf(object({}))).toBe('');
    hold.begin();
    expect(hold.holdOf(object({ ownersDelete: true }))).toContain('skerry confirm restore north');
    expect(hold.keeps('whatever')).toBe(true);
    expect(hold.isOver(lives())).toBe(false);
  });

  it('keeps an object after the confirmation until told has reached what lives', () => {
    const hold = confirmed();
    expect(hold.holdOf(object({ told: 2 }))).toContain('has not yet taken over the 5');
    expect(hold.holdOf(object({ told: undefined }))).not.toBe('');
    expect(hold.keeps('u1')).toBe(true);
    expect(hold.isOver(lives('u1'))).toBe(false);
    expect(hold.holdOf(object({ told: 5 }))).toBe('');
    // from then on it goes by the hub, also down
    expect(hold.holdOf(object({ told: 2 }))).toBe('');
    expect(hold.isOver(lives('u1'))).toBe(true);
  });

  it('lets an owner’s delete and an empty namespace go without being told anything', () => {
    expect(confirmed().holdOf(object({ told: undefined, ownersDelete: true }))).toBe('');
    expect(confirmed().holdOf(object({ told: undefined, isNamespace: true }))).toBe('');
  });

  it('does not wait for objects that the hub does not know, and keeps them until it has heard of them', () => {
    const hold = confirmed();
    const unheard = { living: ['u1', 'unheard'], isKnown: (uid: string) => uid === 'u1' };
    expect(hold.isOver(unheard)).toBe(false);
    hold.holdOf(object({ told: 5 }));
    expect(hold.isOver(unheard)).toBe(true);
    hold.end(unheard);
    expect([hold.keeps('u1'), hold.keeps('unheard')]).toEqual([false, true]);
    expect(hold.holdOf(object({ uid: 'unheard', told: 2 }))).toContain('has not yet taken over the 5');
    expect(hold.holdOf(object({ uid: 'unheard', told: 5 }))).toBe('');
    expect(hold.holdOf(object({ uid: 'unheard', told: 2 }))).toBe('');
  });

  it('keeps what is found only after the confirmation just so', () => {
    expect(confirmed().holdOf(object({ uid: 'found late', told: 1 }))).toContain('has not yet taken over the 5');
    expect(confirmed().keeps('found late')).toBe(true);
  });

  it('lets what is made here go by the hub', () => {
    const hold = confirmed();
    hold.made('new');
    expect(hold.holdOf(object({ uid: 'new', told: 1 }))).toBe('');
    expect(hold.isOver(lives('new'))).toBe(true);
  });

  it('goes by the hub when it is over', () => {
    const hold = confirmed();
    hold.end({ living: ['u1'], isKnown: () => true });
    expect([hold.holdOf(object({ told: 1 })), hold.holdOf(object({ uid: 'later', told: 1 }))]).toEqual(['', '']);
  });
});
