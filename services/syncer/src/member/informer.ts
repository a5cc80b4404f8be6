import type { Clock } from '@skerry/ports/clock/clock';
import type { Member } from '@skerry/ports/member/member';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import type { Log } from '@skerry/runtime/telemetry/log';
import { listPages } from './kube-calls.ts';

export interface InformerOptions {
  readonly member: Member;
  readonly clock: Clock;
  readonly log: Log;
  readonly path: string;
  /** label selector, empty for all */
  readonly selector: string;
  readonly onPut: (object: KubeObject) => void;
  readonly onGone: (object: KubeObject) => void;
  /** a whole list was handed out: whatever was not in it is gone */
  readonly onListed: (present: ReadonlySet<string>) => void;
  /** 0 to 1, for jitter */
  readonly random: () => number;
}

const WATCH_MS = 270_000;
const FIRST_BACK_OFF_MS = 100;
const LAST_BACK_OFF_MS = 5_000;

/**
 * List, then watch, for ever: with bookmarks, from the last version after a cut, and a new list only when the server no
 * longer has that version. Stops only when told to.
 */
export class Informer {
  readonly #options: InformerOptions;
  readonly #abort = new AbortController();
  /** ends the watch that is open */
  #endWatch = (): void => {};
  #version = '';
  #failures = 0;
  #isSynced = false;
  #trouble = '';
  #synced: Promise<void>;
  #resolveSynced: () => void = () => {};

  constructor(options: InformerOptions) {
    this.#options = options;
    this.#synced = new Promise((resolve) => (this.#resolveSynced = resolve));
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
    this.#resolveSynced();
  }

  /** The server has another history than the one that was followed: a version of that one means nothing in it. */
  relist(): void {
    this.#version = '';
    this.#endWatch();
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** What went wrong last; empty when nothing did since the last list. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Resolves after the first whole list, or when it is stopped. */
  get synced(): Promise<void> {
    return this.#synced;
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        if (this.#version === '') await this.#list();
        await this.#watch();
        this.#failures = 0;
      } catch (error) {
        await this.#backOff(error);
      }
    }
  }

  async #list(): Promise<void> {
    const { member, path, selector, onPut, onListed } = this.#options;
    const present = new Set<string>();
    const onPage = (items: readonly KubeObject[]): void => {
      for (const object of items) {
        present.add(object.metadata.uid ?? '');
        onPut(object);
      }
    };
    this.#version = await listPages(member, { path, selector, onPage });
    onListed(present);
    this.#trouble = '';
    this.#isSynced = true;
    this.#resolveSynced();
  }

  async #watch(): Promise<void> {
    const { member, path, selector, random } = this.#options;
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version,
      timeoutSeconds: String(Math.round((WATCH_MS * (0.9 + 0.2 * random())) / 1_000)),
    });
    if (selector !== '') query.set('labelSelector', selector);
    const own = new AbortController();
    this.#endWatch = () => own.abort();
    const signal = AbortSignal.any([this.#abort.signal, own.signal]);
    for await (const { type, object } of member.watch({ path: `${path}?${query}`, signal })) {
      // what was on its way when the list was ordered is of the old history
      if (own.signal.aborted) return;
      this.#failures = 0;
      if (type === 'ERROR') return this.#onError(object);
      this.#take(type, object as KubeObject);
    }
  }

  #take(type: string, object: KubeObject): void {
    this.#version = object.metadata.resourceVersion ?? this.#version;
    if (type === 'ADDED' || type === 'MODIFIED') this.#options.onPut(object);
    else if (type === 'DELETED') this.#options.onGone(object);
  }

  #onError(status: unknown): void {
    const { code, message } = (status ?? {}) as { code?: number; message?: string };
    if (code === 410) this.#version = '';
    else throw new Error(`watch answered ${code ?? 'an error'}: ${message ?? ''}`);
  }

  async #backOff(error: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#failures += 1;
    this.#trouble = error instanceof Error ? error.message : String(error);
    const { clock, log, path, random } = this.#options;
    if (this.#failures === 3) log.warn({ path, error }, 'watch keeps failing, trying on');
    const delayMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (this.#failures - 1), LAST_BACK_OFF_MS) * (0.75 + 0.5 * random());
    await new Promise<void>((resolve) => clock.after(delayMs, resolve));
  }
}
