import { describe, expect, it } from '@jest/globals';
import { UID_ANNOTATION } from '@skerry/api/object';
import { pathOf } from './hand.ts';
import { boatOf, configMapOf, definitionOf, deploymentOf, namespaceOf, serviceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import type { SyncerStage } from './syncer-stage.ts';

const refused = (status: { code: number; message: string }) => ({
  status: status.code,
  headers: {},
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...status },
});

/** What is desired comes to live, and what is so already is left alone. */
export const applyingScenarios = (open: () => SyncerStage): void => {
  describe('applies', () => {
    it('what is desired in the order of kinds, although many are under way at once', async () => {
      const stage = open();
      const { namespace } = stage;
      const web = deploymentOf(namespace, { replicas: 1 });
      const [first, other] = [configMapOf(namespace, 'a'), configMapOf(namespace, 'b')];
      await stage.hand.make(namespaceOf(namespace));
      const uids = [];
      for (const manifest of [web, serviceOf(namespace, 'web'), other, first, namespaceOf(namespace)])
        uids.push(await stage.desire(manifest));
      const watched = stage.access();
      const slow = watched.hold(({ method, path }) => method === 'PATCH' && path.startsWith(`${pathOf(first)}?`));
      const release = stage.clock.holdLong(); // patience does not end here
      await stage.begin({ watched });
      await slow.reached;
      // all were begun together: those of later kinds wait for the slow one
      await seen('the other of its kind is made', async () => (await stage.hand.get(pathOf(other))) !== undefined);
      slow.open();
      for (const uid of uids) await seen('applied', async () => stage.said(uid).startsWith('Applied'));
      release();
      const kinds = watched.mutations.map((mutation) => mutation.split('/').at(-2));
      expect(kinds).toEqual(['configmaps', 'configmaps', 'services', 'deployments']);
      expect((await stage.hand.get(pathOf(web))).metadata.annotations[UID_ANNOTATION]).toBe(uids[0]);
    });

    it('what is in another namespace while one hangs, and says nothing yet of what waits for it', async () => {
      const stage = open();
      const [hanging, other] = [namespaceOf(stage.namespace), namespaceOf(`${stage.namespace}-other`)];
      await stage.desire(hanging);
      const waiting = [];
      for (let index = 0; index < 40; index += 1)
        waiting.push(await stage.desire(configMapOf(stage.namespace, `note-${index}`)));
      await stage.desire(other);
      const note = await stage.desire(configMapOf(other.metadata.name, 'note'));
      const watched = stage.access();
      const slow = watched.hold(({ method, path }) => method === 'PATCH' && path.startsWith(`${pathOf(hanging)}?`));
      await stage.begin({ watched });
      await slow.reached;
      await untilSaid(stage, note, 'Applied');
      slow.open();
      for (const uid of waiting) await untilSaid(stage, uid, 'Applied');
    });

    it('an object of a kind that its definition brings along', async () => {
      const stage = open();
      const group = `${stage.namespace}.example.com`;
      const boat = boatOf(group, stage.namespace);
      const uid = await stage.desire(boat);
      await stage.begin();
      await untilSaid(stage, uid, 'Waiting KindNotServed');
      await stage.desire(namespaceOf(stage.namespace));
      const definition = definitionOf(group);
      await stage.desire(definition);
      await untilSaid(stage, uid, 'Applied');
      expect((await stage.hand.get(pathOf(boat))).spec.sails).toBe(2);
      await stage.hand.remove(pathOf(definition));
    });

    it('nothing that is applied and lives as desired, also after a restart', async () => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const web = deploymentOf(stage.namespace, { replicas: 1 });
      const uid = await stage.desire(web);
      const port = await stage.desire(serviceOf(stage.namespace, 'web'));
      const first = await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await untilSaid(stage, port, 'Applied');
      const written = first.member.mutations.length;
      await stage.desire(web, { uid });
      await seen('the new placement version is echoed', async () => stage.observed(uid)?.placementVersion === 4n);
      expect(first.member.mutations.length).toBe(written);
      await first.stop();
      const [reports, second] = [stage.reports.length, await stage.begin()];
      await seen('a complete set of the second', async () =>
        stage.reports.slice(reports).some((one) => one.completeEnd && one.objects.length >= 3),
      );
      expect(second.member.mutations).toEqual([]);
    });

    it('an edit, and gives up the fields that are not desired any more', async () => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const path = pathOf(configMapOf(stage.namespace, 'note'));
      const uid = await stage.desire(configMapOf(stage.namespace, 'note', { a: '1', b: '1' }));
      await stage.begin();
      await untilSaid(stage, uid, 'Applied');
      await stage.hand.edit(path, { patch: { data: { theirs: 'x' } } });
      await stage.desire(configMapOf(stage.namespace, 'note', { a: '2' }), { uid });
      const live = await seen('edited', async () => {
        const object = await stage.hand.get(path);
        return object.data.a === '2' && object;
      });
      expect(live.data).toEqual({ a: '2', theirs: 'x' });
      expect(stage.repairs(uid)).toEqual([]);
    });

    it('not what the member refuses: field and message are said, and others go on', async () => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const wrong = configMapOf(stage.namespace, 'wrong');
      const invalid = await stage.desire({
        ...wrong,
        metadata: { ...wrong.metadata, labels: { colour: 'not a label' } },
      });
      const fine = await stage.desire(configMapOf(stage.namespace, 'fine'));
      await stage.begin();
      await untilSaid(stage, invalid, 'Refused Invalid');
      expect(stage.observed(invalid)).toMatchObject({
        field: 'metadata.labels',
        message: expect.stringContaining('not a label'),
      });
      await untilSaid(stage, fine, 'Applied');
      // a namespace that somebody takes away takes nothing new
      const held = pathOf(configMapOf(stage.namespace, 'fine'));
      await stage.hand.edit(held, { patch: { metadata: { finalizers: ['example.com/held'] } } });
      await stage.hand.remove(`/api/v1/namespaces/${stage.namespace}`);
      const forbidden = await stage.desire(configMapOf(stage.namespace, 'late'));
      const elsewhere = await stage.desire(configMapOf('default', stage.namespace));
      await untilSaid(stage, forbidden, 'Refused Forbidden');
      expect(stage.observed(forbidden)!.message).toContain('being terminated');
      await stage.desire(namespaceOf('default'));
      await untilSaid(stage, elsewhere, 'Applied');
      await stage.hand.edit(held, { patch: { metadata: { finalizers: null } } });
      await stage.hand.remove(pathOf(configMapOf('default', stage.namespace)));
    });

    it.each([
      ['its API server', { code: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large' }],
      ['its etcd', { code: 500, message: 'etcdserver: request is too large' }],
    ])('what is too large for %s once, until another body is desired', async (_whose, status) => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const note = configMapOf(stage.namespace, 'note', { key: 'large' });
      const path = pathOf(note);
      const uid = await stage.desire(note);
      const watched = stage.access();
      const tries = (): number => watched.mutations.filter((mutation) => mutation === `PATCH ${path}`).length;
      watched.answer(({ method, path: asked, body }) =>
        method === 'PATCH' && asked.startsWith(path) && body?.includes('large') ? refused(status) : undefined,
      );
      await stage.begin({ watched });
      await untilSaid(stage, uid, 'Refused RequestEntityTooLarge');
      const { placementVersion, message } = stage.observed(uid)!;
      expect(message).toContain('too large: it is not sent again until it changes');
      await stage.desire(note, { uid });
      await seen('it was looked at again', async () => stage.observed(uid)!.placementVersion > placementVersion);
      expect(tries()).toBe(1);
      await stage.desire(configMapOf(stage.namespace, 'note', { key: 'small' }), { uid });
      await untilSaid(stage, uid, 'Applied');
      expect(tries()).toBe(2);
    });

    it('nothing over an object of that name that is not ours, unless it is to be adopted', async () => {
      const stage = open();
      const theirs = configMapOf(stage.namespace, 'theirs', { other: 'theirs' });
      await stage.hand.make(namespaceOf(stage.namespace));
      await stage.hand.make(theirs);
      const space = await stage.desire(namespaceOf(stage.namespace));
      const ours = configMapOf(stage.namespace, 'theirs', { key: 'ours' });
      const uid = await stage.desire(ours);
      const first = await stage.begin();
      await untilSaid(stage, uid, 'NotOurs NotOurs');
      await untilSaid(stage, space, 'Applied Exists');
      // one that was refused: it was to be made only if nothing has its name
      expect(first.member.mutations).toEqual([`PATCH ${pathOf(theirs)}`]);
      const untouched = await stage.hand.get(pathOf(theirs));
      expect([untouched.data, untouched.metadata.annotations]).toEqual([{ other: 'theirs' }, undefined]);
      await first.stop();
      const [reports, second] = [stage.reports.length, await stage.begin()];
      await seen('looked at by the second', async () =>
        stage.reports.slice(reports).some((one) => one.objects.some(({ ref }) => ref!.uid === uid)),
      );
      expect(second.member.mutations).toEqual([]);
      await stage.desire(ours, { uid, adopt: true });
      await untilSaid(stage, uid, 'Applied');
      const live = await stage.hand.get(pathOf(theirs));
      expect([live.data.key, live.metadata.annotations[UID_ANNOTATION]]).toEqual(['ours', uid]);
    });

    it('also where the server makes nothing that names a version: it is asked first there', async () => {
      const stage = open();
      await stage.hand.make(namespaceOf(stage.namespace));
      await stage.hand.make(configMapOf(stage.namespace, 'theirs', { other: 'theirs' }));
      await stage.desire(namespaceOf(stage.namespace));
      const [note, theirs] = [configMapOf(stage.namespace, 'note'), configMapOf(stage.namespace, 'theirs')];
      const [uid, taken] = [await stage.desire(note), await stage.desire(theirs)];
      const watched = stage.access();
      const message = 'resourceVersion should not be set on objects to be created';
      const refusal = { status: 500, headers: {}, body: { kind: 'Status', status: 'Failure', code: 500, message } };
      watched.answer(({ body }) =>
        body?.includes('"resourceVersion"') === true && body.includes('ConfigMap') ? refusal : undefined,
      );
      await stage.begin({ watched });
      await untilSaid(stage, uid, 'Applied');
      await untilSaid(stage, taken, 'NotOurs NotOurs');
      expect((await stage.hand.get(pathOf(theirs))).data).toEqual({ other: 'theirs' });
    });

    it.each([
      [409, 'Conflict', 'Operation cannot be fulfilled on resourcequotas "few": the object has been modified'],
      [403, 'Forbidden', 'admission webhook "no" denied the request'],
    ])(
      'what is refused with %i although nothing has its name, later, and says why',
      async (status, reason, message) => {
        const stage = open();
        await stage.desire(namespaceOf(stage.namespace));
        const note = configMapOf(stage.namespace, 'note');
        const uid = await stage.desire(note);
        const watched = stage.access();
        const refused = { is: true };
        watched.answer(({ method, path }) =>
          refused.is && method === 'PATCH' && path.startsWith(`${pathOf(note)}?`)
            ? { status, headers: {}, body: { kind: 'Status', status: 'Failure', code: status, reason, message } }
            : undefined,
        );
        await stage.begin({ watched });
        await untilSaid(stage, uid, `Refused ${reason}`);
        expect(stage.observed(uid)?.message).toBe(message);
        refused.is = false;
        stage.clock.skip(10_000);
        await untilSaid(stage, uid, 'Applied');
      },
    );

    it('an object only when the one before it that is terminating has gone', async () => {
      const stage = open();
      await stage.desire(namespaceOf(stage.namespace));
      const note = configMapOf(stage.namespace, 'note', { key: 'old' });
      const path = pathOf(note);
      const old = await stage.desire(note);
      await stage.begin();
      await untilSaid(stage, old, 'Applied');
      await stage.hand.edit(path, { patch: { metadata: { finalizers: ['example.com/held'] } } });
      await stage.withdraw(old);
      const fresh = await stage.desire(configMapOf(stage.namespace, 'note', { key: 'new' }));
      await untilSaid(stage, old, 'Waiting Terminating');
      await untilSaid(stage, fresh, 'Waiting Terminating');
      expect((await stage.hand.get(path)).data.key).toBe('old');
      const release = stage.clock.holdLong();
      await stage.hand.edit(path, { patch: { metadata: { finalizers: null } } });
      await untilSaid(stage, fresh, 'Applied');
      release();
      expect((await stage.hand.get(path)).data.key).toBe('new');
      await untilSaid(stage, old, 'Gone');
    });
  });
};
