import { TransientFailure } from '@skerry/kernel/errors';
import type { Process } from './process.ts';
import type { Random } from './random.ts';

/** How bad the world is, as chances of one call or message. All 0: nothing goes wrong. */
export interface Weather {
  /** a call or message takes a while */
  slow: number;
  /** how long then, at most */
  slowMs: number;
  /** a call fails: half of them before it was done, half after */
  failed: number;
  /** an event or core message does not come */
  lost: number;
  /** it comes twice */
  repeated: number;
  /** it comes after its successors */
  reordered: number;
  /** a report is lost by the bus although it was accepted */
  reportLost: number;
  /** a report reaches the intake so much later; the beats do not */
  reportsLateMs: number;
}

export const calm = (): Weather => ({
  slow: 0,
  slowMs: 0,
  failed: 0,
  lost: 0,
  repeated: 0,
  reordered: 0,
  reportLost: 0,
  reportsLateMs: 0,
});

/** What is between one process and the rest. */
export class Link {
  readonly process: Process;
  readonly random: Random;
  /** of the whole fleet; changed by whoever makes trouble */
  readonly weather: Weather;
  /** nothing passes to and from the hub's side */
  isCut = false;

  constructor({ process, random, weather }: { process: Process; random: Random; weather: Weather }) {
    this.process = process;
    this.random = random;
    this.weather = weather;
  }

  get delayMs(): number {
    const { slow, slowMs } = this.weather;
    return slow > 0 && this.random.chance(slow) ? this.random.next() * slowMs : 0;
  }

  /** Asks somebody else. `failed`: the caller sees a TransientFailure, whether it was done or not. */
  async call<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { process, random, weather } = this;
    const askMs = this.delayMs;
    if (askMs > 0) await process.sent(askMs);
    if (this.isCut) throw new TransientFailure(`${what}: the link is cut`);
    const fate = weather.failed > 0 && random.chance(weather.failed) ? random.pick(['before', 'after']) : 'done';
    if (fate === 'before') throw new TransientFailure(`${what}: failed before it was done`);
    const answer = await process.answer(work(), this.delayMs);
    if (fate === 'after' || this.isCut) throw new TransientFailure(`${what}: the answer was lost`);
    return answer;
  }
}
