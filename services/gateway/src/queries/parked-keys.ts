import { byText } from '@skerry/kernel/order';
import type { Bus, Subscription } from '@skerry/ports/bus/bus';
import { PARKED_SUBJECT, type ParkedReport } from '@skerry/runtime/service/parked';
import type { Log } from '@skerry/runtime/telemetry/log';
import type { StatusView } from '../view/status-view.ts';

/** A key that waits for a person or new facts, and the object that it is about; empty texts where that is not known. */
export interface Parked {
  readonly service: string;
  readonly key: string;
  readonly reason: string;
  readonly since: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What every service says it has parked. Services repeat it, so a gateway that starts later knows it soon. */
export class ParkedKeys {
  readonly #byInstance = new Map<string, ParkedReport>();
  readonly #log: Pick<Log, 'warn'>;
  #subscription: Subscription | undefined;

  constructor({ log }: { log: Pick<Log, 'warn'> }) {
    this.#log = log;
  }

  async start(bus: Pick<Bus, 'subscribe'>): Promise<void> {
    this.#subscription = await bus.subscribe(`${PARKED_SUBJECT}.*`, (subject, data) => {
      try {
        const report = JSON.parse(new TextDecoder().decode(data)) as ParkedReport;
        if (!Array.isArray(report.keys)) throw new TypeError('keys has to be a list');
        this.#byInstance.set(report.service, report);
      } catch (error) {
        this.#log.warn({ subject, error }, 'report of parked keys that cannot be read ignored');
      }
    });
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  /** By service; with the object that a key is about, where it is known: a uid alone says nothing to a person. */
  all(view: Pick<StatusView, 'refOf'>): Parked[] {
    return [...this.#byInstance.values()]
      .sort((a, b) => byText(a.service, b.service))
      .flatMap(({ service, keys }) =>
        keys.map((parked) => {
          const { kind = '', namespace = '', name = '' } = view.refOf(parked.key.split('/').at(-1)!) ?? {};
          return { service, ...parked, kind, namespace, name };
        }),
      );
  }
}
