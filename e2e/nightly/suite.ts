export interface NightlyOutcome {
  readonly passed: number;
  /** one text for each */
  readonly failures: readonly string[];
}

/** Something that takes too long for every change. `say`: how far it has come. */
export interface NightlySuite {
  readonly name: string;
  run(say: (line: string) => void): Promise<NightlyOutcome>;
}
