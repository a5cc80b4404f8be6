import { BadInputRun } from '@skerry/testing/bad-input/run';
import { readHubAccess } from '../api/hub-access.ts';
import { startMemoryHub } from './memory-hub.spec-support.ts';

// SKERRY_BAD_INPUT_RUNS, _SEED and _FROM: more of them by night, or some of them again
const count = Number(process.env['SKERRY_BAD_INPUT_RUNS'] ?? 10_000);
const seed = Number(process.env['SKERRY_BAD_INPUT_SEED'] ?? 20_261_122);
const from = Number(process.env['SKERRY_BAD_INPUT_FROM'] ?? 0);
/** ten times what a busy machine takes */
const DEADLINE_MS = 60_000 + count * 60;

describe('whatever is sent to the hub', () => {
  const title = 'is stored and rendered exactly, or refused by field, and stops nobody else';
  const test = async (): Promise<void> => {
    console.info(`bad input: seed ${seed}, attempts ${from} to ${from + count - 1}`);
    const hub = await startMemoryHub();
    const members = [await hub.join('a'), await hub.join('b')];
    const run = await BadInputRun.start({
      ...readHubAccess(hub.kubeconfigPath),
      members: members.map(({ text }) => text),
      arrives: () => true,
      unhealthy: () => [...hub.hub.unhealthy(), ...(hub.hub.ready() ? [] : ['a service is not at the head'])],
    });
    try {
      await run.makeAll({ seed, from, count });
      console.info(run.summary);
      expect(run.faults.slice(0, 30).join('\n')).toBe('');
    } finally {
      await run.close();
      await hub.close();
    }
  };
  it(title, test, DEADLINE_MS);
});
