import { PARKED_SUBJECT, type ParkedReport } from '@skerry/runtime/service/parked';
import type { Bus, Subscription } from '@skerry/ports/bus/bus';

/** What every service says it has parked. Services repeat it, so a gateway that starts later knows it soon. */
export class ParkedKeys {
  readonly #byInstance = new Map<string, ParkedReport>();
  #subscription: Subscription | undefined;

  async start(bus: Pick<Bus, 'subscribe'>): Promise<void> {
    this.#subscription = await bus.subscribe(`${PARKED_SUBJECT}.*`, (_subject, data) => {
      const report = JSON.parse(new TextDecoder().decode(data)) as ParkedReport;
      this.#byInstance.set(report.service, report);
    });
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  all(): { service: string; key: string; reason: string; since: string }[] {
    return [...this.#byInstance.values()]
      .sort((a, b) => (a.service < b.service ? -1 : 1))
      .flatMap(({ service, keys }) => keys.map((parked) => ({ service, ...parked })));
  }
}
