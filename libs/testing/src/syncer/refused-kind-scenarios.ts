import { describe, expect, it } from '@jest/globals';
import { pathOf } from './hand.ts';
import { boatOf, configMapOf, definitionOf, namespaceOf } from './manifests.ts';
import { untilSaid } from './seen.ts';
import type { SyncerStage } from './syncer-stage.ts';
import type { WatchedMember } from './watched-member.ts';

/** More than are under way at once. */
const MANY = 20;
const PATIENCE_MS = 10_000;

/** Lists of the kind are refused, as without rights or with a dead server behind the API; until the result is called. */
const refuseBoats = (member: WatchedMember, { group, status }: { group: string; status: number }): (() => void) =>
  member.edit((asked, response) =>
    asked.method === 'GET' && asked.path.startsWith(`/apis/${group}/v1/boats?`)
      ? { ...response, status, body: { kind: 'Status', reason: 'NoList', message: 'no list today' } }
      : response,
  );

/** One kind that cannot be listed is one kind that waits. */
export const refusedKindScenarios = (open: () => SyncerStage): void => {
  describe('a kind that cannot be listed', () => {
    const withDefinition = async (stage: SyncerStage) => {
      const group = `${stage.namespace}.example.com`;
      await stage.hand.make(definitionOf(group));
      await stage.desire(namespaceOf(stage.namespace));
      return { group, remove: () => stage.hand.remove(pathOf(definitionOf(group))) };
    };

    it.each([403, 503])('with %i holds up nothing else, and says why it waits', async (status) => {
      const stage = open();
      const { group, remove } = await withDefinition(stage);
      const watched = stage.access();
      const mend = refuseBoats(watched, { group, status });
      const boats: string[] = [];
      for (let index = 0; index < MANY; index += 1)
        boats.push(await stage.desire(boatOf(group, stage.namespace, { name: `b-${index}` })));
      await stage.begin({ watched });
      await untilSaid(stage, boats[0]!, 'Waiting KindNotListed');
      expect(stage.observed(boats[0]!)!.message).toMatch(/Boat cannot be listed: .*no list today/);
      const after = await stage.desire(configMapOf(stage.namespace, 'after'));
      await untilSaid(stage, after, 'Applied');
      mend();
      stage.clock.skip(PATIENCE_MS);
      for (const uid of boats) await untilSaid(stage, uid, 'Applied');
      await remove();
    });

    it('is unknown after a restart: what is withdrawn of it is neither deleted nor gone', async () => {
      const stage = open();
      const { group, remove } = await withDefinition(stage);
      const boat = boatOf(group, stage.namespace);
      const uid = await stage.desire(boat);
      const first = await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await first.stop();
      await stage.withdraw(uid);
      const orphan = boatOf(group, stage.namespace, { name: 'orphan' });
      const { metadata } = await stage.hand.get(pathOf(boat));
      const annotations = { 'skerry.dev/uid': 'uid-of-the-orphan' };
      await stage.hand.make({ ...orphan, metadata: { ...orphan.metadata, labels: metadata.labels, annotations } });
      const watched = stage.access();
      const mend = refuseBoats(watched, { group, status: 403 });
      await stage.begin({ watched });
      await untilSaid(stage, uid, 'Waiting KindNotListed');
      expect(await stage.hand.get(pathOf(boat))).toBeDefined();
      mend();
      stage.clock.skip(PATIENCE_MS);
      await untilSaid(stage, uid, 'Gone');
      expect(await stage.hand.get(pathOf(boat))).toBeUndefined();
      await untilSaid(stage, 'uid-of-the-orphan', 'Orphan Orphan');
      await remove();
    });
  });
};
