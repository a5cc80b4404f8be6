import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { orFullDisk, requireSpace } from './disk-space.ts';
import { openState } from './state-folder.ts';

let path: string;
beforeEach(() => {
  path = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-state-')));
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

describe('a fresh start', () => {
  it('removes all parts, and the one that lies elsewhere', async () => {
    const elsewhere = mkdtempSync('/var/tmp/skerry-');
    writeFileSync(join(path, 'location'), `${elsewhere}\n`);
    for (const part of ['postgres', 'nats', 'members', 'members-sim', 'hub']) mkdirSync(join(path, part));
    const state = await openState({ path, fresh: true });
    expect(
      ['location', 'postgres', 'nats', 'members', 'members-sim', 'hub'].filter((part) => existsSync(join(path, part))),
    ).toEqual([]);
    expect(existsSync(elsewhere)).toBe(false);
    state.release();
  });

  it('removes nothing elsewhere that does not look like ours', async () => {
    const stranger = mkdtempSync(join(tmpdir(), 'skerry-stranger-'));
    writeFileSync(join(path, 'location'), stranger);
    (await openState({ path, fresh: true })).release();
    expect(existsSync(stranger)).toBe(true);
    rmSync(stranger, { recursive: true });
  });
});

describe('a start', () => {
  it('keeps all parts if not told otherwise', async () => {
    mkdirSync(join(path, 'postgres'));
    (await openState({ path })).release();
    expect(existsSync(join(path, 'postgres'))).toBe(true);
  });

  it('in a folder that cannot be made says so', async () => {
    writeFileSync(join(path, 'file'), '');
    await expect(openState({ path: join(path, 'file', 'below') })).rejects.toThrow(
      /cannot make the state folder .*file\/below \(ENOTDIR\) — choose a state folder that you may write/,
    );
  });

  it('with too little room says how much is missing and what to do', async () => {
    await expect(requireSpace(path, async () => 199.5)).rejects.toThrow(
      `only 199 MB are free where ${path} lies; 200 MB are needed — free some space`,
    );
    await expect(requireSpace(path, async () => 200)).resolves.toBeUndefined();
  });

  it('whose last room went while something was written says so beside what failed', async () => {
    const failure = new Error('error creating store for stream');
    const explained = await orFullDisk(failure, { folder: path, freeMb: async () => 15.9 });
    expect(explained).toMatchObject({
      message: `error creating store for stream; only 15 MB are free where ${path} lies — free some space, or choose another state folder`,
      cause: failure,
    });
  });

  it.each([
    ['enough room', async () => 16],
    ['room that cannot be told', () => Promise.reject(new Error('ENOENT'))],
  ])('with %s leaves a failure as it is', async (_what, freeMb) => {
    const failure = new Error('error creating store for stream');
    expect(await orFullDisk(failure, { folder: path, freeMb })).toBe(failure);
  });
});
