import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MemoryBus } from '@skerry/adapters/memory/bus';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { systemClock } from '@skerry/adapters/memory/system-clock';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { silentLog } from '@skerry/runtime/telemetry/log';
import type { HubApi } from '../api/hub-api.ts';
import { SyncerHost } from './syncer-host.ts';

describe('the host of the syncers', () => {
  it('drops the tokens of clusters that were removed, once the hub has said so', async () => {
    const clock = new VirtualClock();
    const kept: string[][] = [];
    let answer = { status: 200, body: { items: [{ metadata: { name: 'a', uid: 'a1' } }] as object[] } };
    const host = new SyncerHost({
      api: { call: async () => answer } as unknown as HubApi,
      bus: new MemoryBus({ clock }),
      clock,
      log: silentLog,
      holder: 'test',
      hub: { url: 'https://127.0.0.1:1', ca: '' },
      tokens: { of: () => '', keepOnly: (clusters) => (kept.push([...clusters].flat()), []) },
    });
    host.start();
    await clock.advanceAsync(2_000);
    expect(kept).toEqual([['a', 'a1']]);
    answer = { status: 503, body: { items: [] } };
    await clock.advanceAsync(2_000);
    expect(kept).toHaveLength(1);
    answer = { status: 200, body: { items: [] } };
    await clock.advanceAsync(2_000);
    expect(kept).toEqual([['a', 'a1'], []]);
    await host.stop();
  });

  it('passes over a cluster without credentials, and runs the others', async () => {
    const clock = new VirtualClock();
    const access = { mode: 'Push', secretRef: { namespace: 'skerry-system', name: 'cluster-b' } };
    const items = [
      { metadata: { name: 'a', uid: 'a1' }, spec: { access: { mode: 'Push' } } },
      { metadata: { name: 'b', uid: 'b1' }, spec: { access } },
    ];
    const host = new SyncerHost({
      api: { call: async () => ({ status: 200, body: { items } }) } as unknown as HubApi,
      bus: new MemoryBus({ clock }),
      clock,
      log: silentLog,
      holder: 'test',
      hub: { url: 'https://127.0.0.1:1', ca: '' },
      tokens: { of: () => '', keepOnly: () => [] },
    });
    host.start();
    await clock.advanceAsync(1_000);
    expect(host.clusters).toEqual(['b']);
    const stopped = host.stop();
    await clock.advanceAsync(5_000);
    await stopped;
  });

  it('has its syncers read the hub one after another', async () => {
    const access = { mode: 'Push', secretRef: { namespace: 'skerry-system', name: 'any' } };
    const items = ['a', 'b', 'c'].map((name) => ({ metadata: { name, uid: `${name}1` }, spec: { access } }));
    const open = new Set<Socket>();
    const counts: number[] = [];
    const hub = createServer((socket) => {
      open.add(socket.on('error', () => undefined).on('close', () => open.delete(socket)));
      counts.push(open.size);
      // for who waits his turn to come as well, if he did not wait
      setImmediate(() => setImmediate(() => socket.destroy()));
    });
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    const { port } = hub.address() as AddressInfo;
    const host = new SyncerHost({
      api: { call: async () => ({ status: 200, body: { items } }) } as unknown as HubApi,
      bus: new MemoryBus({ clock: systemClock }),
      clock: systemClock,
      log: silentLog,
      holder: 'test',
      hub: { url: `https://127.0.0.1:${port}`, ca: '' },
      tokens: { of: () => '', keepOnly: () => [] },
    });
    host.start();
    try {
      await waitUntil('everybody has tried', { holds: () => counts.length >= 6 });
      expect(new Set(counts)).toEqual(new Set([1]));
    } finally {
      await host.stop();
      hub.close();
    }
  });
});
