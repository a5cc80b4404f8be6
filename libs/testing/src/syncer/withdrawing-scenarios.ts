import { describe, expect, it } from '@jest/globals';
import { pathOf } from './hand.ts';
import { boatOf, configMapOf, definitionOf, namespaceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import { type Discovery, without } from './served.ts';
import type { SyncerStage } from './syncer-stage.ts';

const BEAT_MS = 5_000;
const HELD = { metadata: { finalizers: ['example.com/held'] } };
const RELEASED = { metadata: { finalizers: null } };
const GUARD = 50;

/** What goes: by uid, never by absence, and never too much at once. */
export const withdrawingScenarios = (open: () => SyncerStage): void => {
  const withNote = async (stage: SyncerStage) => {
    const space = await stage.desire(namespaceOf(stage.namespace));
    const note = configMapOf(stage.namespace, 'note');
    const uid = await stage.desire(note);
    const syncer = await stage.begin();
    await untilSaid(stage, uid, 'Applied');
    return { space, uid, syncer, note, path: pathOf(note) };
  };

  describe('a withdrawal', () => {
    it('is confirmed only when the object is gone', async () => {
      const stage = open();
      const { uid, path } = await withNote(stage);
      await stage.hand.edit(path, { patch: HELD });
      await stage.withdraw(uid);
      await untilSaid(stage, uid, 'Waiting Terminating');
      expect((await stage.hand.get(path)).metadata.deletionTimestamp).toBeDefined();
      await stage.hand.edit(path, { patch: RELEASED });
      await untilSaid(stage, uid, 'Gone');
      expect(await stage.hand.get(path)).toBeUndefined();
    });

    it('leaves nothing behind that a restart could take for drift, when the object is desired again', async () => {
      const stage = open();
      const { uid, note, syncer, path } = await withNote(stage);
      await stage.withdraw(uid);
      await untilSaid(stage, uid, 'Gone');
      await stage.desire(note, { uid });
      await untilSaid(stage, uid, 'Applied');
      await stage.withdraw(uid);
      await untilSaid(stage, uid, 'Gone');
      await syncer.stop();
      await stage.desire(note, { uid });
      await stage.begin();
      await seen('made again', async () => (await stage.hand.get(path)) !== undefined);
      await untilSaid(stage, uid, 'Applied');
      expect(stage.repairs(uid)).toEqual([]);
    });

    it('deletes by the uid that lived there: another object of that name stays', async () => {
      const stage = open();
      const { uid, path, note, syncer } = await withNote(stage);
      const gate = syncer.member.hold(({ method }) => method === 'DELETE');
      await stage.withdraw(uid);
      await gate.reached;
      await stage.hand.remove(path);
      const other = await stage.hand.make({ ...note, data: { key: 'somebody else' } });
      gate.open();
      await untilSaid(stage, uid, 'Gone');
      expect(syncer.member.mutations.some((mutation) => mutation === `DELETE ${path}`)).toBe(true);
      expect((await stage.hand.get(path)).metadata.uid).toBe(other.metadata.uid);
    });

    it('is not confirmed by a discovery that is not whole', async () => {
      const stage = open();
      const group = `${stage.namespace}.example.com`;
      const [definition, boat] = [definitionOf(group), boatOf(group, stage.namespace)];
      await stage.hand.make(definition);
      await stage.desire(namespaceOf(stage.namespace));
      const uid = await stage.desire(boat);
      const first = await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await first.stop();
      await stage.withdraw(uid);
      const watched = stage.access();
      const mend = watched.edit((asked, response) =>
        asked.path === '/apis' ? { ...response, body: without(group, response.body as Discovery) } : response,
      );
      await stage.begin({ watched });
      await untilSaid(stage, uid, 'Waiting KindNotServed');
      expect(await stage.hand.get(pathOf(boat))).toBeDefined();
      mend();
      await untilSaid(stage, uid, 'Gone');
      expect(await stage.hand.get(pathOf(boat))).toBeUndefined();
      await stage.hand.remove(pathOf(definition));
    });

    it('of a namespace waits for what is in it and not ours, and leaves one that was there before', async () => {
      const stage = open();
      const { space, uid } = await withNote(stage);
      const theirs = configMapOf(stage.namespace, 'theirs');
      await stage.hand.make(theirs);
      await stage.withdraw(uid);
      await stage.withdraw(space);
      await untilSaid(stage, uid, 'Gone');
      await untilSaid(stage, space, 'Waiting NotEmpty');
      expect(stage.observed(space)!.message).toContain('ConfigMap theirs');
      await stage.hand.remove(pathOf(theirs));
      await untilSaid(stage, space, 'Gone');
      const before = await stage.desire(namespaceOf('default'));
      await untilSaid(stage, before, 'Applied Exists');
      await stage.withdraw(before);
      await untilSaid(stage, before, 'Gone');
      expect((await stage.hand.get('/api/v1/namespaces/default')).metadata.deletionTimestamp).toBeUndefined();
    });

    it('of more than 50 for a move or a policy in ten minutes waits for a person; what the owner orders does not', async () => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const uids: string[] = [];
      for (let index = 0; index < GUARD + 4; index += 1)
        uids.push(await stage.desire(configMapOf(stage.namespace, `m-${index}`)));
      await stage.begin();
      for (const uid of uids) await untilSaid(stage, uid, 'Applied');
      const owners = uids.pop()!;
      for (const [index, uid] of uids.entries()) await stage.withdraw(uid, index % 2 === 0 ? 'move' : 'policy');
      const those = (said: string) => uids.filter((uid) => stage.said(uid) === said);
      await seen('the rest is held', async () => those('Waiting Held').length === 3 && those('Gone').length === GUARD);
      expect(stage.observed(those('Waiting Held')[0]!)!.message).toContain('skerry confirm withdrawals c1');
      expect(
        await stage.hand.list(`/api/v1/namespaces/${stage.namespace}/configmaps?labelSelector=skerry.dev/managed`),
      ).toHaveLength(4);
      expect(await stage.metrics.text()).toContain('skerry_syncer_withdrawals_held{cluster="c1"} 3');
      await stage.withdraw(owners, 'owner');
      await untilSaid(stage, owners, 'Gone');
      stage.hub.confirm('withdrawals', new Date().toISOString());
      stage.clock.skip(BEAT_MS);
      await seen('all gone', async () => those('Gone').length === uids.length);
    });
  });

  describe('an orphan', () => {
    it('is what the hub forgets while it lives', async () => {
      const stage = open();
      const { uid, path } = await withNote(stage);
      await stage.forget(uid);
      await untilSaid(stage, uid, 'Orphan Orphan');
      await stage.hand.remove(path);
      await untilSaid(stage, uid, 'Gone');
    });

    it('is reported and left alone, and its name is not taken', async () => {
      const stage = open();
      const { uid, path, syncer } = await withNote(stage);
      await stage.forget(uid);
      await syncer.stop();
      const fresh = await stage.desire(configMapOf(stage.namespace, 'note', { key: 'new' }));
      const again = await stage.begin();
      await untilSaid(stage, uid, 'Orphan Orphan');
      await untilSaid(stage, fresh, 'NotOurs NotOurs');
      expect(again.member.mutations).toEqual([]);
      expect((await stage.hand.get(path)).data.key).toBe('value');
    });

    it('that somebody deletes is reported as gone, and what waited for its name is applied', async () => {
      const stage = open();
      const { uid, path, syncer } = await withNote(stage);
      await stage.forget(uid);
      await syncer.stop();
      const fresh = await stage.desire(configMapOf(stage.namespace, 'note', { key: 'new' }));
      await stage.begin();
      await untilSaid(stage, fresh, 'NotOurs NotOurs');
      const release = stage.clock.holdLong();
      await stage.hand.remove(path);
      await untilSaid(stage, fresh, 'Applied');
      release();
      await untilSaid(stage, uid, 'Gone');
      expect((await stage.hand.get(path)).data.key).toBe('new');
    });
  });
};
