import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startMembers } from '@skerry/local/members/start-members';
import type { JoinRequest } from '../api/join-cluster.ts';
import type { Platform } from './platform.ts';

/** A member cluster of the demonstration, however it is made. */
export interface DemoMember {
  readonly join: JoinRequest;
  /** the member's own API, as its administrator */
  get(path: string): Promise<any>;
  patch(path: string, body: unknown): Promise<void>;
  remove(path: string): Promise<void>;
}

export interface DemoMembers {
  readonly members: readonly DemoMember[];
  stop(): Promise<void>;
}

/** Three clusters of different size and region. */
export const DEMO_CLUSTERS = [
  { name: 'north', region: 'north', nodes: 3, nodeCpuMillis: 8_000, nodeMemoryBytes: 16 * 2 ** 30 },
  { name: 'south', region: 'south', nodes: 2, nodeCpuMillis: 4_000, nodeMemoryBytes: 8 * 2 ** 30 },
  { name: 'west', region: 'west', nodes: 1, nodeCpuMillis: 16_000, nodeMemoryBytes: 32 * 2 ** 30 },
] as const;

/** Real API servers, controllers and schedulers; only the nodes are played (kwok). */
export const startRealMembers = async (platform: Platform, report: (line: string) => void): Promise<DemoMembers> => {
  const { supervisor, dir } = platform;
  const started = await startMembers({ dir: join(dir, 'members'), members: [...DEMO_CLUSTERS], supervisor, report });
  const members = started.members.map((member): DemoMember => {
    const call = async (method: string, path: string, body?: unknown): Promise<any> => {
      const contentType = 'application/merge-patch+json';
      const answer = await member.request({ method, path, body, contentType } as never);
      return answer.status < 300 ? answer.body : undefined;
    };
    return {
      join: { name: member.name, region: member.region, kubeconfig: readFileSync(member.kubeconfig('skerry'), 'utf8') },
      get: (path) => call('GET', path),
      patch: (path, body) => call('PATCH', path, body),
      remove: (path) => call('DELETE', path),
    };
  });
  return { members, stop: () => started.close() };
};
