/**
 * A decision engine: one frozen snapshot in, one outcome with its diagnosis out. No clock, no network, no randomness.
 * Law: the same snapshot gives the same outcome, whatever the order of its collections.
 */
export interface Engine<Snapshot, Outcome> {
  readonly name: string;
  readonly version: string;
  readonly decide: (snapshot: Readonly<Snapshot>) => Outcome;
}
