import { MAX_SOAK_MS, soakOf, validatePlacementPolicy } from './placement-policy.ts';

const refusals = (spec: object): string[] =>
  validatePlacementPolicy({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'PlacementPolicy',
    metadata: { name: 'p' },
    spec: { selects: [{ apiVersion: '*', kind: '*' }], ...spec },
  }).map(({ field, value, why }) => `${field} ${JSON.stringify(value)}: ${why}`);

const weight = (of: unknown): object => ({ division: { weights: [{ weight: of }] } });

describe('a placement policy', () => {
  it.each([
    [weight(1_000_001), 'spec.division.weights[0].weight 1000001: a whole number from 0 to 1000000'],
    [weight(-1), 'spec.division.weights[0].weight -1: a whole number from 0 to 1000000'],
    [{ division: { perCluster: [{ max: 2 ** 31 }] } }, 'spec.division.perCluster[0].max 2147483648: a whole number'],
    [{ division: { perCluster: [{ min: 2 ** 31 }] } }, 'spec.division.perCluster[0].min 2147483648: a whole number'],
    [{ movement: { soak: `${'9'.repeat(400)}h` } }, 'a duration from 21s to 168h, e.g. 25s'],
    [{ movement: { soak: '169h' } }, 'spec.movement.soak "169h": a duration from 21s to 168h'],
    [{ tolerations: [{ operator: 'exists' }] }, 'spec.tolerations[0].operator "exists": allowed: Exists, Equal, '],
    [{ tolerations: [{ effect: 'Never' }] }, 'spec.tolerations[0].effect "Never": allowed: NoSchedule, NoExecute, '],
  ])('that no service could carry out is refused by field: %j', (spec, said) => {
    expect(refusals(spec)).toEqual([expect.stringContaining(said)]);
  });

  it('may go to the limits', () => {
    const division = { weights: [{ weight: 1_000_000 }], perCluster: [{ min: 0, max: 2 ** 31 - 1 }] };
    const tolerations = [
      { operator: '', effect: '' },
      { operator: 'Exists', effect: 'NoExecute' },
    ];
    expect(refusals({ division, tolerations, movement: { soak: '168h' } })).toEqual([]);
  });

  it('that was stored with a longer soak soaks for a week', () => {
    expect(soakOf({ selects: [], movement: { soak: `${'9'.repeat(400)}h` } })).toBe(MAX_SOAK_MS);
  });
});
