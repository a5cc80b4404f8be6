import { byText } from '@skerry/kernel/order';
import type { Bus, Subscription } from '@skerry/ports/bus/bus';
import type { Clock } from '@skerry/ports/clock/clock';
import type { Log } from '@skerry/runtime/telemetry/log';
import {
  decodeStatus,
  type SourceStatus,
  STATUS_SUBJECT,
  type StatusReport,
} from '@skerry/runtime/telemetry/status-beat';
import { inOrder, type Stage, stagesOf } from './stages.ts';

/** What `/skerry/v1/top` answers. */
export interface Top {
  readonly at: string;
  /** position of the store up to which this gateway answers reads */
  readonly position: number;
  readonly processes: readonly {
    readonly process: string;
    readonly holder: string;
    readonly unhealthy: readonly string[];
    readonly unready: readonly string[];
  }[];
  readonly stages: readonly Stage[];
  /** how many clusters have which verdict */
  readonly clusters: Readonly<Record<string, number>>;
}

interface Said {
  readonly atMs: number;
  readonly part: SourceStatus;
}

interface Heard {
  readonly process: string;
  atMs: number;
  last: StatusReport;
  /** by kind and name, oldest first */
  readonly parts: Map<string, Said[]>;
}

/** Who says nothing for so long is gone; rates are over as much. */
const FORGET_AFTER_MS = 5_000;

/** What all processes say of themselves, once a second. */
export class TopView {
  readonly #log: Pick<Log, 'warn'>;
  readonly #clock: Clock;
  readonly #heard = new Map<string, Heard>();
  #subscription: Subscription | undefined;

  constructor({ log, clock }: { log: Pick<Log, 'warn'>; clock: Clock }) {
    this.#log = log;
    this.#clock = clock;
  }

  async start(bus: Pick<Bus, 'subscribe'>): Promise<void> {
    this.#subscription = await bus.subscribe(`${STATUS_SUBJECT}.*`, (subject, data) => {
      try {
        this.#hear(subject.slice(STATUS_SUBJECT.length + 1), decodeStatus(data));
      } catch (error) {
        this.#log.warn({ subject, error }, 'status that cannot be read ignored');
      }
    });
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  top(position: number): Top {
    this.#forget();
    const heard = [...this.#heard.values()].sort(
      (a, b) => byText(a.process, b.process) || byText(a.last.holder, b.last.holder),
    );
    return {
      at: this.#clock.now().toISOString(),
      position,
      processes: heard.map(({ process, last: { holder, unhealthy, unready } }) => ({
        process,
        holder,
        unhealthy,
        unready,
      })),
      stages: inOrder(heard.flatMap((one) => this.#stagesOf(one))),
      clusters: verdictsOf(heard),
    };
  }

  #hear(process: string, report: StatusReport): void {
    const nowMs = this.#clock.monotonicMs();
    const heard = this.#heard.get(report.holder) ?? { process, atMs: nowMs, last: report, parts: new Map() };
    this.#heard.set(report.holder, heard);
    heard.atMs = nowMs;
    heard.last = report;
    for (const part of report.parts) {
      if (!maySay(process, part)) continue;
      const key = `${part.kind}/${part.name}`;
      heard.parts.set(key, [...(heard.parts.get(key) ?? []), { atMs: nowMs, part }]);
    }
    this.#forget();
  }

  #forget(): void {
    const oldestMs = this.#clock.monotonicMs() - FORGET_AFTER_MS;
    for (const [holder, { atMs, parts }] of this.#heard) {
      if (atMs < oldestMs) this.#heard.delete(holder);
      for (const [key, said] of parts) {
        const recent = said.filter((one) => one.atMs >= oldestMs);
        if (recent.length === 0) parts.delete(key);
        else if (recent.length < said.length) parts.set(key, recent);
      }
    }
  }

  #stagesOf({ process, last: { holder }, parts }: Heard): Stage[] {
    const readings = [...parts.values()].map((said) => {
      const [before, now] = [said[0]!, said.at(-1)!];
      return { now: now.part, before: before.part, seconds: (now.atMs - before.atMs) / 1_000 };
    });
    return stagesOf(readings, { process, holder });
  }
}

/** A syncer's user at the bus may say something of its own cluster only. */
const maySay = (process: string, { kind, name }: SourceStatus): boolean =>
  !process.startsWith('syncer-') || (kind === 'syncer' ? `syncer-${name}` : name) === process;

/** As the one who judges says; a standby folds the same. */
const verdictsOf = (heard: readonly Heard[]): Record<string, number> => {
  const said = heard.flatMap(({ parts }) => [...parts.values()].map((all) => all.at(-1)!.part));
  const counts: Record<string, number> = {};
  const judge = said.find((part) => part.kind === 'clusters');
  if (judge?.kind !== 'clusters') return counts;
  for (const verdict of Object.values(judge.figures.verdicts).sort(byText))
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
};
