import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { hashToken, Tokens } from './tokens.ts';

describe('the token file', () => {
  let dir: string;
  let path: string;
  let said: string[];
  let tokens: Tokens;
  const write = (...users: string[]): void =>
    writeFileSync(path, JSON.stringify(users.map((user) => ({ sha256: hashToken(user), user, groups: ['g'] }))));
  const knows = async (user: string): Promise<boolean> => (await tokens.authenticate(user))?.name === user;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'skerry-tokens-'));
    path = join(dir, 'tokens.json');
    said = [];
    tokens = new Tokens({ path, log: { error: (keys, message) => said.push(`${message} ${JSON.stringify(keys)}`) } });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it.each([
    ['is broken', () => writeFileSync(path, '[{"sha256": "secret')],
    ['is a list of something else', () => writeFileSync(path, '[{"sha256": "abc", "user": "a"}]')],
    ['is gone', () => rmSync(path)],
  ])('keeps its last good state while it %s, says so once, and is read again when it is whole', async (_how, spoil) => {
    write('ann', 'ben');
    expect(await knows('ann')).toBe(true);
    spoil();
    expect([await knows('eve'), await knows('eve')]).toEqual([false, false]);
    expect([await knows('ann'), await knows('ben')]).toEqual([true, true]);
    expect(said).toEqual([expect.stringMatching(/^the token file cannot be read: the tokens read last stand/)]);
    expect(said.join()).not.toContain('secret');
    write('ben', 'eve');
    expect(await knows('eve')).toBe(true);
    await waitUntil('who was taken out is nobody', { holds: async () => !(await knows('ann')) });
  });

  it('that could never be read makes nobody anybody: it is a failure, not an unknown token', async () => {
    await expect(tokens.authenticate('ann')).rejects.toThrow('ENOENT');
    write('ann');
    expect(await knows('ann')).toBe(true);
  });
});
