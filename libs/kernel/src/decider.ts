import type { Rejection } from './errors.ts';
import { rejection } from './errors.ts';

/** The events a command leads to. A repeated command is accepted with none. */
export interface Accepted<Event> {
  readonly kind: 'accepted';
  readonly events: readonly Event[];
}

export type Decision<Event> = Accepted<Event> | Rejection;

export const accept = <Event>(...events: Event[]): Accepted<Event> => ({ kind: 'accepted', events });
export const reject = rejection;

/**
 * One aggregate. `evolve` and `decide` are pure: time arrives in the command.
 * Law: deciding the same command on the state that its events led to yields no event.
 */
export interface Decider<State, Command, Event> {
  readonly category: string;
  readonly initialState: State;
  readonly evolve: (state: State, event: Event) => State;
  readonly decide: (state: State, command: Command) => Decision<Event>;
}

export const fold = <State, Event>(
  decider: { initialState: State; evolve: (state: State, event: Event) => State },
  events: Iterable<Event>,
): State => {
  let state = decider.initialState;
  for (const event of events) state = decider.evolve(state, event);
  return state;
};
