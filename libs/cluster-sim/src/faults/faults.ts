import type { Admission } from '@skerry/kube-api/options';
import type { KubeRequest, KubeResponse } from '@skerry/kube-api/request';
import { forbidden, invalid } from '@skerry/kube-api/status-errors/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import { TroubledStream } from './troubled-stream.ts';

/** Takes the fault back; harmless when it is over already. */
export type Undo = () => void;

/** How often something happens: the next so many requests, or each with this probability (0 to 1). */
export type HowOften = { readonly next: number } | { readonly fraction: number };

export interface Refusal {
  /** Plural name of the resource. */
  readonly resource: string;
  readonly group?: string;
  /** 403 as a quota says it, or 422 with the field as its cause. */
  readonly status: 403 | 422;
  readonly message: string;
  /** For 422. */
  readonly field?: string;
}

/** What only the cluster's inside can do about a fault. */
export interface FaultOrders {
  readonly setLost: (node: string, lost: boolean) => void;
  readonly forgetHistory: () => Promise<void>;
  /** pods of this image are looked at again */
  readonly imageChanged: (image: string) => void;
  readonly setFrozen: (part: FrozenPart, frozen: boolean) => void;
}

/** `controllers`: whatever kube-controller-manager runs. `nodes`: what starts and ends pods. */
export type FrozenPart = 'controllers' | 'nodes';

interface Answering {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly fraction: number | undefined;
  left: number;
}

/** The image tag that never gets ready, in every cluster. */
export const NEVER_READY_TAG = ':never-ready';

/** Trouble on demand. Everything starts at once and lasts until it is taken back or used up. */
export class Faults {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #orders: () => FaultOrders;
  readonly #answers = new Set<Answering>();
  readonly #delays = new Set<{ readonly delayMs: number }>();
  readonly #refusals = new Set<Refusal>();
  readonly #images = new Set<string>();
  readonly #streams = new Set<TroubledStream>();
  readonly #downListeners = new Set<() => void>();
  #down = 0;

  constructor({ clock, random, orders }: { clock: Clock; random: () => number; orders: () => FaultOrders }) {
    this.#clock = clock;
    this.#random = random;
    this.#orders = orders;
  }

  get isDown(): boolean {
    return this.#down > 0;
  }

  /** Streams that are open now. */
  get openWatches(): number {
    return this.#streams.size;
  }

  /** The API answers nobody: requests get no answer, watches break. Controllers and nodes go on. */
  takeApiDown(): Undo {
    this.#down += 1;
    for (const stream of [...this.#streams]) stream.breakOff();
    for (const listener of this.#downListeners) listener();
    return once(() => (this.#down -= 1));
  }

  /** Told whenever the API goes down, so that a server can cut its connections. */
  onApiDown(listener: () => void): Undo {
    this.#downListeners.add(listener);
    return () => void this.#downListeners.delete(listener);
  }

  /** Every request waits so long first. */
  slow(delayMs: number): Undo {
    const delay = { delayMs };
    this.#delays.add(delay);
    return () => void this.#delays.delete(delay);
  }

  /** Answers 429 with `Retry-After`. */
  overload(often: HowOften, retryAfterSeconds = 1): Undo {
    const headers = { 'retry-after': String(retryAfterSeconds) };
    return this.#answer({ status: 429, headers, reason: 'TooManyRequests' }, often);
  }

  /** Answers 500. */
  fail(often: HowOften): Undo {
    return this.#answer({ status: 500, headers: {}, reason: 'InternalError' }, often);
  }

  /** Ends all watches that are open, in good order. */
  dropWatches(): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  /** Leaves all watches that are open in silence, for good. */
  stallWatches(): void {
    for (const stream of this.#streams) stream.stall();
  }

  /** Older versions are forgotten: watches and `continue` tokens from before get 410. */
  expireVersions(): Promise<void> {
    return this.#orders().forgetHistory();
  }

  /** A node stops answering: NotReady, its pods lose Ready and are evicted after a while. Throws RangeError if there is none. */
  loseNode(node: string): Undo {
    this.#orders().setLost(node, true);
    return once(() => this.#orders().setLost(node, false));
  }

  /** Pods with this image do not get ready, and lose it if they are. */
  neverReady(image: string): Undo {
    this.#images.add(image);
    this.#orders().imageChanged(image);
    return once(() => {
      this.#images.delete(image);
      this.#orders().imageChanged(image);
    });
  }

  /** Refuses to create or change objects of one resource. */
  refuse(refusal: Refusal): Undo {
    this.#refusals.add(refusal);
    return () => void this.#refusals.delete(refusal);
  }

  /** That part stands still, as a process that is stopped; afterwards it does what it has missed. */
  freeze(part: FrozenPart): Undo {
    this.#orders().setFrozen(part, true);
    return once(() => this.#orders().setFrozen(part, false));
  }

  isNeverReady(image: string): boolean {
    return image.endsWith(NEVER_READY_TAG) || this.#images.has(image);
  }

  /** Admission of the API, in which refusals happen. */
  readonly admission: Admission = ({ operation, resource, subresource, name }) => {
    if (operation === 'DELETE' || subresource !== '') return undefined;
    for (const refusal of this.#refusals) {
      if (refusal.resource !== resource.plural || (refusal.group ?? '') !== resource.group) continue;
      if (refusal.status === 403) throw forbidden(resource, name, refusal.message);
      const problem = {
        field: refusal.field ?? 'spec',
        reason: 'FieldValueInvalid',
        message: refusal.message,
      } as const;
      throw invalid(resource, name, [problem]);
    }
    return undefined;
  };

  /** Runs a request through the present faults. Rejects when the API is down, before or while it waits. */
  async pass(request: KubeRequest, handle: (request: KubeRequest) => Promise<KubeResponse>): Promise<KubeResponse> {
    this.#requireUp();
    for (const { delayMs } of [...this.#delays]) {
      await new Promise<void>((resolve) => this.#clock.after(delayMs, resolve));
      this.#requireUp();
    }
    for (const answering of [...this.#answers]) {
      if (this.#happens(answering)) return refusalAnswer(answering);
    }
    const response = await handle(request);
    if (response.stream === undefined) return response;
    const stream = new TroubledStream(response.stream, (ended) => this.#streams.delete(ended));
    this.#streams.add(stream);
    return { ...response, stream };
  }

  #requireUp(): void {
    if (this.isDown) throw new Error('connection refused: the API is down');
  }

  #answer(what: Pick<Answering, 'status' | 'headers' | 'reason'>, often: HowOften): Undo {
    const fraction = 'fraction' in often ? often.fraction : undefined;
    const answering = { ...what, fraction, left: 'next' in often ? often.next : Infinity };
    this.#answers.add(answering);
    return () => void this.#answers.delete(answering);
  }

  #happens(answering: Answering): boolean {
    if (answering.fraction !== undefined) return this.#random() < answering.fraction;
    answering.left -= 1;
    if (answering.left <= 0) this.#answers.delete(answering);
    return answering.left >= 0;
  }
}

const refusalAnswer = ({ status, headers, reason }: Answering): KubeResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason,
    message: `the simulated API answers ${status}`,
    code: status,
  }),
});

const once = (undo: () => void): Undo => {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    undo();
  };
};
