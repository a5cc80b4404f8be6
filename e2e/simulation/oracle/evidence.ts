import { Verdict } from '@skerry/contract/generated/skerry/v1/cluster_pb';
import { type ObjectObserved, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import type { Ledger } from './ledger.ts';
import type { Running, Span } from './running.ts';

const SILENCE_MS = 20_000;
/** The longest time that a message may be on its way, in a member and on the bus. */
const SLACK_MS = 4_000;
const LOOK_EVERY_MS = 1_000;

interface Forwarded {
  readonly judge: string;
  readonly fromMs: number;
  lastMs: number;
}

export interface Asked {
  readonly cluster: string;
  readonly uid: string;
  readonly nowMs: number;
  readonly soakMs: number;
  /** placement version of the last fall of told there, and when that was */
  readonly lastFall: number;
  readonly lastFallMs: number;
}

/**
 * How many ready copies the hub may count in a cluster at most, found in two ways that the product knows nothing of: from the
 * stored events alone, and from what truly ran there while beats were sent. undefined: there is no evidence at all.
 */
export class Evidence {
  readonly #ledger: Ledger;
  readonly #running: (cluster: string) => Running;
  /** by lease: when somebody took it last */
  readonly #takenMs = new Map<string, number>();
  readonly #beatMs = new Map<string, number>();
  /** by cluster: the beats that the judge that came last passed on, and those of the one before */
  readonly #forwarded = new Map<string, readonly [Forwarded, Forwarded | undefined]>();
  /** times in which no syncer watched of which the hub ever heard, the last few */
  readonly #blind = new Map<string, Span[]>();
  /** until when what a cluster says may be older than it looks */
  readonly #blurredMs = new Map<string, number>();

  constructor({ ledger, running }: { ledger: Ledger; running: (cluster: string) => Running }) {
    this.#ledger = ledger;
    this.#running = running;
  }

  /** The judge or `replicas` begins anew: no soak outlives that. */
  begins(service: string, atMs: number): void {
    this.#takenMs.set(service, atMs);
  }

  beat(cluster: string, atMs: number): void {
    this.#beatMs.set(cluster, atMs);
  }

  /**
   * Another syncer begins, or takes over, whatever it saw while it stood by: what was so between the last word of the one before
   * and its own first is in no report.
   */
  watchesAnew(cluster: string, atMs: number): void {
    const span = { fromMs: (this.#beatMs.get(cluster) ?? atMs) - SLACK_MS, toMs: atMs + SLACK_MS };
    this.#blind.set(cluster, [...(this.#blind.get(cluster) ?? []).slice(-9), span]);
  }

  forwarded(cluster: string, { judge, atMs }: { judge: string; atMs: number }): void {
    const known = this.#forwarded.get(cluster) ?? [];
    const same = known.find((one) => one?.judge === judge);
    // one that was stopped may pass on what it had when it wakes: the other judges on all the same
    if (same) same.lastMs = atMs;
    else this.#forwarded.set(cluster, [{ judge, fromMs: atMs, lastMs: atMs }, known[0]]);
  }

  /** Its watches lie, or it was set back: until then nothing true can be known of what runs there. */
  blur(cluster: string, untilMs: number): void {
    this.#blurredMs.set(cluster, Math.max(untilMs, this.#blurredMs.get(cluster) ?? 0));
  }

  /** From what is stored: the smallest ready count that reports named in the whole last soak. */
  stored(asked: Asked): number | undefined {
    const { cluster, uid, nowMs, soakMs, lastFall } = asked;
    if (!this.#isUnbroken(asked)) return undefined;
    const clusterUid = this.#clusterUid(cluster);
    const counts = this.#ledger.observed
      .of(`${cluster}/${uid}`)
      .filter(({ data }) => Number(data.placementVersion) >= lastFall && data.clusterUid === clusterUid);
    let smallest: number | undefined;
    for (const [at, { data, atMs }] of counts.entries()) {
      if (atMs <= nowMs - soakMs) smallest = readyOf(data);
      else if (smallest === undefined) return undefined;
      else smallest = Math.min(smallest, readyOf(data), at === 0 ? Infinity : lowestOf(data));
    }
    return smallest;
  }

  /** From what ran: the best that any report within the silence threshold could prove. */
  true({ cluster, uid, nowMs, soakMs, lastFallMs }: Asked): number {
    if (nowMs < (this.#blurredMs.get(cluster) ?? 0)) return Infinity;
    const running = this.#running(cluster);
    let best = 0;
    for (let backMs = 0; backMs <= SILENCE_MS + SLACK_MS; backMs += LOOK_EVERY_MS) {
      const toMs = nowMs - backMs;
      if (toMs - soakMs < lastFallMs - SLACK_MS) break;
      const span = { fromMs: toMs - soakMs + SLACK_MS, toMs: toMs - SLACK_MS };
      best = Math.max(best, running.lowest(uid, { ...span, blind: this.#blind.get(cluster) ?? [] }));
    }
    return best;
  }

  /** No verdict, no silence, no new judge and no new reader in the whole soak. */
  #isUnbroken({ cluster, nowMs, soakMs }: Asked): boolean {
    const verdict = this.#ledger.verdicts.last(cluster);
    const fromMs = nowMs - soakMs;
    if (verdict?.data.verdict !== Verdict.READY || verdict.atMs > fromMs) return false;
    if ((this.#takenMs.get('replicas') ?? 0) > fromMs) return false;
    // that there is a new judge is known from its first beat; until then the last word of the old one is young enough
    const isHeard = this.#forwarded
      .get(cluster)
      ?.some(
        (one) => one && one.lastMs - one.fromMs >= soakMs - SLACK_MS && one.lastMs >= nowMs - SILENCE_MS - SLACK_MS,
      );
    if (!isHeard) return false;
    return (this.#beatMs.get(cluster) ?? 0) >= nowMs - SILENCE_MS - 2 * SLACK_MS;
  }

  #clusterUid(cluster: string): string {
    const last = this.#ledger.clusters.last(cluster);
    return last?.data.kind === 'stored' ? last.data.stored.ref!.uid : '';
  }
}

const isLive = ({ state }: ObjectObserved): boolean =>
  state === ObservedState.APPLIED || state === ObservedState.CONTENDED;

const readyOf = (observed: ObjectObserved): number => {
  if (!isLive(observed)) return 0;
  return observed.hasCount ? (observed.count?.ready ?? 0) : 1;
};

const lowestOf = (observed: ObjectObserved): number => {
  if (!isLive(observed)) return 0;
  return observed.hasCount ? Math.min(observed.count?.lowestReady ?? 0, observed.count?.ready ?? 0) : 1;
};
