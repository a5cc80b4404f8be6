import { describe, expect, it } from '@jest/globals';
import { pathOf } from './hand.ts';
import { configMapOf, namespaceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import type { SyncerStage } from './syncer-stage.ts';
import { isLease } from './watched-member.ts';

const LEASE_MS = 15_000;
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/skerry-system/leases/skerry-syncer';

/** One syncer acts per cluster. */
export const leaseScenarios = (open: () => SyncerStage): void => {
  const withNote = async (stage: SyncerStage) => {
    await stage.desire(namespaceOf(stage.namespace));
    const note = configMapOf(stage.namespace, 'note');
    const uid = await stage.desire(note);
    const first = await stage.begin();
    await untilSaid(stage, uid, 'Applied');
    return { first, path: pathOf(note) };
  };

  describe('the lease', () => {
    it('lets one syncer act: a second one does nothing until the first has let go', async () => {
      const stage = open();
      const { path, first } = await withNote(stage);
      const second = await stage.begin({ holder: 'second' });
      const terms = (): Set<bigint> => new Set(stage.reports.map((report) => report.term));
      await stage.hand.edit(path, { patch: { data: { key: 'drift' } } });
      await seen('repaired', async () => (await stage.hand.get(path)).data.key === 'value');
      await seen('the second has asked for it again', async () => second.member.requests.filter(isLease).length >= 2);
      expect([second.member.mutations, terms().size]).toEqual([[], 1]);
      await first.stop();
      await stage.hand.edit(path, { patch: { data: { key: 'drift' } } });
      await seen('repaired by the second', async () => (await stage.hand.get(path)).data.key === 'value');
      expect(second.member.mutations).toContain(`PATCH ${path}`);
      const [one, two] = await seen('its reports', async () => terms().size === 2 && [...terms()]);
      expect(two! > one!).toBe(true);
    });

    it('that ran out while a change was on its way keeps it from being sent', async () => {
      const stage = open();
      const { first } = await withNote(stage);
      const term = stage.reports.at(-1)!.term;
      const space = namespaceOf(`${stage.namespace}-more`);
      const path = pathOf(space);
      const rejoin = first.member.cut(isLease);
      // before a namespace is made the member is asked whether it is there: there the syncer is stopped
      const gate = first.member.hold(({ method, path: asked }) => method === 'GET' && asked === path);
      await stage.desire(space);
      await gate.reached;
      stage.clock.skip(LEASE_MS + 1);
      const sent = first.member.requests.length;
      gate.open();
      await seen('it has gone on', async () => first.member.requests.length > sent);
      rejoin();
      await seen('made', async () => (await stage.hand.get(path)) !== undefined);
      const later = first.member.requests.slice(sent);
      const taken = later.findIndex((one) => one.path === LEASE && one.method === 'PATCH');
      const made = later.findIndex((one) => one.method === 'PATCH' && one.path.startsWith(path));
      expect([taken >= 0, made > taken]).toEqual([true, true]);
      await seen('a new term', async () => stage.reports.at(-1)!.term > term);
    });

    it('that somebody deletes is taken anew with a term that is higher than the last', async () => {
      const stage = open();
      await withNote(stage);
      const term = stage.reports.at(-1)!.term;
      await stage.hand.edit(LEASE, {
        patch: { spec: { leaseTransitions: Number(term) + 1_000, holderIdentity: 'first' } },
      });
      stage.clock.skip(LEASE_MS);
      await seen('taken with a higher term', async () => stage.reports.at(-1)!.term > term + 1_000n);
      const high = stage.reports.at(-1)!.term;
      await stage.hand.remove(LEASE);
      stage.clock.skip(LEASE_MS);
      await seen('taken anew', async () => stage.reports.at(-1)!.term !== high);
      expect(stage.reports.at(-1)!.term > high).toBe(true);
    });
  });
};
