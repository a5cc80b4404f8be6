import { NameTurns } from './name-turns.ts';

describe('two objects of one name', () => {
  it('are looked at one after another, in the order in which they came', async () => {
    const turns = new NameTurns();
    const seen: string[] = [];
    const leaveFirst = await turns.enter('web');
    const others = ['second', 'third'].map(async (who) => {
      const leave = await turns.enter('web');
      seen.push(`${who} begins`);
      await Promise.resolve();
      seen.push(`${who} ends`);
      leave();
    });
    await Promise.resolve();
    expect(seen).toEqual([]);
    leaveFirst();
    await Promise.all(others);
    expect(seen).toEqual(['second begins', 'second ends', 'third begins', 'third ends']);
    expect(turns.size).toBe(0);
  });

  it('wait for nobody of another name', async () => {
    const turns = new NameTurns();
    await turns.enter('web');
    const leave = await turns.enter('other');
    leave();
    expect(turns.size).toBe(1);
  });
});
