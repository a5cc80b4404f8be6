import { describe, expect, it } from '@jest/globals';
import { pathOf } from './hand.ts';
import { boatOf, configMapOf, definitionOf, deploymentOf, namespaceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import type { SyncerStage } from './syncer-stage.ts';

const BEAT_MS = 5_000;

/** What a hub that came back from a backup does not undo. */
export const restoringScenarios = (open: () => SyncerStage): void => {
  describe('after a restored backup', () => {
    const confirm = (stage: SyncerStage): void => {
      stage.hub.confirm('restore', new Date().toISOString());
      stage.clock.skip(BEAT_MS);
    };

    it('nothing that lives is changed or deleted until a person confirms', async () => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const note = configMapOf(stage.namespace, 'note');
      const [uid, path] = [await stage.desire(note), pathOf(note)];
      const syncer = await stage.begin();
      const leaving = configMapOf(stage.namespace, 'leaving');
      const going = await stage.desire(leaving);
      await untilSaid(stage, going, 'Applied');
      await syncer.stop();
      stage.store.events.adoptRestored();
      await stage.desire(configMapOf(stage.namespace, 'note', { key: 'older' }), { uid });
      await stage.withdraw(going);
      const missing = await stage.desire(configMapOf(stage.namespace, 'missing'));
      const again = await stage.begin();
      await untilSaid(stage, uid, 'Waiting Held');
      await untilSaid(stage, going, 'Waiting Held');
      expect(stage.observed(uid)!.message).toContain('skerry confirm restore c1');
      await untilSaid(stage, missing, 'Applied');
      expect(again.member.mutations).toEqual([`PATCH ${pathOf(configMapOf(stage.namespace, 'missing'))}`]);
      expect((await stage.hand.get(path)).data.key).toBe('value');
      confirm(stage);
      await untilSaid(stage, uid, 'Applied');
      await untilSaid(stage, going, 'Gone');
      expect((await stage.hand.get(path)).data.key).toBe('older');
    });

    /** A note is newer in the cluster than in the hub's store, which nobody has adopted, and nobody acts. */
    const putBack = async (stage: SyncerStage): Promise<() => Promise<string>> => {
      await stage.desire(namespaceOf(stage.namespace));
      const note = configMapOf(stage.namespace, 'note');
      const key = async (): Promise<string> => (await stage.hand.get(pathOf(note)))?.data.key;
      const uid = await stage.desire(note);
      const { position: backup } = await stage.store.events.head();
      const syncer = await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await stage.desire(configMapOf(stage.namespace, 'note', { key: 'newer' }), { uid });
      await seen('the newer one is applied', async () => (await key()) === 'newer');
      await syncer.stop();
      stage.store.events.restoreTo(backup);
      return key;
    };

    it('nothing at all is done by a store that nobody has adopted, also by a syncer that is new', async () => {
      const stage = open();
      const key = await putBack(stage);
      const again = await stage.begin();
      const refused = await seen('it refuses', async () => again.unhealthy);
      expect(refused).toContain('run: skerry store adopt-restored');
      expect(again.member.mutations).toEqual([]);
      expect(await key()).toBe('newer');
    });

    it('nothing at all is done while the hub cannot be asked and the cluster was told more', async () => {
      const stage = open();
      const key = await putBack(stage);
      const watched = stage.access();
      const mend = watched.edit((asked, response) => {
        // as it has been elected, and not before: it has read the older store by then
        if (asked.path.includes('/leases/') && asked.method === 'PATCH') stage.hub.setReachable(false);
        return response;
      });
      const again = await stage.begin({ watched });
      stage.clock.skip(BEAT_MS);
      stage.clock.skip(BEAT_MS);
      expect([again.unhealthy, again.member.mutations]).toEqual([undefined, []]);
      mend();
      stage.hub.setReachable(true);
      stage.clock.skip(BEAT_MS);
      await seen('it refuses', async () => again.unhealthy);
      expect(again.member.mutations).toEqual([]);
      expect(await key()).toBe('newer');
    });

    it('a custom resource is one thing, whatever its own spec calls replicas', async () => {
      const stage = open();
      const group = `${stage.namespace}.example.com`;
      await stage.desire(namespaceOf(stage.namespace));
      await stage.desire(definitionOf(group));
      const boat = boatOf(group, stage.namespace, { sails: 2, replicas: 3 });
      const uid = await stage.desire(boat);
      const first = await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await first.stop();
      stage.store.events.adoptRestored();
      await stage.desire(boatOf(group, stage.namespace, { sails: 1, replicas: 3 }), { uid });
      await stage.begin();
      await untilSaid(stage, uid, 'Waiting Held');
      expect(stage.observed(uid)).toMatchObject({ hasHeld: true, held: 1 });
      confirm(stage);
      await untilSaid(stage, uid, 'Applied');
      expect((await stage.hand.get(pathOf(boat))).spec).toEqual({ sails: 1, replicas: 3 });
      await stage.hand.remove(pathOf(definitionOf(group)));
    });

    it('what could not be listed when a person confirmed is kept as it is when it can be', async () => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const path = pathOf(deploymentOf(stage.namespace, { replicas: 3 }));
      const uid = await stage.desire(deploymentOf(stage.namespace, { replicas: 3 }));
      const first = await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await first.stop();
      stage.store.events.adoptRestored();
      await stage.desire(deploymentOf(stage.namespace, { replicas: 1 }), { uid });
      const watched = stage.access();
      const mend = watched.edit((asked, response) =>
        asked.method === 'GET' && asked.path.startsWith('/apis/apps/v1/deployments?')
          ? { ...response, status: 403, body: { kind: 'Status', reason: 'Forbidden', message: 'no list today' } }
          : response,
      );
      await stage.begin({ watched });
      await untilSaid(stage, uid, 'Waiting KindNotListed');
      confirm(stage);
      const after = await stage.desire(configMapOf(stage.namespace, 'after'));
      await untilSaid(stage, after, 'Applied');
      stage.clock.skip(BEAT_MS);
      mend();
      stage.clock.skip(2 * BEAT_MS);
      await untilSaid(stage, uid, 'Waiting Held');
      expect(stage.observed(uid)).toMatchObject({ hasHeld: true, held: 3, message: expect.stringContaining('the 3') });
      expect((await stage.hand.get(path)).spec.replicas).toBe(3);
      await stage.desire(deploymentOf(stage.namespace, { replicas: 1 }), { uid, told: 3 });
      await untilSaid(stage, uid, 'Applied');
    });

    it('a namespace does not take along what is kept in it', async () => {
      const stage = open();
      const space = await stage.desire(namespaceOf(stage.namespace));
      const note = configMapOf(stage.namespace, 'note');
      const uid = await stage.desire(note);
      const first = await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await first.stop();
      stage.store.events.adoptRestored();
      await stage.withdraw(uid, 'policy');
      await stage.withdraw(space, 'policy');
      await stage.begin();
      await untilSaid(stage, space, 'Waiting Held');
      confirm(stage);
      await untilSaid(stage, space, 'Waiting NotEmpty');
      expect(stage.observed(space)!.message).toContain('ConfigMap note');
      expect(stage.said(uid)).toBe('Waiting Held');
      await stage.withdraw(uid, 'owner');
      await untilSaid(stage, uid, 'Gone');
      await untilSaid(stage, space, 'Gone');
      expect(await stage.hand.get(pathOf(note))).toBeUndefined();
    });
  });
};
