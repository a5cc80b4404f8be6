import { MemoryMember } from '@skerry/adapters/memory/member';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { createKubeApi } from '@skerry/kube-api/kube-api';
import type { Member } from '@skerry/ports/member/member';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { MemberLease } from './member-lease.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/skerry-system/leases/skerry-syncer';

const stage = () => {
  const clock = new VirtualClock();
  const environment = {
    now: () => clock.now(),
    newUid: () => 'u',
    after: (delayMs: number, wake: () => void) => clock.after(delayMs, wake),
  };
  const api = createKubeApi({ store: new MemoryObjectStore(), environment });
  const member = new MemoryMember(api.handle);
  const told = { rewound: 0, elected: 0, terms: [] as number[] };
  const followed = { incarnation: 'one', through: 7 };
  const stopped = { is: false };
  let goOn = (): void => {};
  /** Of whoever is stopped every write waits, and then goes on its way. */
  const stopping: Member = {
    request: async (request) => {
      if (stopped.is && request.method === 'PATCH') await new Promise<void>((resolve) => (goOn = resolve));
      return member.request(request);
    },
    watch: (request) => member.watch(request),
    close: () => member.close(),
  };
  const leaseOf = (holder: string, { stops = false } = {}): MemberLease =>
    new MemberLease({
      ...{ member: stops ? stopping : member, clock, log: silentLog, holder },
      followed: () => followed,
      onElected: (term) => {
        told.elected += 1;
        told.terms.push(term);
      },
      onLost: () => {},
      onRewound: () => (told.rewound += 1),
    });
  const read = async (): Promise<any> => (await member.request({ method: 'GET', path: PATH })).body;
  /** As it was, as a restored backup has it. */
  const putBack = async (old: any): Promise<void> => {
    const contentType = 'application/merge-patch+json';
    await member.request({ method: 'PATCH', path: PATH, contentType, body: JSON.stringify({ spec: old.spec }) });
  };
  return { clock, told, leaseOf, read, putBack, member, followed, stopped, goOn: () => goOn() };
};

describe('the lease in the member', () => {
  it('that is renewed and read again and again is not taken for an older one', async () => {
    const { clock, told, leaseOf } = stage();
    const [one, other] = [leaseOf('one'), leaseOf('other')];
    await Promise.all([one.start(), other.start()]);
    await clock.advanceAsync(120_000);
    await one.stop();
    await clock.advanceAsync(60_000);
    expect([told.rewound, told.elected]).toEqual([0, 2]);
    await other.stop();
  });

  it.each([5_000, 60_000])(
    'that is as it was %d ms ago tells holder and standby that the member was restored',
    async (agoMs) => {
      const { clock, told, leaseOf, read, putBack } = stage();
      const [one, other] = [leaseOf('one'), leaseOf('other')];
      await Promise.all([one.start(), other.start()]);
      await clock.advanceAsync(10_000);
      const old = await read();
      await clock.advanceAsync(agoMs);
      await putBack(old);
      await clock.advanceAsync(6_000);
      expect(told.rewound).toBe(2);
      await clock.advanceAsync(60_000);
      expect(told.rewound).toBe(2);
      await Promise.all([one.stop(), other.stop()]);
    },
  );

  it('that is gone is an older one too: the member was restored to before the cluster joined', async () => {
    const { clock, told, leaseOf, member } = stage();
    const one = leaseOf('one');
    await one.start();
    await clock.advanceAsync(10_000);
    await member.request({ method: 'DELETE', path: PATH });
    await clock.advanceAsync(6_000);
    expect(told.rewound).toBe(1);
    await one.stop();
  });

  it('is not taken back from another by one who was stopped between reading and writing it', async () => {
    const { clock, told, leaseOf, read, stopped, goOn } = stage();
    const [one, other] = [leaseOf('one', { stops: true }), leaseOf('other')];
    await one.start();
    await other.start();
    await clock.advanceAsync(4_000);
    stopped.is = true;
    await clock.advanceAsync(60_000);
    expect([one.isHeld, other.isHeld]).toEqual([false, true]);
    goOn();
    await clock.advanceAsync(100);
    expect((await read()).spec.holderIdentity).toBe('other');
    expect([one.isHeld, other.isHeld, told.terms.length]).toEqual([false, true, 2]);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('remembers how far the hub was followed, and of which incarnation', async () => {
    const { clock, leaseOf, followed } = stage();
    const one = leaseOf('one');
    await one.start();
    await one.rememberIncarnation('one');
    followed.through = 12;
    await clock.advanceAsync(6_000);
    await one.stop();
    // built from an older store, or from another one: neither takes it back
    followed.through = 3;
    const other = leaseOf('other');
    await other.start();
    expect([other.incarnation, other.through]).toEqual(['one', 12]);
    followed.incarnation = 'two';
    await clock.advanceAsync(6_000);
    expect(other.through).toBe(12);
    await other.rememberIncarnation('two');
    expect(other.through).toBe(3);
    await other.stop();
  });

  it.each([
    ['of another incarnation, as a program of before wrote it', 'one/12', 'two'],
    ['that is no number', 'one/many', 'one'],
    ['that is a number alone', '12', 'one'],
  ])('takes a position %s for none', async (_what, through, incarnation) => {
    const { leaseOf, read, member, followed } = stage();
    followed.through = 0;
    const one = leaseOf('one');
    await one.start();
    await one.stop();
    const annotations = { 'skerry.dev/incarnation': incarnation, 'skerry.dev/through': through };
    const body = JSON.stringify({ metadata: { annotations } });
    await member.request({ method: 'PATCH', path: PATH, contentType: 'application/merge-patch+json', body });
    const other = leaseOf('other');
    await other.start();
    expect([other.incarnation, other.through]).toEqual([incarnation, 0]);
    expect((await read()).metadata.annotations['skerry.dev/through']).not.toContain('NaN');
    await other.stop();
  });

  it('is written by whoever holds it, and by nobody else', async () => {
    const { leaseOf, read } = stage();
    const [one, other] = [leaseOf('one'), leaseOf('other')];
    await one.start();
    await other.start();
    await expect(other.rememberIncarnation('two')).rejects.toThrow('is not held');
    expect((await read()).spec.holderIdentity).toBe('one');
    await Promise.all([one.stop(), other.stop()]);
  });

  it('never gives a term a second time, also when a standby takes it after a restore', async () => {
    const { clock, told, leaseOf, read, putBack } = stage();
    const [one, other, third] = [leaseOf('one'), leaseOf('other'), leaseOf('third')];
    await one.start();
    await clock.advanceAsync(20_000);
    const old = await read();
    await Promise.all([other.start(), third.start()]);
    await one.stop();
    await clock.advanceAsync(60_000);
    await putBack(old);
    await clock.advanceAsync(60_000);
    expect(told.terms.length).toBeGreaterThan(2);
    expect(told.terms).toEqual([...new Set(told.terms)].sort((a, b) => a - b));
    await Promise.all([other.stop(), third.stop()]);
  });
});
