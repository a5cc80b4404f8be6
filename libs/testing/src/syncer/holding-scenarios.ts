import { describe, expect, it } from '@jest/globals';
import { type Manifest, pathOf } from './hand.ts';
import { boatOf, configMapOf, definitionOf, namespaceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import { type Discovery, without, withoutTrace } from './served.ts';
import type { SyncerStage } from './syncer-stage.ts';

/** More than a careless reader looks at. */
const MANY = 25;
const LOOK_AGAIN_MS = 2_500;

const controlledBy = (owner: any, manifest: Manifest): Manifest => {
  const { apiVersion, kind, metadata } = owner;
  const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }];
  return { ...manifest, metadata: { ...manifest.metadata, ownerReferences } };
};

/** Namespaces and definitions take along what is in them: they go only when that is nothing that anybody misses. */
export const holdingScenarios = (open: () => SyncerStage): void => {
  const withSpace = async (stage: SyncerStage) => {
    const space = await stage.desire(namespaceOf(stage.namespace));
    const syncer = await stage.begin();
    await untilSaid(stage, space, 'Applied');
    return { space, syncer };
  };
  const waitsFor = async (stage: SyncerStage, uid: string, text: string): Promise<void> => {
    await seen(`waits for ${text}`, async () => stage.observed(uid)?.message.includes(text));
    expect(stage.said(uid)).toBe('Waiting NotEmpty');
  };

  const goes = async (stage: SyncerStage, uid: string): Promise<void> => {
    stage.clock.skip(LOOK_AGAIN_MS);
    await untilSaid(stage, uid, 'Gone');
  };

  describe('a namespace', () => {
    it('waits for what is not ours, however much stands before it that goes with its controller', async () => {
      const stage = open();
      const { space } = await withSpace(stage);
      const precious = configMapOf(stage.namespace, 'precious');
      const owner = await stage.hand.make(precious);
      for (let index = 0; index < MANY; index += 1)
        await stage.hand.make(controlledBy(owner, configMapOf(stage.namespace, `a-${index}`)));
      await stage.withdraw(space);
      await waitsFor(stage, space, 'ConfigMap precious');
      await stage.hand.remove(pathOf(precious));
      await goes(stage, space);
    });

    it('waits for an orphan of ours', async () => {
      const stage = open();
      const { space } = await withSpace(stage);
      const note = configMapOf(stage.namespace, 'note');
      const uid = await stage.desire(note);
      await untilSaid(stage, uid, 'Applied');
      await stage.forget(uid);
      await stage.withdraw(space);
      await waitsFor(stage, space, 'ConfigMap note');
      await stage.hand.remove(pathOf(note));
      await goes(stage, space);
    });

    it('waits for a copy that somebody made of one of ours, mark and all', async () => {
      const stage = open();
      const { space } = await withSpace(stage);
      const uid = await stage.desire(configMapOf(stage.namespace, 'note'));
      await untilSaid(stage, uid, 'Applied');
      const { metadata } = await stage.hand.get(pathOf(configMapOf(stage.namespace, 'note')));
      const { labels, annotations } = metadata;
      const copy = configMapOf(stage.namespace, 'copy');
      await stage.hand.make({ ...copy, metadata: { ...copy.metadata, labels, annotations } });
      await stage.withdraw(uid);
      await stage.withdraw(space);
      await waitsFor(stage, space, 'ConfigMap copy');
      await stage.hand.remove(pathOf(copy));
      await goes(stage, space);
    });

    it('waits for a ReplicaSet that nobody controls', async () => {
      const stage = open();
      const { space } = await withSpace(stage);
      const spec = {
        replicas: 0,
        selector: { matchLabels: { app: 'lone' } },
        template: { metadata: { labels: { app: 'lone' } }, spec: { containers: [{ name: 'main', image: 'lone:1' }] } },
      };
      const metadata = { name: 'lone', namespace: stage.namespace };
      const lone = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec };
      await stage.hand.make(lone);
      await stage.withdraw(space);
      await waitsFor(stage, space, 'ReplicaSet lone');
      await stage.hand.remove(pathOf(lone));
      await goes(stage, space);
    });

    it.each([403, 404, 503])('waits for a kind whose list is answered with %i', async (status) => {
      const stage = open();
      const { space, syncer } = await withSpace(stage);
      const mend = syncer.member.edit((asked, response) =>
        asked.path.startsWith(`/api/v1/namespaces/${stage.namespace}/secrets?`)
          ? { ...response, status, body: { kind: 'Status', reason: 'NoList', message: 'no list today' } }
          : response,
      );
      await stage.withdraw(space);
      await waitsFor(stage, space, 'Secret cannot be listed');
      expect(stage.observed(space)!.message).toContain('no list today');
      mend();
      await goes(stage, space);
    });

    it('waits for a group of the API that does not answer', async () => {
      const stage = open();
      const { space, syncer } = await withSpace(stage);
      const mend = syncer.member.edit((asked, response) =>
        asked.path === '/apis' ? { ...response, body: without('batch', response.body as Discovery) } : response,
      );
      await stage.withdraw(space);
      await waitsFor(stage, space, 'not all API groups');
      mend();
      await goes(stage, space);
    });
  });

  describe('a definition', () => {
    it('waits for objects of its kind, and for a discovery that names it', async () => {
      const stage = open();
      const { syncer } = await withSpace(stage);
      const group = `${stage.namespace}.example.com`;
      const uid = await stage.desire(definitionOf(group));
      await untilSaid(stage, uid, 'Applied');
      const boat = boatOf(group, stage.namespace);
      await seen('served', () => stage.hand.make(boat).catch(() => undefined));
      const mend = syncer.member.edit((asked, response) =>
        asked.path === '/apis' ? { ...response, body: withoutTrace(group, response.body as Discovery) } : response,
      );
      await stage.withdraw(uid);
      await waitsFor(stage, uid, 'does not serve its objects');
      mend();
      stage.clock.skip(LOOK_AGAIN_MS);
      await waitsFor(stage, uid, `Boat ${stage.namespace}/anna`);
      await stage.hand.remove(pathOf(boat));
      await goes(stage, uid);
    });
  });
};
