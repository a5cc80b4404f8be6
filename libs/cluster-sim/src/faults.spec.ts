import { describe, expect, it } from '@jest/globals';
import { Bench, node, workload } from './cluster-sim.spec-support.ts';

const watchPods = async (bench: Bench, query = 'watch=true') => {
  const { stream, body } = await bench.sim.handle({ method: 'GET', path: '/api/v1/pods', query });
  if (stream === undefined) throw new Error(`no stream: ${body}`);
  const lines: any[] = [];
  const ended = (async () => {
    for await (const line of stream) lines.push(JSON.parse(line));
  })();
  ended.catch(() => undefined);
  return { lines, ended, stream };
};

describe('a simulated cluster in trouble', () => {
  it('answers nobody while its API is down; its controllers and nodes go on', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 2 }));
    const { ended } = await watchPods(bench);
    const bringUp = bench.sim.faults.takeApiDown();
    await expect(bench.sim.handle({ method: 'GET', path: '/readyz' })).rejects.toThrow('connection refused');
    await expect(ended).rejects.toThrow('broken off');
    await bench.pass(1_000);
    bringUp();
    expect(await bench.countPods('Ready')).toBe(2);
  });

  it('lets requests wait while it is slow', async () => {
    const bench = await Bench.start();
    const undo = bench.sim.faults.slow(700);
    let answered = false;
    void bench.sim.handle({ method: 'GET', path: '/version' }).then(() => (answered = true));
    await bench.pass(690);
    expect(answered).toBe(false);
    await bench.pass(20);
    expect(answered).toBe(true);
    undo();
    expect((await bench.send('GET', '/version')).status).toBe(200);
  });

  it('has controllers or nodes that stand still, and do afterwards what they have missed', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 1 }));
    await bench.pass(1_000);
    const thaw = bench.sim.faults.freeze('controllers');
    await bench.patch('/apis/apps/v1/namespaces/default/deployments/web', { spec: { replicas: 2 } });
    await bench.pass(1_000);
    expect(await bench.countPods('Ready')).toBe(1);
    const thawNodes = bench.sim.faults.freeze('nodes');
    thaw();
    await bench.pass(1_000);
    expect([await bench.countPods('Ready'), await bench.countPods('Pending')]).toEqual([1, 1]);
    thawNodes();
    await bench.pass(1_000);
    expect(await bench.countPods('Ready')).toBe(2);
  });

  it('answers 429 with Retry-After, or 500, to the next requests and no more', async () => {
    const bench = await Bench.start();
    bench.sim.faults.overload({ next: 2 }, 7);
    const first = await bench.sim.handle({ method: 'GET', path: '/version' });
    expect([first.status, first.headers['retry-after']]).toEqual([429, '7']);
    bench.sim.faults.fail({ next: 1 });
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await bench.send('GET', '/version')).status);
    expect(statuses).toEqual([429, 500, 200, 200]);
  });

  it('fails a fraction of the requests until that is taken back', async () => {
    const bench = await Bench.start();
    const undo = bench.sim.faults.fail({ fraction: 0.25 });
    const count = async (): Promise<number> => {
      let failed = 0;
      for (let index = 0; index < 400; index++) {
        if ((await bench.sim.handle({ method: 'GET', path: '/version' })).status === 500) failed += 1;
      }
      return failed;
    };
    const failed = await count();
    // 400 × 0.25 = 100; six standard deviations of 8.7 on either side
    expect(failed).toBeGreaterThan(48);
    expect(failed).toBeLessThan(152);
    undo();
    expect(await count()).toBe(0);
  });

  it('ends watches, or leaves them open in silence', async () => {
    const bench = await Bench.start();
    const dropped = await watchPods(bench);
    bench.sim.faults.dropWatches();
    await dropped.ended;
    const stale = await watchPods(bench, 'watch=true&allowWatchBookmarks=true&timeoutSeconds=60');
    await bench.make(workload({ name: 'first', replicas: 1 }));
    const seen = stale.lines.length;
    expect(seen).toBeGreaterThan(0);
    bench.sim.faults.stallWatches();
    await bench.make(workload({ name: 'second', replicas: 1 }));
    await bench.pass(3_600_000);
    expect(stale.lines.length).toBe(seen);
    expect(bench.sim.faults.openWatches).toBe(1);
    stale.stream.close();
    await stale.ended;
    expect(bench.sim.faults.openWatches).toBe(0);
  });

  it('forgets versions: 410 for a watch from before, for a running one and for the next page of a list', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 3 }));
    const page = await bench.send('GET', 'pods?limit=1');
    const { resourceVersion, continue: token } = page.body.metadata;
    const open = await watchPods(bench);
    await bench.patch('nodes/a', { metadata: { labels: { a: 'b' } } });
    await bench.sim.faults.expireVersions();
    await open.ended;
    expect(open.lines.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    const old = await watchPods(bench, `watch=true&resourceVersion=${resourceVersion}`);
    await old.ended;
    expect(old.lines).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
    expect((await bench.send('GET', `pods?limit=1&continue=${token}`)).status).toBe(410);
    expect((await bench.send('GET', 'pods')).status).toBe(200);
  });

  it('loses a node: not ready, its pods unready, evicted after a while, gone when it is back', async () => {
    const bench = await Bench.start({ nodes: [node('a'), node('b')], evictionDelayMs: 5_000 });
    await bench.make(workload({ replicas: 4 }));
    await bench.pass(1_000);
    const bringBack = bench.sim.faults.loseNode('a');
    await bench.pass(0);
    const ready = (await bench.get('nodes/a')).status.conditions.find((one: any) => one.type === 'Ready');
    expect(ready).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    expect([await bench.countPods('Ready'), await bench.countPods('Running')]).toEqual([2, 2]);
    expect((await bench.get('deployments/web')).status.readyReplicas).toBe(2);
    await bench.pass(4_900);
    expect(await bench.countPods('Terminating')).toBe(0);
    await bench.pass(1_000);
    // The evicted ones stay, as nobody there can end them; others run in their place.
    expect([await bench.countPods('Ready'), await bench.countPods('Terminating')]).toEqual([4, 2]);
    expect(new Set((await bench.list('pods')).slice(0).map((pod) => pod.spec.nodeName))).toEqual(new Set(['a', 'b']));
    bringBack();
    await bench.pass(1_000);
    expect(await bench.pods()).toHaveLength(4);
    expect((await bench.get('nodes/a')).spec.taints).toBeUndefined();
  });

  it('makes pods ready again when their node is back in time', async () => {
    const bench = await Bench.start({ nodes: [node('a')], evictionDelayMs: 5_000 });
    await bench.make(workload({ replicas: 2 }));
    await bench.pass(1_000);
    const before = (await bench.list('pods')).map((pod) => pod.metadata.uid);
    const bringBack = bench.sim.faults.loseNode('a');
    await bench.pass(2_000);
    expect(await bench.countPods('Ready')).toBe(0);
    bringBack();
    await bench.pass(10_000);
    expect(await bench.countPods('Ready')).toBe(2);
    expect((await bench.list('pods')).map((pod) => pod.metadata.uid)).toEqual(before);
  });

  it('names the node that there is none of', async () => {
    const bench = await Bench.start();
    expect(() => bench.sim.faults.loseNode('nowhere')).toThrow('there is no node nowhere');
  });

  it('keeps pods of an image from getting ready until that is taken back', async () => {
    const bench = await Bench.start();
    await bench.make(workload({ replicas: 2 }));
    await bench.pass(1_000);
    const heal = bench.sim.faults.neverReady('web:1');
    await bench.pass(0);
    expect(await bench.countPods('Ready')).toBe(0);
    await bench.make(workload({ name: 'other', replicas: 1, image: 'other:1' }));
    await bench.pass(1_000);
    expect(await bench.countPods('Ready')).toBe(1);
    heal();
    await bench.pass(0);
    expect(await bench.countPods('Ready')).toBe(3);
  });

  it('refuses objects of a kind, as a quota or with the field that is wrong', async () => {
    const bench = await Bench.start();
    const quota = { group: 'apps', resource: 'deployments', status: 403, message: 'exceeded quota: small' } as const;
    const undo = bench.sim.faults.refuse(quota);
    const refused = await bench.send('POST', 'deployments', workload());
    expect(refused.status).toBe(403);
    expect(refused.body.message).toContain('exceeded quota: small');
    expect((await bench.send('POST', 'statefulsets', workload({ kind: 'StatefulSet' }))).status).toBe(201);
    undo();
    bench.sim.faults.refuse({ ...quota, status: 422, field: 'spec.replicas', message: 'at most 3' });
    const { status, body } = await bench.send('POST', 'deployments', workload());
    expect(status).toBe(422);
    expect(body.details.causes).toMatchObject([{ field: 'spec.replicas', message: 'at most 3' }]);
  });
});
