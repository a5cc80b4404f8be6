import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Random } from '../world/random.ts';

let random = new Random(0, 'production');

/**
 * All randomness and timers of the code that is simulated, from the seed. Replaced where Node keeps them, before anything
 * else is loaded, so that production code needs no hook for it.
 */
export const bindDeterminism = (): void => {
  const crypto = createRequire(import.meta.url)('node:crypto') as {
    randomUUID: () => string;
    randomBytes: (size: number) => Buffer;
  };
  crypto.randomUUID = () => random.uuid();
  crypto.randomBytes = (size) => Buffer.from(Array.from({ length: size }, () => random.whole(0, 255)));
  syncBuiltinESMExports();
  Math.random = () => random.next();
  // A deadline of the member's client: the link that plays the client keeps it, in virtual time.
  AbortSignal.timeout = (delayMs) => Object.assign(new AbortController().signal, { delayMs });
};

export const reseed = (seed: number): void => {
  random = new Random(seed, 'production');
};
