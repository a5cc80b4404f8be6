import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HubClient } from '@skerry/adapters/hub/hub-client';
import { decodeEvent } from '@skerry/domain/codec';
import { hubSourceContract } from '@skerry/testing/contracts/hub-source-contract';
import { eventually, startMemoryHub } from './memory-hub.spec-support.ts';
import { SyncerTokens } from './syncer-tokens.ts';

const cluster = (name: string, spec: object = {}) => ({
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'Cluster',
  metadata: { name },
  spec,
});
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const policy = {
  apiVersion: 'skerry.dev/v1alpha1',
  kind: 'PlacementPolicy',
  metadata: { name: 'everything', namespace: 'shop' },
  spec: { selects: [{ apiVersion: '*', kind: '*' }], clusters: { names: ['a'] }, division: { strategy: 'Duplicated' } },
};
const large = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'large', namespace: 'shop' },
  data: { text: 'ö'.repeat(20_000) },
};

describe('the hub over its gateway', () => {
  hubSourceContract(async () => {
    const hub = await startMemoryHub();
    await hub.join('a'); // with a syncer: nothing is desired in a cluster that was never heard of
    const joined = await hub.call('GET', '/apis/skerry.dev/v1alpha1/clusters/a');
    await hub.apply(cluster('b'));
    const dir = dirname(hub.kubeconfigPath);
    const tokens = new SyncerTokens({ dir, tokensPath: join(dir, 'tokens.json') });
    const token = tokens.of({ name: 'a', uid: joined.body.metadata.uid });
    const source = new HubClient({
      url: hub.hub.url,
      ca: readFileSync(join(dir, 'ca.crt'), 'utf8'),
      token,
      cluster: 'a',
    });
    const desiredLarge = async () => {
      const { events } = await hub.store.events.read({ after: 0, categories: ['desired'] });
      const told = events
        .map(decodeEvent)
        .find((one) => one.type === 'ObjectDesired' && one.data.ref!.name === 'large');
      return told?.type === 'ObjectDesired' ? told.data : undefined;
    };
    const confirmations: { what: string; at: string }[] = [];
    let isDown = false;
    return {
      source,
      events: hub.store.events,
      desireLarge: async () => {
        for (const object of [namespace, policy, large]) await hub.apply(object);
        const { ref, body } = await eventually('it is desired', desiredLarge);
        if (body!.at.case !== 'blob') throw new Error('its body is in the event');
        return { uid: ref!.uid, bytes: await hub.store.blobs.get(body!.at.value) };
      },
      confirmWithdrawals: async (at) => {
        confirmations.push({ what: 'withdrawals', at });
        const { status, body } = await hub.apply(cluster('a', { confirmations }));
        if (status >= 300) throw new Error(body.message);
      },
      takeDown: async () => {
        isDown = true;
        await hub.close();
      },
      close: async () => {
        await source.close();
        if (!isDown) await hub.close();
      },
    };
  });
});
