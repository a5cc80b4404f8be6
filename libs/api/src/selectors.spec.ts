import { matchesLabels } from './selectors.ts';

it.each(['constructor', 'toString', 'hasOwnProperty'])('%s is a label like any other', (key) => {
  const exists = { matchExpressions: [{ key, operator: 'Exists' as const }] };
  expect(matchesLabels(exists, {})).toBe(false);
  expect(matchesLabels(exists, { [key]: 'a' })).toBe(true);
  expect(matchesLabels({ matchExpressions: [{ key, operator: 'DoesNotExist' }] }, {})).toBe(true);
  expect(matchesLabels({ matchExpressions: [{ key, operator: 'NotIn', values: ['a'] }] }, {})).toBe(true);
  expect(matchesLabels({ matchLabels: { [key]: 'a' } }, { [key]: 'a' })).toBe(true);
});
