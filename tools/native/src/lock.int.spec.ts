import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tryLock } from './lock.ts';
import { identityOf } from './process-identity.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-lock-'));
  path = join(folder, 'below', 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a lock', () => {
  it('is held by one at a time and can be had again after its release', () => {
    const first = tryLock(path);
    expect(first.held).toBe(true);
    expect(tryLock(path)).toEqual({ held: false, holder: identityOf(process.pid) });
    if (first.held) first.release();
    expect(tryLock(path).held).toBe(true);
    expect(readdirSync(join(folder, 'below'))).toEqual(['lock']);
  });

  it('of a dead process is taken over, and the dead one is named', async () => {
    tryLock(path);
    const dead = spawn('true');
    await once(dead, 'exit');
    writeFileSync(path, JSON.stringify({ pid: dead.pid, startedAt: 'earlier' }));
    expect(tryLock(path)).toMatchObject({ held: true, tookOverFrom: dead.pid });
  });

  it('of a process whose pid another one has by now is taken over', () => {
    tryLock(path);
    writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: 'before the last boot' }));
    expect(tryLock(path)).toMatchObject({ held: true, tookOverFrom: process.pid });
  });

  it('that was cut off while being written is taken over', () => {
    tryLock(path);
    writeFileSync(path, '{"pid": 1');
    expect(tryLock(path).held).toBe(true);
  });

  it('is not removed by a holder that has lost it', () => {
    const lost = tryLock(path);
    rmSync(path);
    writeFileSync(path, JSON.stringify(identityOf(1)));
    if (lost.held) lost.release();
    expect(tryLock(path)).toMatchObject({ held: false, holder: { pid: 1 } });
  });
});
