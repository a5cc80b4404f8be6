import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/fleet.ts';
import { type SeparateFleet, startSeparateFleet } from '../support/separate-fleet.ts';

let fleet: SeparateFleet;
beforeAll(async () => void (fleet = await startSeparateFleet()), 180_000);
afterAll(() => fleet?.close(), 60_000);

describe('a hub of separate processes', () => {
  it('runs', async () => {
    const { status } = await fleet.api.call('GET', '/api/v1/namespaces');
    expect(status).toBe(200);
    await eventually('x', async () => true);
  }, 60_000);
});
