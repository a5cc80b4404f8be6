/**
 * Evidence of ready replicas, held over a soak. All times are the receiver's monotonic milliseconds, given by the caller.
 * What is counted is what reports named *and* beats confirmed: a report without a beat, or a beat without its report,
 * proves nothing.
 */

/** One cluster's beats, as the reader has confirmed them: everything that they name is folded. */
export interface ClusterEvidence {
  /** first confirmed beat since the last break (verdict, pause, start of judge or reader); undefined: none yet */
  readonly soakFromMs: number | undefined;
  /** when the judge received the last confirmed beat */
  readonly confirmedMs: number;
  readonly judge: string;
}

export const noClusterEvidence: ClusterEvidence = { soakFromMs: undefined, confirmedMs: 0, judge: '' };

/**
 * A beat whose reports are all folded. Another judge starts all soaks anew. `ageMs`: how long it had waited for its reports:
 * so much older is what it confirms. A soak begins when it is confirmed, however old the beat: what ended the last one may
 * have come between.
 */
export const confirmBeat = (
  evidence: ClusterEvidence,
  beat: { atMs: number; ageMs?: number; judge: string },
): ClusterEvidence => {
  const broken = evidence.soakFromMs === undefined || evidence.judge !== beat.judge;
  return {
    soakFromMs: broken ? beat.atMs : evidence.soakFromMs,
    confirmedMs: beat.atMs - (beat.ageMs ?? 0),
    judge: beat.judge,
  };
};

interface Sample {
  readonly atMs: number;
  readonly ready: number;
  /** lowest since the sample before */
  readonly lowest: number;
}

/** One object's reports from one cluster, since the last fall that they must name. */
export interface ObjectEvidence {
  readonly sinceMs: number;
  readonly samples: readonly Sample[];
}

/** Adds a report that counts. Samples that no window can reach any more are dropped, except the one in effect. */
export const addReport = (
  evidence: ObjectEvidence | undefined,
  report: { atMs: number; ready: number; lowest: number; keepMs: number },
): ObjectEvidence => {
  const sample = { atMs: report.atMs, ready: report.ready, lowest: Math.min(report.lowest, report.ready) };
  if (!evidence) return { sinceMs: report.atMs, samples: [{ ...sample, lowest: sample.ready }] };
  const horizon = report.atMs - report.keepMs;
  let first = 0;
  while (first + 1 < evidence.samples.length && evidence.samples[first + 1]!.atMs <= horizon) first += 1;
  return { sinceMs: evidence.sinceMs, samples: [...evidence.samples.slice(first), sample] };
};

export interface Soak {
  readonly nowMs: number;
  readonly soakMs: number;
  /** a beat older than this proves nothing */
  readonly silenceMs: number;
}

/**
 * The smallest ready count that was held over the whole last soak, or undefined without evidence of a whole soak.
 * The window ends at the last confirmed beat, so what came after it can only lower the answer.
 */
export const countedReady = (
  { cluster, object }: { cluster: ClusterEvidence; object: ObjectEvidence | undefined },
  soak: Soak,
): number | undefined => {
  if (!object || cluster.soakFromMs === undefined) return undefined;
  if (soak.nowMs - cluster.confirmedMs >= soak.silenceMs) return undefined;
  const since = Math.max(cluster.soakFromMs, object.sinceMs);
  const windowStart = cluster.confirmedMs - soak.soakMs;
  if (since > windowStart) return undefined;
  let smallest = Infinity;
  for (const sample of object.samples) {
    if (sample.atMs <= windowStart) smallest = sample.ready;
    else smallest = Math.min(smallest, sample.lowest, sample.ready);
  }
  return smallest;
};

/** When the first whole soak of this object in this cluster is over; undefined: no evidence is on its way. */
export const soakEndsMs = (
  { cluster, object }: { cluster: ClusterEvidence; object: ObjectEvidence | undefined },
  soakMs: number,
): number | undefined =>
  object && cluster.soakFromMs !== undefined ? Math.max(cluster.soakFromMs, object.sinceMs) + soakMs : undefined;
