import type { EventStore } from '@skerry/ports/event-store/event-store';
import type { Member, MemberRequest } from '@skerry/ports/member/member';
import type { World } from '../service/decision-service.ts';
import { delegate } from '../delegate.ts';
import type { Tracing } from './tracing.ts';

/** A world whose appends are spans of what is under way. The events carry on the append's own: what they cause is linked to it. */
export const tracedWorld = (world: World, tracing: Tracing | undefined): World =>
  tracing ? { ...world, store: tracedStore(world.store, tracing), tracing } : world;

const tracedStore = (store: EventStore, tracing: Tracing): EventStore => {
  const append: EventStore['append'] = (request) => {
    const { stream = '', type = '' } = request.events[0] ?? {};
    const attributes = { 'skerry.stream': stream, 'skerry.event': type, 'skerry.events': request.events.length };
    return tracing.hop({ name: 'append', attributes }, async (span) => {
      if (!span) return store.append(request);
      const outcome = await store.append({ ...request, meta: { ...request.meta, traceparent: span.traceparent } });
      span.set({ 'skerry.answer': outcome.kind });
      if ('events' in outcome) span.set({ 'skerry.position': outcome.events.at(-1)?.position ?? 0 });
      return outcome;
    });
  };
  return delegate(store, { append });
};

/** A member whose requests are spans of the look at an object that makes them; what a syncer asks beside is none. */
export const tracedMember = (member: Member, tracing: Tracing | undefined): Member => {
  if (!tracing) return member;
  const request = (asked: MemberRequest) => {
    const [path = ''] = asked.path.split('?');
    const attributes = { 'http.request.method': asked.method, 'url.path': path };
    return tracing.hop({ name: `member ${asked.method}`, kind: 'client', attributes }, async (span) => {
      const response = await member.request(asked);
      span?.set({ 'http.response.status_code': response.status });
      return response;
    });
  };
  return delegate(member, { request });
};
