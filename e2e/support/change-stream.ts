import { randomUUID } from 'node:crypto';
import type { HubApi } from '@skerry/all-in-one/api/hub-api';

/** One request that changes one object. */
export interface ChangeCommand {
  readonly name: string;
  readonly method: 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

export interface ChangeStreamOptions {
  readonly api: HubApi;
  readonly perSecond: number;
  /** what change number n is; objects in turn */
  readonly commandOf: (number: number) => ChangeCommand;
  /** how long a change is sent again and again under its id; default: it is sent once more and no longer */
  readonly patienceMs?: number;
}

/** ConfigMaps in turn, each with the number of its last change. */
export const notesIn =
  (namespace: string, objects: number) =>
  (number: number): ChangeCommand => {
    const name = `change-${number % objects}`;
    return {
      name,
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/configmaps/${name}?fieldManager=changes&force=true`,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { number: String(number) } },
    };
  };

/** What went wrong with a change, after it was tried again. */
export interface LostChange {
  readonly name: string;
  readonly why: string;
}

const PAUSE_MS = 250;

/**
 * Writes at a steady rate, each change with a number of its own. One that is not answered, or answered 5xx, is sent again
 * under the same command id, as a careful client does. While a change of an object is on its way no other is sent for it,
 * so that the last answered is the last.
 */
export class ChangeStream {
  readonly #options: ChangeStreamOptions;
  readonly #flying = new Map<string, Promise<void>>();
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
    await Promise.all(this.#flying.values());
  }

  #send(): void {
    const number = this.sent++;
    const command = this.#options.commandOf(number);
    if (this.#flying.has(command.name)) return;
    const writing = this.#write(command, number).then(() => void this.#flying.delete(command.name));
    this.#flying.set(command.name, writing);
  }

  async #write(command: ChangeCommand, number: number): Promise<void> {
    const id = randomUUID();
    const endMs = performance.now() + (this.#options.patienceMs ?? 0);
    const first = await this.#try(command, id);
    let last = first;
    if (last !== undefined) this.retried += 1;
    for (let again = true; last !== undefined && again; again = performance.now() < endMs) {
      if (this.#options.patienceMs) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      last = await this.#try(command, id);
    }
    if (last !== undefined) return void this.lost.push({ name: command.name, why: `${first}; then ${last}` });
    this.acknowledged += 1;
    this.answered.set(command.name, number);
  }

  /** a text: why it was not done */
  async #try({ method, path, body }: ChangeCommand, id: string): Promise<string | undefined> {
    const type = 'application/apply-patch+yaml';
    try {
      const { status, body: said } = await this.#options.api.call(method, path, { body, type, id });
      // a delete that is repeated finds nothing: that is its answer
      const isDone = status < 300 || (method === 'DELETE' && status === 404);
      return isDone ? undefined : `${status} ${said?.message ?? ''}`;
    } catch (error) {
      return String(error);
    }
  }
}
