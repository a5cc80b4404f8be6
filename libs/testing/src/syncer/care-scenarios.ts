import { describe, expect, it } from '@jest/globals';
import { pathOf } from './hand.ts';
import { configMapOf, deploymentOf, namespaceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import type { RunningSyncer, SyncerStage } from './syncer-stage.ts';

const REPAIR_DEADLINE_MS = 2_000;
const MINUTE_MS = 60_000;

/** What was applied stays as desired, without a fight. */
export const careScenarios = (open: () => SyncerStage): void => {
  const withNote = async (stage: SyncerStage) => {
    await stage.desire(namespaceOf(stage.namespace));
    const note = configMapOf(stage.namespace, 'note');
    const uid = await stage.desire(note);
    const syncer: RunningSyncer = await stage.begin();
    await untilSaid(stage, uid, 'Applied');
    return { uid, syncer, note, path: pathOf(note) };
  };
  const repaired = (stage: SyncerStage, path: string) =>
    seen('repaired', async () => (await stage.hand.get(path))?.data.key === 'value', REPAIR_DEADLINE_MS);

  describe('drift', () => {
    it('by an edit is repaired within 2 s, and who it was is reported', async () => {
      const stage = open();
      const { uid, path } = await withNote(stage);
      await stage.hand.edit(path, { patch: { data: { key: 'drift' } }, manager: 'somebody' });
      await repaired(stage, path);
      await seen('reported', async () => stage.repairs(uid).length > 0);
      expect(stage.repairs(uid)[0]).toEqual({
        action: 'reverted',
        manager: expect.stringMatching(/^somebody/),
        fields: ['.data.key'],
      });
    });

    it('by a delete is repaired within 2 s and reported', async () => {
      const stage = open();
      const { uid, path } = await withNote(stage);
      await stage.hand.remove(path);
      await repaired(stage, path);
      await seen('reported', async () => stage.repairs(uid).length > 0);
      expect(stage.repairs(uid)[0]).toMatchObject({ action: 'recreated' });
    });

    it('while the hub is gone is repaired all the same', async () => {
      const stage = open();
      const { path } = await withNote(stage);
      stage.hub.setReachable(false);
      stage.bus.setConnected(false);
      await stage.hand.edit(path, { patch: { data: { key: 'drift' } } });
      await repaired(stage, path);
    });

    it('while the syncer was down is repaired in exactly the places that drifted', async () => {
      const stage = open();
      const { path, syncer } = await withNote(stage);
      const other = configMapOf(stage.namespace, 'other');
      const web = deploymentOf(stage.namespace, { replicas: 1 });
      for (const manifest of [other, web, configMapOf(stage.namespace, 'third')])
        await untilSaid(stage, await stage.desire(manifest), 'Applied');
      await syncer.stop();
      await stage.hand.edit(path, { patch: { data: { key: 'drift' } } });
      await stage.hand.remove(pathOf(other));
      const again = await stage.begin();
      await repaired(stage, path);
      await repaired(stage, pathOf(other));
      await seen('a complete set', async () => stage.reports.at(-1)!.objects.length === 0 || stage.reports.length > 0);
      const places = new Set(again.member.mutations.map((mutation) => mutation.split(' ')[1]));
      expect([...places].sort()).toEqual([path, pathOf(other)].sort());
    });

    it('is not what another cluster of the same name had and this one has not', async () => {
      const stage = open();
      const { uid, path, syncer } = await withNote(stage);
      await syncer.stop();
      await stage.hand.remove(path);
      await stage.begin({ clusterUid: 'uid-of-the-next' });
      await repaired(stage, path);
      const { metadata } = await stage.hand.get(path);
      await seen('reported', async () => stage.observed(uid)!.memberUid === metadata.uid);
      expect(stage.repairs(uid)).toEqual([]);
    });

    it('that is no field of ours is left alone', async () => {
      const stage = open();
      const { uid, path, syncer } = await withNote(stage);
      const before = syncer.member.mutations.length;
      await stage.hand.edit(path, { patch: { data: { theirs: 'x' }, metadata: { labels: { their: 'label' } } } });
      // an edit of ours that comes after it shows that theirs was seen
      await stage.hand.edit(path, { patch: { data: { key: 'drift' } } });
      await repaired(stage, path);
      const live = await stage.hand.get(path);
      expect([live.data.theirs, live.metadata.labels.their]).toEqual(['x', 'label']);
      await seen('reported', async () => stage.repairs(uid).length > 0);
      expect(stage.repairs(uid).flatMap(({ fields }) => fields)).toEqual(['.data.key']);
      expect(syncer.member.mutations.length).toBe(before + 2);
    });
  });

  it('a field that one other manager keeps writing is Contended after three repairs, and repaired again later', async () => {
    const stage = open();
    const { uid, path, note } = await withNote(stage);
    const theirs = { ...note, data: { key: 'theirs' } };
    for (let time = 0; time < 3; time += 1) {
      await stage.hand.seize(theirs, 'rival');
      await repaired(stage, path);
    }
    await stage.hand.seize(theirs, 'rival');
    await untilSaid(stage, uid, 'Contended Contended');
    expect(await stage.metrics.text()).toContain('skerry_syncer_contended_objects{cluster="c1"} 1');
    expect((await stage.hand.get(path)).data.key).toBe('theirs');
    await seen('three repairs are reported', async () => stage.repairs(uid).length === 3);
    stage.clock.skip(MINUTE_MS);
    await repaired(stage, path);
    await untilSaid(stage, uid, 'Applied');
    expect(await stage.metrics.text()).toContain('skerry_syncer_contended_objects{cluster="c1"} 0');
  });
};
