import type { Position } from '@skerry/ports/event-store/event-store';

/** Who waits until a channel is folded up to a position. */
export class PositionWaits {
  readonly #positionOf: (channel: string) => Position;
  readonly #waits = new Set<{ channel: string; position: Position; resolve: () => void }>();

  constructor(positionOf: (channel: string) => Position) {
    this.#positionOf = positionOf;
  }

  async for(channel: string, position: Position): Promise<void> {
    if (this.#positionOf(channel) >= position) return;
    await new Promise<void>((resolve) => this.#waits.add({ channel, position, resolve }));
  }

  resolve(): void {
    for (const wait of this.#waits) {
      if (this.#positionOf(wait.channel) < wait.position) continue;
      this.#waits.delete(wait);
      wait.resolve();
    }
  }

  drop(): void {
    this.#waits.clear();
  }
}
