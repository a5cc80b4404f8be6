import { randomUUID } from 'node:crypto';
import type { HubAnswer, HubApi } from '@skerry/all-in-one/api/hub-api';

export interface ChangeStreamOptions {
  readonly api: HubApi;
  readonly namespace: string;
  readonly perSecond: number;
  /** objects that are written in turn */
  readonly objects: number;
}

/** What went wrong with a change, after it was tried a second time. */
export interface LostChange {
  readonly name: string;
  readonly why: string;
}

/**
 * Writes ConfigMaps at a steady rate, each change with a number of its own. One that is not answered, or answered 5xx, is
 * sent once more under the same command id, as a careful client does.
 */
export class ChangeStream {
  readonly #options: ChangeStreamOptions;
  readonly #flying = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  /** name → number of the last change that was answered */
  readonly answered = new Map<string, number>();
  readonly lost: LostChange[] = [];
  acknowledged = 0;
  retried = 0;
  sent = 0;

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#send(), 1_000 / options.perSecond);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#flying);
  }

  #send(): void {
    const number = this.sent++;
    const name = `change-${number % this.#options.objects}`;
    // The objects in turn, so that no two changes of one are on their way at once and the last answered is the last.
    const writing = this.#write(name, number).then(() => void this.#flying.delete(writing));
    this.#flying.add(writing);
  }

  async #write(name: string, number: number): Promise<void> {
    const id = randomUUID();
    const first = await this.#try({ name, number, id });
    if (typeof first !== 'string') return this.#note(name, number);
    this.retried += 1;
    const second = await this.#try({ name, number, id });
    if (typeof second !== 'string') return this.#note(name, number);
    this.lost.push({ name, why: `${first}; then ${second}` });
  }

  #note(name: string, number: number): void {
    this.acknowledged += 1;
    this.answered.set(name, Math.max(number, this.answered.get(name) ?? 0));
  }

  /** a text: why it was not done */
  async #try(change: { name: string; number: number; id: string }): Promise<HubAnswer | string> {
    const { api, namespace } = this.#options;
    const { name, number, id } = change;
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}?fieldManager=changes&force=true`;
    const metadata = { name, namespace };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { number: String(number) } };
    try {
      const answer = await api.call('PATCH', path, { body, type: 'application/apply-patch+yaml', id });
      return answer.status < 300 ? answer : `${answer.status} ${answer.body?.message ?? ''}`;
    } catch (error) {
      return String(error);
    }
  }
}
