import type { StoredEvent } from '@skerry/ports/event-store/event-store';
import { wholeCategories } from '@skerry/runtime/consumer/channel-selection';
import { Consumer } from '@skerry/runtime/consumer/consumer';
import { silentLog } from '@skerry/runtime/telemetry/log';
import { BusLink } from '../world/bus-link.ts';
import { Link } from '../world/faults.ts';
import { Process } from '../world/process.ts';
import { Random } from '../world/random.ts';
import { storeThrough } from '../world/store-link.ts';
import type { World } from '../world/world.ts';
import type { Verdicts } from './broken.ts';

/**
 * P2 seen from inside: a consumer of the kind that every service has, on a bus as bad as theirs, whose fold only writes down
 * what it is given. Each channel must come whole, in order and once.
 */
export class Probe {
  readonly #verdicts: Verdicts;
  readonly #world: World;
  #starts = 0;
  #consumer: Consumer | undefined;
  #process: Process | undefined;

  constructor({ world, verdicts }: { world: World; verdicts: Verdicts }) {
    this.#world = world;
    this.#verdicts = verdicts;
  }

  start(): void {
    this.#process?.kill();
    const { timeline, weather, seed, hub } = this.#world;
    const process = new Process(`probe#${(this.#starts += 1)}`, timeline);
    const link = new Link({ process, random: new Random(seed, process.name), weather });
    const last = new Map<string, number>();
    let startedAt: number | undefined;
    const consumer = new Consumer({
      name: process.name,
      selection: wholeCategories('manifest', 'cluster', 'selection', 'placement', 'desired', 'observed'),
      store: storeThrough(link, { store: hub.store.events, onAppend: () => {} }),
      bus: new BusLink({ link, timeline, bus: () => hub.bus, reportsDueMs: hub.reportsDueMs }),
      clock: process.clock,
      log: silentLog,
      fold: (event) => {
        if (consumer.state === 'live') startedAt ??= consumer.through;
        this.#fold(event, { last, startedAt });
      },
    });
    this.#process = process;
    this.#consumer = consumer;
    consumer.start().catch(() => timeline.after(500, () => process.isAlive && this.start()));
  }

  /** How far it is behind the store; undefined while it starts. */
  async lag(): Promise<number | undefined> {
    const { position } = await this.#world.hub.store.events.head();
    return this.#consumer?.state === 'live' ? position - this.#consumer.through : undefined;
  }

  get failure(): unknown {
    return this.#consumer?.failure;
  }

  /** A start reads the last event of every stream: what is older than that is not missed. */
  #fold(event: StoredEvent, { last, startedAt }: { last: Map<string, number>; startedAt: number | undefined }): void {
    const before = Math.max(last.get(event.channel) ?? 0, startedAt ?? 0);
    last.set(event.channel, Math.max(event.position, last.get(event.channel) ?? 0));
    if (startedAt === undefined) return;
    if (event.position <= before)
      this.#verdicts.broken('P2', `${event.channel}: position ${event.position} was folded after ${before}`);
    else if (event.channelPrev > before)
      this.#verdicts.broken(
        'P2',
        `${event.channel}: ${event.channelPrev} was skipped, ${event.position} came after ${before}`,
      );
  }
}
