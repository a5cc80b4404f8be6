import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markWhole } from '../state-folder.ts';
import { nodesOf, openPlan } from './plan.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'skerry-plan-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lines: string[] = [];
const report = (line: string): void => void lines.push(line);

describe('the plan of the members', () => {
  it('gives each its own ports, tokens and addresses', async () => {
    const { members, etcdClientPort, etcdPeerPort } = await openPlan(dir, { names: ['c1', 'c2'] });
    const ports = members.flatMap((m) => [m.apiPort, m.controllerManagerPort, m.schedulerPort, m.kwokPort]);
    expect(new Set([etcdClientPort, etcdPeerPort, ...ports]).size).toBe(10);
    expect(new Set(members.flatMap(({ tokens }) => Object.values(tokens))).size).toBe(10);
    expect(members.map(({ serviceCidr, podCidr }) => [serviceCidr, podCidr])).toEqual([
      ['10.101.0.0/16', '10.1.0.0/16'],
      ['10.102.0.0/16', '10.2.0.0/16'],
    ]);
  });

  it('is kept for the next start, and for its owner alone', async () => {
    const first = await openPlan(dir, { names: ['c1'] });
    markWhole(dir);
    expect(await openPlan(dir, { names: ['c1'] })).toEqual(first);
    expect(statSync(join(dir, 'plan.json')).mode & 0o777).toBe(0o600);
  });

  it('is made anew if the start that made it was cut', async () => {
    const first = await openPlan(dir, { names: ['c1'], report });
    expect(lines).toEqual([]);
    expect(await openPlan(dir, { names: ['c1'], report })).not.toEqual(first);
    expect(lines).toEqual([`${dir} was left half-written: building it anew`]);
  });

  it('of other clusters is not overwritten', async () => {
    await openPlan(dir, { names: ['c1'] });
    markWhole(dir);
    await expect(openPlan(dir, { names: ['c1', 'c2'] })).rejects.toThrow(
      /holds the clusters c1, not c1, c2 — begin anew/,
    );
  });

  it('refuses a name that is no DNS label', async () => {
    await expect(openPlan(dir, { names: ['C_1'] })).rejects.toThrow('cluster name "C_1" is no DNS label — use a-z');
  });
});

describe('the nodes of a member', () => {
  it('are spread over its zones in turn', () => {
    const order = {
      name: 'c1',
      region: 'north',
      zones: ['n-a', 'n-b'],
      nodes: 3,
      nodeCpuMillis: 1,
      nodeMemoryBytes: 1,
    };
    expect(nodesOf(order).map(({ name, labels }) => [name, labels['topology.kubernetes.io/zone']])).toEqual([
      ['c1-node-1', 'n-a'],
      ['c1-node-2', 'n-b'],
      ['c1-node-3', 'n-a'],
    ]);
  });
});
