import type { KubeServerOptions } from '@skerry/kube-api/http';
import type { KubeRequest, KubeResponse } from '@skerry/kube-api/request';
import { TransientFailure } from '@skerry/kernel/errors';
import type { Process } from './process.ts';
import type { Timeline } from './timeline.ts';

/** How long a client waits for an answer. */
const PATIENCE_MS = 3_000;

interface Gateway {
  readonly process: Process;
  readonly server: KubeServerOptions;
}

/** The gateways that answer, in front of them whatever shares the load. */
export class Gateways {
  readonly #timeline: Timeline;
  readonly #running: Gateway[] = [];
  #turn = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  add(gateway: Gateway): void {
    this.#running.push(gateway);
    gateway.process.onEnd(() => void this.#running.splice(this.#running.indexOf(gateway), 1));
  }

  /** Whoever asks gives up after a while: one that was killed meanwhile never answers. */
  ask<T>(question: (also: NonNullable<KubeServerOptions['also']>) => Promise<T>): Promise<T> {
    return this.#within((server) => question(server.also!));
  }

  handle(request: KubeRequest): Promise<KubeResponse> {
    return this.#within((server) => server.api.handle(request));
  }

  #within<T>(question: (server: KubeServerOptions) => Promise<T>): Promise<T> {
    const gateway = this.#running[(this.#turn += 1) % Math.max(1, this.#running.length)];
    if (!gateway) return Promise.reject(new TransientFailure('no gateway answers'));
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => reject(new TransientFailure('no answer from the gateway'));
      const cancel = this.#timeline.after(PATIENCE_MS, giveUp);
      gateway.process.run(() => {
        const asked = question(gateway.server);
        asked.finally(cancel).then(resolve, reject);
      });
    });
  }
}
