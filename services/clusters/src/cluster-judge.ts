import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';

export const SILENT_AFTER_MS = 20_000;
/** While the judge's own beacon is late, nobody ages: it may be the judge who is cut off. */
export const BEACON_LATE_MS = 3_000;
const FLAP_WINDOW_MS = 600_000;
const FLAPS = 3;

interface Pulse {
  /** ages only while the judge hears its own beacon */
  readonly ageMs: number;
  readonly apiReady: boolean;
  readonly reason: string;
  readonly changesMs: readonly number[];
}

export interface Judgement {
  readonly cluster: string;
  readonly verdict: Verdict;
  readonly reason: string;
}

/** Who is silent, not ready, back. Pure: time and beats come in, verdicts come out. */
export class ClusterJudge {
  readonly #pulses = new Map<string, Pulse & { heard: boolean }>();
  #beaconMs: number;
  #tickedMs: number;

  constructor(nowMs: number) {
    this.#beaconMs = nowMs;
    this.#tickedMs = nowMs;
  }

  beacon(nowMs: number): void {
    this.#beaconMs = nowMs;
  }

  beat(cluster: string, { apiReady, reason }: { apiReady: boolean; reason: string }): void {
    const present = this.#pulses.get(cluster);
    this.#pulses.set(cluster, { ageMs: 0, apiReady, reason, heard: true, changesMs: present?.changesMs ?? [] });
  }

  forget(cluster: string): void {
    this.#pulses.delete(cluster);
  }

  /** Time passes. Answers what differs from the verdicts that stand. */
  tick(nowMs: number, standing: ReadonlyMap<string, Verdict>): Judgement[] {
    const blind = nowMs - this.#beaconMs > BEACON_LATE_MS;
    const passedMs = blind ? 0 : nowMs - this.#tickedMs;
    this.#tickedMs = nowMs;
    const judgements: Judgement[] = [];
    for (const [cluster, verdict] of standing) {
      const pulse = this.#pulses.get(cluster) ?? { ageMs: 0, apiReady: true, reason: '', heard: false, changesMs: [] };
      const aged = { ...pulse, ageMs: pulse.ageMs + passedMs };
      const judged = this.#judge(cluster, { aged, verdict, nowMs });
      const changesMs = judged
        ? [...aged.changesMs.filter((at) => nowMs - at < FLAP_WINDOW_MS), nowMs]
        : aged.changesMs;
      this.#pulses.set(cluster, { ...aged, changesMs });
      if (judged) judgements.push(judged);
    }
    return judgements;
  }

  #judge(
    cluster: string,
    { aged, verdict, nowMs }: { aged: Pulse & { heard: boolean }; verdict: Verdict; nowMs: number },
  ): Judgement | undefined {
    const recent = aged.changesMs.filter((at) => nowMs - at < FLAP_WINDOW_MS).length;
    // only a beat ends a silence, never a longer wait
    const patient = recent >= FLAPS && verdict !== Verdict.SILENT;
    const silentAfterMs = patient ? 2 * SILENT_AFTER_MS : SILENT_AFTER_MS;
    const next = judgeOne(aged, silentAfterMs);
    return next === undefined || next.verdict === verdict ? undefined : { cluster, ...next };
  }
}

const judgeOne = (
  pulse: Pulse & { heard: boolean },
  silentAfterMs: number,
): { verdict: Verdict; reason: string } | undefined => {
  if (pulse.ageMs >= silentAfterMs) {
    const since = pulse.heard ? 'no beat' : 'no beat since it joined';
    return { verdict: Verdict.SILENT, reason: `${since} for ${Math.round(silentAfterMs / 1000)} s` };
  }
  if (!pulse.heard) return undefined;
  if (!pulse.apiReady) return { verdict: Verdict.NOT_READY, reason: pulse.reason || "the member's API is not ready" };
  return { verdict: Verdict.READY, reason: 'beats and its API answers' };
};
