import type { RequestObserver } from '@skerry/kube-api/http';
import type { Clock } from '@skerry/ports/clock/clock';
import type { GatewayFigures, Metrics } from '@skerry/runtime/telemetry/metrics';
import { requestVerb } from './request-verb.ts';

/** Counts requests while they run and hands each to the metrics when its answer has ended. */
export class RequestFigures {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  #inFlight = 0;
  #watches = 0;
  #served = 0;

  constructor({ metrics, clock }: { metrics: Metrics; clock: Clock }) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  get figures(): GatewayFigures {
    return { served: this.#served, inFlight: this.#inFlight, watches: this.#watches };
  }

  readonly observe: RequestObserver = (line) => {
    const verb = requestVerb(line);
    const isWatch = verb === 'watch';
    const sinceMs = this.#clock.monotonicMs();
    this.#count(isWatch, 1);
    return (status) => {
      this.#count(isWatch, -1);
      this.#served += 1;
      const code = status === undefined ? 'aborted' : String(status);
      // how long a watch stays open says nothing of the hub
      const seconds = isWatch ? undefined : (this.#clock.monotonicMs() - sinceMs) / 1_000;
      this.#metrics.served({ verb, code, seconds });
    };
  };

  #count(isWatch: boolean, by: number): void {
    if (isWatch) this.#watches += by;
    else this.#inFlight += by;
  }
}
