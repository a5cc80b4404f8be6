import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemberClient } from '@skerry/adapters/kubernetes/member-client';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { startMembers } from '@skerry/local/members/start-members';
import { ClusterSyncer } from '@skerry/syncer/syncer.service';
import { syncerSuite } from '@skerry/testing/syncer/syncer-suite';

syncerSuite({
  name: 'a real cluster',
  openMember: async () => {
    const dir = mkdtempSync(join(tmpdir(), 'skerry-syncer-'));
    const members = await startMembers({ dir, members: ['c1'], report: () => undefined });
    const member = members.member('c1');
    const loadKubeconfig = async (): Promise<string> => readFileSync(member.kubeconfig('skerry'), 'utf8');
    return {
      access: () => new MemberClient({ clock: systemClock, loadKubeconfig }),
      freeze: (part) => member.freeze(part),
      close: async () => {
        await members.close();
        if (!process.env['SKERRY_KEEP']) rmSync(dir, { recursive: true, force: true });
      },
    };
  },
  makeSyncer: (parts) => new ClusterSyncer(parts),
});
