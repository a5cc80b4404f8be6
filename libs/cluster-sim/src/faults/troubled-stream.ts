import type { KubeStream } from '@skerry/kube-api/request';

type State = 'live' | 'ended' | 'broken' | 'stale';

/** A watch that can be ended, broken off, or left open without ever saying anything again. */
export class TroubledStream implements KubeStream {
  readonly #inner: KubeStream;
  readonly #onEnd: (stream: TroubledStream) => void;
  #state: State = 'live';
  #closed = false;
  #release: () => void = () => {};

  constructor(inner: KubeStream, onEnd: (stream: TroubledStream) => void) {
    this.#inner = inner;
    this.#onEnd = onEnd;
  }

  /** The server ends it in good order. */
  end(): void {
    this.#trouble('ended');
  }

  /** The connection breaks: its reader gets an error. */
  breakOff(): void {
    this.#trouble('broken');
  }

  /** From now on silence, until the reader closes it or it is broken off. */
  stall(): void {
    if (this.#state === 'live') this.#state = 'stale';
  }

  close(): void {
    this.#closed = true;
    this.#inner.close();
    this.#release();
    this.#onEnd(this);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      for await (const line of this.#inner) {
        if (this.#state !== 'live') break;
        yield line;
      }
      if (this.#state === 'stale' && !this.#closed) await new Promise<void>((resolve) => (this.#release = resolve));
      if (this.#isBroken) throw new Error('the connection was broken off');
    } finally {
      this.close();
    }
  }

  /** Asked after a wait, in which it may have changed. */
  get #isBroken(): boolean {
    return this.#state === 'broken';
  }

  #trouble(state: State): void {
    this.#state = state;
    this.#inner.close();
    this.#release();
  }
}
