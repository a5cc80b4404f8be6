import { readFileSync } from 'node:fs';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { MemberClient } from '@skerry/adapters/kubernetes/member-client';
import { BENCH_CONFIG_MAPS, type WatchNames } from './visible.ts';

/** Watches a member's ConfigMaps through the member client, over https as its syncer does. */
export const watchMember =
  (kubeconfig: string | { path: string }): WatchNames =>
  (onName) => {
    const text = typeof kubeconfig === 'string' ? kubeconfig : readFileSync(kubeconfig.path, 'utf8');
    const member = new MemberClient({ clock: systemClock, loadKubeconfig: async () => text });
    const abort = new AbortController();
    void follow(member, { abort, onName });
    return {
      close: () => {
        abort.abort();
        void member.close();
      },
    };
  };

const follow = async (
  member: MemberClient,
  { abort, onName }: { abort: AbortController; onName: (name: string, atMs: number) => void },
): Promise<void> => {
  const path = `${BENCH_CONFIG_MAPS}?watch=true&allowWatchBookmarks=true`;
  for await (const { type, object } of member.watch({ path, signal: abort.signal })) {
    const atMs = performance.now();
    if (type === 'ADDED') onName((object as { metadata: { name: string } }).metadata.name, atMs);
  }
};
