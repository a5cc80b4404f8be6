import { type Attempt, attemptOf, firstObjects } from '@skerry/testing/bad-input/attempts';
import { BadInputRun } from './bad-input.spec-support.ts';
import { startMemoryHub } from './memory-hub.spec-support.ts';

// SKERRY_BAD_INPUT_RUNS, _SEED and _FROM: more of them by night, or one of them again
const count = Number(process.env['SKERRY_BAD_INPUT_RUNS'] ?? 10_000);
const seed = Number(process.env['SKERRY_BAD_INPUT_SEED'] ?? 20_261_122);
const from = Number(process.env['SKERRY_BAD_INPUT_FROM'] ?? 0);
const CHUNK = 250;

describe('whatever is sent to the hub', () => {
  it(
    'is stored and rendered exactly, or refused by field, and stops nobody else',
    async () => {
      console.info(`bad input: seed ${seed}, attempts ${from} to ${from + count - 1}`);
      const run = await BadInputRun.start(await startMemoryHub());
      try {
        for (const object of firstObjects()) await run.put(object);
        for (let at = from; at < from + count; at += CHUNK) {
          const chunk: Attempt[] = [];
          for (let index = at; index < Math.min(at + CHUNK, from + count); index++) chunk.push(attemptOf(seed, index));
          await run.make(chunk);
        }
        await run.settle();
        console.info(run.summary);
        expect(run.faults.slice(0, 30).join('\n')).toBe('');
      } finally {
        await run.close();
      }
    },
    30 * 60_000,
  );
});
