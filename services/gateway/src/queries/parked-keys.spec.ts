import { MemoryBus } from '@skerry/adapters/memory/bus';
import { encodeParked, PARKED_SUBJECT } from '@skerry/runtime/service/parked';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { StatusView } from '../view/status-view.ts';
import { ParkedKeys } from './parked-keys.ts';

it('a report of parked keys that cannot be read is said and ignored, and the next one is taken', async () => {
  const bus = new MemoryBus();
  const said: string[] = [];
  const parked = new ParkedKeys({ log: { warn: (_keys, message) => void said.push(message) } });
  await parked.start(bus);
  for (const text of ['{', 'null', '{"service":"rollout"}'])
    bus.publish(`${PARKED_SUBJECT}.rollout`, Buffer.from(text));
  const keys = [{ key: 'u1', reason: 'too large', since: '2026-01-01T00:00:00Z' }];
  bus.publish(`${PARKED_SUBJECT}.rollout`, encodeParked({ service: 'rollout', keys }));
  await waitUntil('the whole one is there', { holds: async () => parked.all(new StatusView()).length > 0 });
  expect(parked.all(new StatusView())).toEqual([expect.objectContaining({ service: 'rollout', key: 'u1' })]);
  expect(said).toEqual(Array.from({ length: 3 }, () => 'report of parked keys that cannot be read ignored'));
  await parked.stop();
  await bus.close();
});
