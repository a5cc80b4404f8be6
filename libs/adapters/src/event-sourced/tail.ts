import { TerminalFailure } from '@skerry/kernel/errors';
import type { Clock } from '@skerry/ports/clock/clock';
import { storeBehind } from '@skerry/ports/event-store/store-behind';
import { Following } from '@skerry/ports/event-store/following';
import { lastRows } from '@skerry/ports/event-store/last-rows';
import type { Category, EventStore, Position, StoredEvent } from '@skerry/ports/event-store/event-store';

export interface TailOptions {
  readonly store: EventStore;
  readonly clock: Clock;
  /** in position order, each once */
  readonly fold: (event: StoredEvent) => void;
  /** everything up to here was folded */
  readonly onAdvanced: (through: Position) => void;
  readonly onFailure: (error: unknown) => void;
}

const PAGE = 2_000;

/** Follows the store itself, in position order: what answers reads must know exactly up to where it knows. */
export class Tail {
  readonly #options: TailOptions;
  readonly #following: Following;
  readonly #waiting = new Set<{ position: Position; resolve: () => void; reject: (error: unknown) => void }>();
  #through: Position = 0;
  #incarnation = '';
  #failure: unknown;
  /** what was asked last, and what is asked when that is answered */
  #head: Promise<Position> = Promise.resolve(0);
  #nextHead: Promise<Position> | undefined;
  #stopListening: () => void = () => {};

  constructor(options: TailOptions) {
    this.#options = options;
    this.#following = new Following({
      clock: options.clock,
      through: () => this.#through,
      read: () => this.#readPage(),
      onFailed: (error) => this.#failure === undefined && this.#options.onFailure(error),
    });
  }

  /** Loads the last row of every stream by `load`, then follows from the head as of before. */
  async start(categories: readonly Category[], load: (event: StoredEvent) => void): Promise<Position> {
    const { store } = this.#options;
    const head = await store.head();
    this.#incarnation = head.incarnation;
    for (const category of categories) await this.#loadCategory({ category, upTo: head.position, load });
    this.#through = head.position;
    this.#stopListening = store.onAppended((head) => this.#following.hear(head));
    this.#following.start();
    return head.position;
  }

  stop(): void {
    this.#following.stop();
    this.#stopListening();
    for (const wait of this.#waiting) wait.reject(new TerminalFailure('stopping', { code: 'stopped' }));
    this.#waiting.clear();
  }

  get through(): Position {
    return this.#through;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Own rows at acknowledgement: folded without a read when they are the next ones. */
  offer(events: readonly StoredEvent[]): void {
    if (!this.#following.reading && events[0]?.position === this.#through + 1) this.#foldAll(events);
    else this.#following.hear(events.at(-1)?.position ?? 0);
  }

  async waitFor(position: Position): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#through >= position) return;
    this.#following.hear(position);
    await new Promise<void>((resolve, reject) => this.#waiting.add({ position, resolve, reject }));
  }

  /** Resolves when everything that was committed before the call is folded. */
  async fresh(): Promise<void> {
    // whoever comes while a question is under way may be later than its answer: all of them share the next one
    const position = await (this.#nextHead ??= this.#askNext());
    await this.waitFor(position);
  }

  async #askNext(): Promise<Position> {
    await this.#head.catch(() => undefined);
    this.#nextHead = undefined;
    this.#head = this.#askHead();
    return await this.#head;
  }

  async #askHead(): Promise<Position> {
    const through = this.#through;
    const head = await this.#options.store.head();
    if (head.incarnation !== this.#incarnation) {
      this.#fail(
        new TerminalFailure(`the store's incarnation changed to ${head.incarnation}`, { code: 'incarnation-changed' }),
      );
    } else if (head.position < through) this.#fail(storeBehind({ head: head.position, through }));
    return head.position;
  }

  async #loadCategory({
    category,
    upTo,
    load,
  }: {
    category: Category;
    upTo: Position;
    load: (event: StoredEvent) => void;
  }) {
    const pages = lastRows(this.#options.store, { category, upTo });
    for await (const rows of pages) rows.forEach(load);
  }

  async #readPage(): Promise<boolean> {
    const range = await this.#options.store.read({ after: this.#through, limit: PAGE });
    this.#foldAll(range.events);
    this.#advance(range.through);
    return range.events.length === PAGE;
  }

  #foldAll(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (event.position <= this.#through || this.#failure) continue;
      try {
        this.#options.fold(event);
      } catch (error) {
        return this.#fail(error);
      }
      this.#advance(event.position);
    }
  }

  #advance(through: Position): void {
    if (through <= this.#through || this.#failure) return;
    this.#through = through;
    this.#options.onAdvanced(through);
    for (const wait of this.#waiting) {
      if (wait.position > through) continue;
      this.#waiting.delete(wait);
      wait.resolve();
    }
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#following.stop();
    this.#options.onFailure(error);
    for (const wait of this.#waiting) wait.reject(error);
    this.#waiting.clear();
  }
}
