import { partitionOf } from '@skerry/ports/event-store/event-store';
import type { AppendRequest, EventMeta, NewEvent } from '@skerry/ports/event-store/event-store';

export const someMeta: EventMeta = {
  actor: 'user:test',
  correlationId: 'correlation',
  causationId: 'causation',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** An event of a stream; everything else may be left out. */
export const eventOf = (stream: string, more: Partial<NewEvent> = {}): NewEvent => {
  const uid = more.uid ?? stream.slice(stream.indexOf('-') + 1);
  return {
    stream,
    type: 'SomethingHappened',
    data: new TextEncoder().encode(`data of ${stream}`),
    partition: partitionOf(uid),
    namespace: 'shop',
    uid,
    cluster: '',
    ...more,
  };
};

let commands = 0;

/** An append of these events by a new command, nothing expected. */
export const appendOf = (events: readonly NewEvent[], more: Partial<AppendRequest> = {}): AppendRequest => ({
  commandId: `command-${++commands}`,
  events,
  expected: [],
  meta: someMeta,
  ...more,
});
