export interface NightlyOutcome {
  readonly passed: number;
  /** one text for each */
  readonly failures: readonly string[];
}

/** Something that takes too long for every change. `say`: what it says on its way, kept in a file. */
export interface NightlySuite {
  readonly name: string;
  run(say: (text: string) => void): Promise<NightlyOutcome>;
}
