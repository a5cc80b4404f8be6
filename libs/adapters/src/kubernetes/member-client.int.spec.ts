import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TransientFailure } from '@skerry/kernel/errors';
import { memberContract } from '@skerry/testing/contracts/member-contract';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import {
  serveSimulatedMember,
  type ServedMember,
  type ServedMemberOptions,
} from '@skerry/testing/members/simulated-member';
import { systemClock } from '../memory/system-clock.ts';
import { MemberClient, type MemberClientOptions } from './member-client.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const clientOf = (served: ServedMember, options: Partial<MemberClientOptions> = {}): MemberClient =>
  new MemberClient({ clock: systemClock, loadKubeconfig: async () => served.kubeconfig(), ...options });

describe('the member over HTTPS', () => {
  memberContract(async () => {
    const served = await serveSimulatedMember();
    const { faults } = served.sim;
    return {
      member: clientOf(served),
      expireVersions: () => faults.expireVersions(),
      takeDown: () => faults.takeApiDown(),
      dropWatches: () => faults.dropWatches(),
      close: () => served.close(),
    };
  });
});

describe('the client of a member', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const open = async (
    options: ServedMemberOptions = {},
    client: Partial<MemberClientOptions> = {},
  ): Promise<{ served: ServedMember; member: MemberClient }> => {
    const served = await serveSimulatedMember(options);
    const member = clientOf(served, client);
    closing.push(
      () => served.close(),
      () => member.close(),
    );
    return { served, member };
  };
  const version = async (member: MemberClient): Promise<number> =>
    (await member.request({ method: 'GET', path: CONFIG_MAPS })).status;

  it('opens no more connections than requests may be in flight', async () => {
    const { served, member } = await open({}, { maxInFlight: 8 });
    const statuses = await Promise.all(Array.from({ length: 100 }, () => version(member)));
    expect(statuses).toEqual(Array(100).fill(200));
    expect(served.connections()).toBeLessThanOrEqual(8);
    expect(served.connections()).toBeGreaterThan(1);
  });

  // Two, since undici lets a connection rest for a turn after an answer: the next request may have to take another one.
  it('sends requests one after another over the same one or two connections', async () => {
    const { served, member } = await open();
    for (let index = 0; index < 50; index++) expect(await version(member)).toBe(200);
    expect(served.connections()).toBeLessThanOrEqual(2);
  });

  it('lets watches take nothing from requests', async () => {
    const { served, member } = await open({}, { maxInFlight: 1 });
    const abort = new AbortController();
    const watches = Array.from({ length: 80 }, async () => {
      for await (const line of member.watch({ path: `${CONFIG_MAPS}?watch=true`, signal: abort.signal })) return line;
    });
    await waitUntil('80 watches are open', { holds: () => served.sim.faults.openWatches === 80 });
    expect(await version(member)).toBe(200);
    abort.abort();
    await Promise.all(watches);
  });

  it('waits as long as a 429 asks for, and repeats the request', async () => {
    const { served, member } = await open();
    await version(member);
    served.sim.faults.overload({ next: 2 }, 1);
    const startMs = performance.now();
    expect(await version(member)).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(1_990);
  });

  it('hands a 429 on when the wait would be longer than it waits for any answer', async () => {
    const { served, member } = await open();
    served.sim.faults.overload({ next: 1 }, 3_600);
    const startMs = performance.now();
    expect(await version(member)).toBe(429);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('stops waiting for an overloaded server when its caller gives up', async () => {
    const { served, member } = await open();
    served.sim.faults.overload({ next: 1 }, 20);
    const abort = new AbortController();
    const asked = member.request({ method: 'GET', path: CONFIG_MAPS, signal: abort.signal });
    const startMs = performance.now();
    asked.catch(() => undefined);
    await waitUntil('the server was asked', { holds: () => served.connections() === 1 });
    abort.abort();
    await expect(asked).rejects.toBeInstanceOf(TransientFailure);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('fails a request that is not answered in time', async () => {
    const { served, member } = await open({}, { requestTimeoutMs: 1_000 });
    await version(member);
    served.sim.faults.slow(60_000);
    await expect(version(member)).rejects.toBeInstanceOf(TransientFailure);
  });

  it('breaks a watch that stays open and says nothing any more, and its next one works', async () => {
    const { served, member } = await open({}, { idleMs: 1_000 });
    const lines: string[] = [];
    const read = async (): Promise<void> => {
      const path = `${CONFIG_MAPS}?watch=true&allowWatchBookmarks=true`;
      for await (const { type } of member.watch({ path, signal: AbortSignal.timeout(20_000) })) lines.push(type);
    };
    const stale = read();
    stale.catch(() => undefined);
    await waitUntil('bookmarks come', { holds: () => lines.length > 1 });
    served.sim.faults.stallWatches();
    await expect(stale).rejects.toBeInstanceOf(TransientFailure);
    const seen = lines.length;
    const next = read();
    next.catch(() => undefined);
    await waitUntil('bookmarks come again', { holds: () => lines.length > seen });
    served.sim.faults.dropWatches();
    await next;
  });

  it('keeps a quiet watch open as long as bookmarks come', async () => {
    const { served, member } = await open({ sim: { bookmarkIntervalMs: 300 } }, { idleMs: 1_000 });
    const lines: string[] = [];
    const path = `${CONFIG_MAPS}?watch=true&allowWatchBookmarks=true`;
    const abort = new AbortController();
    const read = (async () => {
      for await (const { type } of member.watch({ path, signal: abort.signal })) lines.push(type);
    })();
    read.catch(() => undefined);
    await waitUntil('nine bookmarks, 2.7 s', { holds: () => lines.length >= 9 });
    expect(served.sim.faults.openWatches).toBe(1);
    abort.abort();
    await read;
  });

  it('loads its kubeconfig again when its token is refused, for all requests that are under way', async () => {
    let loads = 0;
    const { served, member } = await open();
    const counting = clientOf(served, {
      loadKubeconfig: async () => {
        loads += 1;
        // A hub that takes its time, in which all the others are refused, too.
        await new Promise<void>((resolve) => systemClock.after(100, resolve));
        return served.kubeconfig();
      },
    });
    closing.push(() => counting.close());
    expect(await version(counting)).toBe(200);
    const lines: unknown[] = [];
    const abort = new AbortController();
    const watching = (async () => {
      const path = `${CONFIG_MAPS}?watch=true&allowWatchBookmarks=true`;
      for await (const line of counting.watch({ path, signal: abort.signal })) lines.push(line);
    })();
    await waitUntil('the watch runs', { holds: () => lines.length > 0 });
    served.rotate();
    expect(await Promise.all(Array.from({ length: 20 }, () => version(counting)))).toEqual(Array(20).fill(200));
    expect(loads).toBe(2);
    // The watch that was let in before goes on: a rotation is no reason to list everything anew.
    const seen = lines.length;
    await waitUntil('the watch goes on', { holds: () => lines.length > seen });
    abort.abort();
    await watching;
    expect(await version(member)).toBe(200);
  });

  it('hands a 401 on when the kubeconfig says the same as before', async () => {
    const { served } = await open();
    const old = served.kubeconfig();
    const member = clientOf(served, { loadKubeconfig: async () => old });
    closing.push(() => member.close());
    expect(await version(member)).toBe(200);
    served.rotate();
    expect(await version(member)).toBe(401);
  });

  it('reads a token file that the kubeconfig names anew: the text of the kubeconfig stays the same', async () => {
    const { served } = await open();
    const folder = mkdtempSync(join(tmpdir(), 'skerry-token-'));
    closing.push(async () => rmSync(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    const config = JSON.parse(served.kubeconfig());
    const giveToken = (): void => writeFileSync(tokenFile, JSON.parse(served.kubeconfig()).users[0].user.token);
    config.users[0].user = { tokenFile };
    const member = clientOf(served, { loadKubeconfig: async () => JSON.stringify(config) });
    closing.push(() => member.close());
    giveToken();
    expect(await version(member)).toBe(200);
    served.rotate();
    giveToken();
    expect(await version(member)).toBe(200);
  });

  it('shows a client certificate where the kubeconfig has one', async () => {
    const { served, member } = await open({ clientCertificates: true });
    expect(await version(member)).toBe(200);
    const { users: _users, ...rest } = JSON.parse(served.kubeconfig());
    const without = { ...rest, users: [{ name: 'simulated', user: {} }] };
    const stranger = clientOf(served, { loadKubeconfig: async () => JSON.stringify(without) });
    closing.push(() => stranger.close());
    await expect(version(stranger)).rejects.toBeInstanceOf(TransientFailure);
  });

  it('trusts only the CA of the kubeconfig', async () => {
    const { served } = await open();
    const { served: other } = await open();
    const foreign = JSON.parse(served.kubeconfig());
    foreign.clusters[0].cluster.server = JSON.parse(other.kubeconfig()).clusters[0].cluster.server;
    const member = clientOf(served, { loadKubeconfig: async () => JSON.stringify(foreign) });
    closing.push(() => member.close());
    await expect(version(member)).rejects.toBeInstanceOf(TransientFailure);
  });

  it('puts the path of the server in front of every request', async () => {
    const { served } = await open();
    const config = JSON.parse(served.kubeconfig());
    config.clusters[0].cluster.server += '/api/v1/';
    const member = clientOf(served, { loadKubeconfig: async () => JSON.stringify(config) });
    closing.push(() => member.close());
    const { status, body } = await member.request({ method: 'GET', path: '/nodes' });
    expect(status).toBe(200);
    expect((body as { kind: string }).kind).toBe('NodeList');
  });

  it('says that it cannot be loaded when its kubeconfig cannot', async () => {
    const failing = new MemberClient({
      clock: systemClock,
      loadKubeconfig: () => Promise.reject(new Error('the hub is away')),
    });
    await expect(version(failing)).rejects.toBeInstanceOf(TransientFailure);
    await failing.close();
  });
});
