/** A domain message: its type and its plain data. `type` is stable for ever once it has been stored. */
export interface Message<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** One handler per message type: a forgotten type does not compile. */
export type HandlerMap<State, Event extends Message> = {
  readonly [Type in Event['type']]: (state: State, data: Extract<Event, { type: Type }>['data']) => State;
};

/** Turns a typed map into `evolve`. An unknown type is a bug of the caller, never skipped. */
export const evolveWith =
  <State, Event extends Message>(handlers: HandlerMap<State, Event>) =>
  (state: State, event: Event): State => {
    const handler = handlers[event.type as Event['type']] as ((state: State, data: unknown) => State) | undefined;
    if (!handler) throw new Error(`no evolve handler for event type ${event.type}`);
    return handler(state, event.data);
  };
