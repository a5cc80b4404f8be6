import { MemoryBus } from '@skerry/adapters/memory/bus';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { ObjectObservedSchema, RepairSchema } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { type Report, ReportSchema } from '@skerry/contract/generated/skerry/v1/syncer_pb';
import { create, fromBinary, type MessageInitShape } from '@skerry/contract/message';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { Reporter } from './reporter.ts';

const MESSAGE_BYTES = 1_024 * 1_024;

interface Staged {
  readonly objects: number;
  readonly statusBytes: number;
  /** of each object */
  readonly repairs?: MessageInitShape<typeof RepairSchema>[];
}

/** A reporter of so many objects, each with a status of so many bytes. */
const stage = async ({ objects, statusBytes, repairs = [] }: Staged) => {
  const clock = new VirtualClock();
  const bus = new MemoryBus({ clock });
  const uids = Array.from({ length: objects }, (_, n) => `uid-${n}`);
  const reports: Report[] = [];
  const sizes: number[] = [];
  await bus.subscribeReports(async ({ data }) => {
    sizes.push(data.byteLength);
    if (data.byteLength > MESSAGE_BYTES) throw new Error('larger than a server takes');
    reports.push(fromBinary(ReportSchema, data));
  });
  const trouble = { portrait: false };
  const status = new Uint8Array(statusBytes).fill(32);
  const reporter = new Reporter({
    cluster: 'a',
    clusterUid: 'a1',
    bus,
    clock,
    log: silentLog,
    observe: (uid) => create(ObjectObservedSchema, { ref: { uid, kind: 'Boat', name: uid }, status, repairs }),
    confirm: () => {},
    everything: () => uids,
    portrait: () => {
      if (trouble.portrait) throw new Error('no portrait');
      return undefined;
    },
    incarnation: () => 'one',
  });
  const named = (): string[] => reports.flatMap((report) => report.objects.map(({ ref }) => ref!.uid));
  return { clock, bus, reporter, reports, sizes, uids, named, trouble };
};

describe('the reports of a syncer', () => {
  it('begin a term with everything, in one sequence, in messages that a server takes', async () => {
    const { clock, reporter, reports, sizes, uids, named } = await stage({ objects: 900, statusBytes: 8_000 });
    reporter.begin(7);
    await clock.advanceAsync(1_000);
    expect(named()).toEqual(uids);
    expect(Math.max(...sizes)).toBeLessThan(MESSAGE_BYTES);
    expect(reports.map(({ sequence }) => Number(sequence))).toEqual(reports.map((_, index) => index + 1));
    expect(reports.map(({ completeBegin }) => completeBegin)).toEqual(reports.map((_, index) => index === 0));
    expect(reports.map(({ completeEnd }) => completeEnd)).toEqual(reports.map((_, n) => n === reports.length - 1));
    reporter.end();
  });

  it('name what changed, all of it, also when it is too much for one message', async () => {
    const { clock, reporter, reports, sizes, uids, named } = await stage({ objects: 300, statusBytes: 8_000 });
    reporter.begin(7);
    await clock.advanceAsync(1_000);
    reports.length = 0;
    for (const uid of uids) reporter.changed(uid);
    await clock.advanceAsync(1_000);
    expect(named()).toEqual(uids);
    expect(Math.max(...sizes)).toBeLessThan(MESSAGE_BYTES);
    reporter.end();
  });

  it('are small enough also when what is long is neither status nor message', async () => {
    const field = '.spec.template.spec.containers[name="server"].resources.limits.memory';
    const repair = { action: 'reverted', manager: 'somebody', fields: Array.from({ length: 10 }, () => field) };
    const repairs = Array.from({ length: 10 }, () => repair);
    const { clock, reporter, sizes, uids, named } = await stage({ objects: 400, statusBytes: 0, repairs });
    reporter.begin(7);
    await clock.advanceAsync(2_000);
    expect(named()).toEqual(uids);
    expect(Math.max(...sizes)).toBeLessThan(MESSAGE_BYTES);
    reporter.end();
  });

  it('lose nothing when one of them could not be made', async () => {
    const { clock, reporter, reports, named, trouble } = await stage({ objects: 3, statusBytes: 10 });
    reporter.begin(7);
    await clock.advanceAsync(100);
    reports.length = 0;
    trouble.portrait = true;
    reporter.changed('uid-1');
    reporter.reportPortrait();
    await clock.advanceAsync(100);
    expect(reports).toEqual([]);
    trouble.portrait = false;
    await clock.advanceAsync(1_000);
    expect(named()).toContain('uid-1');
    reporter.end();
  });

  it('say that there is nothing, where there is nothing', async () => {
    const { clock, reporter, reports } = await stage({ objects: 0, statusBytes: 0 });
    reporter.begin(7);
    await clock.advanceAsync(1_000);
    expect(reports).toMatchObject([{ sequence: 1n, completeBegin: true, completeEnd: true, objects: [] }]);
    reporter.end();
  });

  it('say everything again after one that may have been lost; its number is not used twice', async () => {
    const { clock, bus, reporter, reports, uids, named } = await stage({ objects: 3, statusBytes: 10 });
    reporter.begin(7);
    await clock.advanceAsync(100);
    reports.length = 0;
    bus.setConnected(false);
    reporter.changed('uid-1');
    await clock.advanceAsync(100);
    bus.setConnected(true);
    await clock.advanceAsync(1_000);
    expect(named()).toEqual(uids);
    expect(reports).toMatchObject([{ sequence: 3n, completeBegin: true, completeEnd: true }]);
    reporter.end();
  });
});
