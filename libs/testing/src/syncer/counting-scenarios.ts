import { describe, expect, it } from '@jest/globals';
import { pathOf } from './hand.ts';
import { deploymentOf, namespaceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import type { SyncerStage } from './syncer-stage.ts';

/** What is reported as ready: the evidence on which copies elsewhere are removed. */
export const countingScenarios = (open: () => SyncerStage): void => {
  const running = async (stage: SyncerStage, replicas: number) => {
    await stage.desire(namespaceOf(stage.namespace));
    const web = deploymentOf(stage.namespace, { replicas });
    const uid = await stage.desire(web);
    await stage.begin();
    await untilSaid(stage, uid, 'Applied');
    await seen('ready', async () => stage.observed(uid)?.count?.ready === replicas);
    return { uid, web };
  };
  const pods = (stage: SyncerStage): string => `/api/v1/namespaces/${stage.namespace}/pods`;

  describe('ready', () => {
    it('does not count a pod that is terminating, although it says that it is ready', async () => {
      const stage = open();
      const { uid } = await running(stage, 2);
      const thaw = stage.freeze('nodes');
      try {
        await stage.desire(deploymentOf(stage.namespace, { replicas: 1 }), { uid });
        await seen('one is counted', async () => {
          const { count } = stage.observed(uid)!;
          return count!.ready === 1 && count!.replicas === 1;
        });
        const live = await stage.hand.list(pods(stage));
        const ready = live.filter((pod) =>
          pod.status.conditions.some((one: any) => one.type === 'Ready' && one.status === 'True'),
        );
        expect([live.length, ready.length]).toEqual([2, 2]);
      } finally {
        thaw();
      }
    });

    it('counts no more than before until the member has looked at the generation that was applied', async () => {
      const stage = open();
      const { uid, web } = await running(stage, 1);
      const [set] = await stage.hand.list(`/apis/apps/v1/namespaces/${stage.namespace}/replicasets`);
      const thaw = stage.freeze('controllers');
      try {
        await stage.desire(deploymentOf(stage.namespace, { replicas: 1, image: 'web:2' }), { uid });
        await seen('the edit is applied', async () => stage.observed(uid)!.appliedGeneration === 2n);
        const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid };
        await stage.hand.make({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: 'extra',
            namespace: stage.namespace,
            labels: set.spec.selector.matchLabels,
            ownerReferences: [{ ...owner, controller: true }],
          },
          spec: set.spec.template.spec,
        });
        await seen('the extra pod is ready', async () => {
          const pod = await stage.hand.get(`${pods(stage)}/extra`);
          return pod.status.conditions?.some((one: any) => one.type === 'Ready' && one.status === 'True');
        });
        await seen('it is seen', async () => stage.observed(uid)!.count!.replicas === 2);
        expect((await stage.hand.get(pathOf(web))).status.observedGeneration).toBe(1);
        expect(stage.observed(uid)!.count!.ready).toBe(1);
      } finally {
        thaw();
      }
    });
  });
};
