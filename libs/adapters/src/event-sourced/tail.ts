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
/** Many times what the store takes to say where it ends. */
const PATIENCE_MS = 100;

/** Follows the store itself, in position order: what answers reads must know exactly up to where it knows. */
export class Tail {
  readonly #options: TailOptions;
  readonly #following: Following;
  readonly #waiting = new Set<{ position: Position; resolve: () => void; reject: (error: unknown) => void }>();
  #through: Position = 0;
  #incarnation = '';
  #failure: unknown;
  /** what the store is being asked, and what it is asked when that is answered */
  #question: Promise<Position> | undefined;
  #nextQuestion: Promise<Position> | undefined;
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
    this.#stopListening = store.onAppended((position) => this.#following.hear(position));
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
    const position = await (this.#nextQuestion ??= this.#askNext());
    await this.waitFor(position);
  }

  async #askNext(): Promise<Position> {
    await (this.#question && this.#answered(this.#question));
    this.#nextQuestion = undefined;
    const question = this.#askHead();
    this.#question = question;
    return await question.finally(() => {
      if (this.#question === question) this.#question = undefined;
    });
  }

  /** Answered, or it hangs, on a connection that is cut: then others are asked beside it. */
  #answered(question: Promise<Position>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(PATIENCE_MS, resolve);
      const answered = (): void => (cancel(), resolve());
      question.then(answered, answered);
    });
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
