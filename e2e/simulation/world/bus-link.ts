import { TransientFailure } from '@skerry/kernel/errors';
import type { Bus, ReportMessage, Subscription } from '@skerry/ports/bus/bus';
import type { Link } from './faults.ts';
import type { Timeline } from './timeline.ts';

/** How long the bus waits for an acknowledgement before it gives a report again, to whoever consumes then. */
const ACK_WAIT_MS = 1_000;

interface BusLinkParts {
  readonly link: Link;
  readonly timeline: Timeline;
  /** asked anew each time: after a restore there is another one */
  readonly bus: () => Bus;
  /** by cluster: when its last report reaches the intake; the bus keeps their order */
  readonly reportsDueMs: Map<string, number>;
}

/** The bus as one process sees it: what it is sent may be lost, late, repeated or out of order. */
export class BusLink implements Bus {
  readonly #parts: BusLinkParts;
  readonly #subscriptions = new Set<Subscription>();
  readonly #connectionListeners = new Set<(connected: boolean) => void>();
  /** what is in order does not overtake what came before it */
  #inOrderMs = 0;
  #endReports: (() => void) | undefined;

  constructor(parts: BusLinkParts) {
    this.#parts = parts;
    parts.link.process.onEnd(() => this.#end());
  }

  publishEvents(events: Parameters<Bus['publishEvents']>[0]): Promise<void> {
    return this.#parts.link.call('publish', () => this.#parts.bus().publishEvents(events));
  }

  lastPublished(): ReturnType<Bus['lastPublished']> {
    return this.#parts.link.call('last published', () => this.#parts.bus().lastPublished());
  }

  async subscribeEvents(request: Parameters<Bus['subscribeEvents']>[0]): Promise<Subscription> {
    const live = { is: true };
    const onEvent: typeof request.onEvent = (event) => this.#deliver(live, () => request.onEvent(event));
    return this.#keep(live, await this.#parts.bus().subscribeEvents({ ...request, onEvent }));
  }

  /** Accepted and lost is what a server does whose storage is deleted. */
  publishReport(report: ReportMessage): Promise<void> {
    const { link, timeline, bus, reportsDueMs } = this.#parts;
    const { cluster } = report;
    return link.call('report', async () => {
      if (link.weather.reportLost > 0 && link.random.chance(link.weather.reportLost)) return;
      const dueMs = Math.max(timeline.nowMs + link.weather.reportsLateMs, reportsDueMs.get(cluster) ?? 0);
      reportsDueMs.set(cluster, dueMs);
      if (dueMs > timeline.nowMs) timeline.after(dueMs - timeline.nowMs, () => void bus().publishReport(report));
      else await bus().publishReport(report);
    });
  }

  async subscribeReports(onReport: (report: ReportMessage) => Promise<void>): Promise<Subscription> {
    const { link, timeline, bus } = this.#parts;
    const live = { is: true };
    const subscription = await bus().subscribeReports(async (report) => {
      let fail = (): void => {};
      const ended = new Promise<never>((_, reject) => {
        fail = () => reject(new TransientFailure('the report was not acknowledged'));
        this.#endReports = fail;
        if (link.isCut || link.process.isPaused) timeline.after(ACK_WAIT_MS, fail);
      });
      if (link.isCut) return ended;
      const taken = new Promise<void>((resolve, reject) =>
        link.process.run(() => {
          if (live.is) void onReport(report).then(resolve, reject);
          else timeline.after(ACK_WAIT_MS, fail); // it was on its way to one that takes no more
        }),
      );
      await Promise.race([taken, ended]);
      const again = link.weather.repeated > 0 && link.random.chance(link.weather.repeated);
      if (again) timeline.after(link.random.next() * 100, () => link.process.run(() => void onReport(report)));
    });
    return this.#keep(live, subscription);
  }

  publish(subject: string, data: Uint8Array): void {
    const { link, timeline, bus } = this.#parts;
    if (link.isCut) return;
    const { delayMs } = link;
    if (delayMs > 0) timeline.after(delayMs, () => bus().publish(subject, data));
    else bus().publish(subject, data);
  }

  async subscribe(pattern: string, onMessage: (subject: string, data: Uint8Array) => void): Promise<Subscription> {
    const live = { is: true };
    const subscription = await this.#parts.bus().subscribe(pattern, (subject, data) => {
      this.#deliver(live, () => onMessage(subject, data));
    });
    return this.#keep(live, subscription);
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#connectionListeners.add(listener);
    return () => void this.#connectionListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#end();
  }

  setCut(isCut: boolean): void {
    const { link } = this.#parts;
    if (link.isCut === isCut) return;
    link.isCut = isCut;
    for (const listener of this.#connectionListeners) link.process.run(() => listener(!isCut));
  }

  #deliver(live: { is: boolean }, work: () => void): void {
    const { link, timeline } = this.#parts;
    const { weather, random } = link;
    if (link.isCut || (weather.lost > 0 && random.chance(weather.lost))) return;
    const now = (): void => link.process.run(() => live.is && work());
    if (weather.repeated > 0 && random.chance(weather.repeated)) timeline.after(random.next() * 2_000, now);
    if (weather.reordered > 0 && random.chance(weather.reordered)) {
      return void timeline.after(random.next() * 500, now);
    }
    const atMs = Math.max(this.#inOrderMs, timeline.nowMs + link.delayMs);
    if (atMs <= timeline.nowMs) return now();
    this.#inOrderMs = atMs;
    timeline.after(atMs - timeline.nowMs, now);
  }

  #keep(live: { is: boolean }, inner: Subscription): Subscription {
    const subscription = {
      stop: async () => {
        live.is = false;
        this.#subscriptions.delete(subscription);
        await inner.stop();
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #end(): void {
    for (const subscription of [...this.#subscriptions]) void subscription.stop();
    this.#connectionListeners.clear();
    this.#endReports?.();
  }
}
