/** Everything that a command may use of the machine, so that tests can give their own. */
export interface World {
  /** one or more lines for standard output, without the last line break */
  readonly out: (text: string) => void;
  /** for standard error */
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** the caller's folder: relative paths are meant from there */
  readonly folder: string;
  /** standard output is a terminal that can be drawn over */
  readonly isTerminal: boolean;
  /** of the terminal as it is now; 100 × 40 where there is none */
  readonly columns: () => number;
  readonly rows: () => number;
  readonly now: () => Date;
  readonly readInput: () => Promise<string>;
  /** aborted when somebody presses Ctrl-C or the process is asked to end */
  readonly stop: AbortSignal;
  /** says that this command ends in order by itself when `stop` is aborted, however long that takes */
  readonly holdExit: () => void;
}
