import { describe, expect, it } from '@jest/globals';
import { infraOf } from './infra.ts';

describe('where PostgreSQL, NATS and Kafka of tests come from', () => {
  it.each([
    [undefined, 'local'],
    ['', 'local'],
    ['local', 'local'],
    ['containers', 'containers'],
  ])('%j means %s', (SKERRY_TEST_INFRA, wanted) => {
    expect(infraOf({ SKERRY_TEST_INFRA })).toBe(wanted);
  });

  it('anything else is refused with what is allowed: no run shall be green on what nobody asked for', () => {
    expect(() => infraOf({ SKERRY_TEST_INFRA: 'docker' })).toThrow(
      'SKERRY_TEST_INFRA is "docker"; allowed: local, containers',
    );
  });
});
