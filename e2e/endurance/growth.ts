/** Memory of a process at a time since its start. */
export interface Sample {
  readonly seconds: number;
  readonly mib: number;
}

export interface Growth {
  readonly hours: number;
  readonly meanMib: number;
  /** slope of the line, as a share of the mean; per hour */
  readonly percentPerHour: number;
  /** what the line rises over the whole time, as a share of the mean */
  readonly percent: number;
}

/** The line of least squares through the samples; at least two different times. */
export const growthOf = (samples: readonly Sample[]): Growth => {
  const mean = (pick: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const [meanSeconds, meanMib] = [mean(({ seconds }) => seconds), mean(({ mib }) => mib)];
  const spread = mean(({ seconds }) => (seconds - meanSeconds) ** 2);
  const slope = mean(({ seconds, mib }) => (seconds - meanSeconds) * (mib - meanMib)) / spread;
  const hours = (samples.at(-1)!.seconds - samples[0]!.seconds) / 3_600;
  const percentPerHour = (slope * 3_600 * 100) / meanMib;
  return { hours, meanMib, percentPerHour, percent: percentPerHour * hours };
};

const PERCENT_PER_HOUR = 5;
const FULL_HOURS = 1;
const SHORTEST_HOURS = 0.15;
const UNSETTLED_PERCENT = 10;

/**
 * What a process may grow by, in % of its mean, over so many hours; undefined: too short to say anything.
 *
 * From an hour on it is the budget of 5 %/h. Over less, what is let go of all at once (a quarter of a window, compiled code that
 * was not used for long) makes steps that a line through a quarter of an hour calls 20 %/h. So as much is left out of account,
 * less the longer it was watched.
 */
export const allowedPercent = (hours: number): number | undefined => {
  if (hours < SHORTEST_HOURS) return undefined;
  return PERCENT_PER_HOUR * hours + UNSETTLED_PERCENT * Math.max(0, 1 - hours / FULL_HOURS);
};
