import { MemoryMember } from '@skerry/adapters/memory/member';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { VirtualClock } from '@skerry/adapters/memory/virtual-clock';
import { createKubeApi } from '@skerry/kube-api/kube-api';
import type { Member } from '@skerry/ports/member/member';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { MemberView } from './member-view.ts';

const SEARCH = 'labelSelector=';

describe('a view of a member that is stopped while it starts', () => {
  const clock = new VirtualClock();
  const environment = { now: () => clock.now(), newUid: () => 'u', after: clock.after.bind(clock) };
  const open = async (isThere: boolean) => {
    const member = new MemoryMember(createKubeApi({ store: new MemoryObjectStore(), environment }).handle);
    const asked: string[] = [];
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let isHeld = (): void => {};
    const reached = new Promise<void>((resolve) => (isHeld = resolve));
    const slow: Member = {
      request: async (request) => {
        asked.push(request.path);
        const response = await member.request(request);
        if (!request.path.includes(SEARCH)) return response;
        isHeld();
        await held;
        return isThere ? { ...response, body: { items: [{}] } } : response;
      },
      watch: (request) => {
        asked.push(request.path);
        return member.watch(request);
      },
      close: async () => undefined,
    };
    const told = { onChanged: () => undefined, onKinds: () => undefined, onKindListed: () => undefined };
    const view = new MemberView({ cluster: 'a', member: slow, clock, log: silentLog, random: () => 0, ...told });
    const started = view.start();
    await reached;
    return { view, started, asked, goOn };
  };

  it.each([
    ['there is something of ours', true],
    ['there is nothing of ours', false],
  ])('asks it for nothing more, also when the answer is then that %s', async (_what, isThere) => {
    const { view, started, asked, goOn } = await open(isThere);
    view.stop();
    const before = asked.length;
    goOn();
    await started;
    await clock.advanceAsync(60_000);
    expect(asked.slice(before)).toEqual([]);
  });
});
