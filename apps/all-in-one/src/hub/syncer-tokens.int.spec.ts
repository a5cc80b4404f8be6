import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncerUser, Tokens } from '@skerry/gateway/access/tokens';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { addToken } from './credentials.ts';
import { SyncerTokens } from './syncer-tokens.ts';

describe("a syncer's token", () => {
  let dir: string;
  let tokens: SyncerTokens;
  let gateway: Tokens;
  const userOf = async (token: string): Promise<string | undefined> => (await gateway.authenticate(token))?.name;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'skerry-tokens-'));
    const tokensPath = join(dir, 'tokens.json');
    addToken(tokensPath, { token: 'admin-token', user: 'admin', groups: ['skerry:admins'] });
    tokens = new SyncerTokens({ dir, tokensPath });
    gateway = new Tokens({ path: tokensPath, log: silentLog });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is the same as long as its cluster is there', async () => {
    const token = tokens.of({ name: 'a', uid: 'a1' });
    expect(tokens.keepOnly(new Map([['a', 'a1']]))).toEqual([]);
    expect(tokens.of({ name: 'a', uid: 'a1' })).toBe(token);
    expect(await userOf(token)).toBe(syncerUser('a'));
  });

  it('goes with its cluster: from the files, and soon it opens nothing; nobody else loses his', async () => {
    const [a, b] = [tokens.of({ name: 'a', uid: 'a1' }), tokens.of({ name: 'b', uid: 'b1' })];
    expect([await userOf(a), await userOf(b)]).toEqual([syncerUser('a'), syncerUser('b')]);
    expect(tokens.keepOnly(new Map([['b', 'b1']]))).toEqual(['a']);
    expect(existsSync(join(dir, 'syncers', 'a.token'))).toBe(false);
    await waitUntil('the dropped token opens nothing', { holds: async () => (await userOf(a)) === undefined });
    expect([await userOf(b), await userOf('admin-token')]).toEqual([syncerUser('b'), 'admin']);
  });

  it('is another one for another cluster of the same name', async () => {
    const old = tokens.of({ name: 'a', uid: 'a1' });
    const fresh = tokens.of({ name: 'a', uid: 'a2' });
    expect(fresh).not.toBe(old);
    expect([await userOf(old), await userOf(fresh)]).toEqual([undefined, syncerUser('a')]);
    expect(tokens.keepOnly(new Map([['a', 'a2']]))).toEqual([]);
    expect(tokens.keepOnly(new Map([['a', 'a3']]))).toEqual(['a']);
  });

  it('that does not say whose it is, of an older version, is replaced at the next use', async () => {
    addToken(join(dir, 'tokens.json'), { token: 'old-token', user: syncerUser('a'), groups: ['skerry:syncers'] });
    mkdirSync(join(dir, 'syncers'));
    writeFileSync(join(dir, 'syncers', 'a.token'), 'old-token');
    expect(tokens.keepOnly(new Map([['a', 'a1']]))).toEqual([]);
    const token = tokens.of({ name: 'a', uid: 'a1' });
    expect(token).not.toBe('old-token');
    expect([await userOf('old-token'), await gateway.authenticate(token)]).toEqual([
      undefined,
      { name: syncerUser('a'), groups: ['skerry:syncers'], uid: 'a1' },
    ]);
  });
});
