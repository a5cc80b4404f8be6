/**
 * Time for shells; engines and deciders get it in their input. `now` is wall-clock time for records;
 * `monotonicMs` never jumps and is what ages, soaks and deadlines are measured with.
 */
export interface Clock {
  now(): Date;
  monotonicMs(): number;
  /** Calls `wake` once after at least `delayMs`; the returned function cancels. Never keeps the process alive. */
  after(delayMs: number, wake: () => void): () => void;
}
