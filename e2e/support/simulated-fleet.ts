import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinCluster } from '@skerry/all-in-one/api/join-cluster';
import { openPlatform, type Platform } from '@skerry/all-in-one/up/platform';
import { type SimulatedMember, startSimulatedMembers } from '@skerry/all-in-one/up/simulated-members';
import { begin, type Running, type Said, skerry } from '@skerry/cli/cli.spec-support';
import { eventually } from './fleet.ts';

/** A whole hub with three simulated clusters (north, south, west), and the command line as a person has it. */
export interface SimulatedFleet {
  readonly platform: Platform;
  member(name: string): SimulatedMember;
  /** any request at a member's own API, as its administrator */
  send(name: string, request: { method: string; path: string; body?: unknown }): Promise<{ status: number; body: any }>;
  /** a command to its end */
  run(...args: string[]): Promise<Said>;
  /** a command that goes on */
  begin(...args: string[]): Running;
  close(): Promise<void>;
}

export const startSimulatedFleet = async (): Promise<SimulatedFleet> => {
  const dir = mkdtempSync(join(tmpdir(), 'skerry-e2e-'));
  const platform = await openPlatform({ dir: join(dir, 'state'), report: () => undefined });
  const simulated = await startSimulatedMembers(platform, () => undefined);
  const members = simulated.members as readonly SimulatedMember[];
  const close = async (): Promise<void> => {
    await platform.stop();
    await simulated.stop();
    if (process.env['SKERRY_KEEP']) return;
    await platform.postgres.discard();
    rmSync(dir, { recursive: true, force: true });
  };
  for (const one of members) {
    const { status, body } = await joinCluster(platform.api, one.join);
    if (status >= 300) throw new Error(`join ${one.join.name}: ${status} ${JSON.stringify(body)}`);
  }
  await eventually('all clusters are Ready', async () => {
    const { body } = await platform.api.call('GET', '/apis/skerry.dev/v1alpha1/clusters');
    return body.items.filter((one: any) => one.status?.verdict === 'Ready').length === members.length;
  });
  const member = (name: string): SimulatedMember => members.find((one) => one.join.name === name)!;
  const options = { kubeconfig: platform.credentials.kubeconfigPath, folder: dir };
  return {
    platform,
    member,
    send: async (name, { method, path, body }) => {
      const user = { name: 'admin', groups: ['system:masters'] };
      const headers = { 'content-type': 'application/json' };
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await member(name).sim.handle({ method, path, headers, user, ...text });
      return { status: answer.status, body: JSON.parse(answer.body) };
    },
    run: (...args) => skerry(args, options),
    begin: (...args) => begin(args, options),
    close,
  };
};
