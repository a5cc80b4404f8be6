import { parseQuantity, readQuantity } from './quantity.ts';

it.each([
  ['250m', 0.25],
  ['2', 2],
  [3, 3],
  ['1Gi', 2 ** 30],
  ['1.5k', 1_500],
  ['1e3', 1_000],
  ['1E', 1e18],
  ['12E2', 1_200],
  ['-.5', -0.5],
])('the quantity %s is %d', (text, value) => {
  expect(parseQuantity(text)).toBeCloseTo(value);
});

it.each(['', 'm', '12 apples', '1.2.3', '1kk', 'constructor'])('"%s" is no quantity', (text) => {
  expect(readQuantity(text)).toBeUndefined();
  expect(() => parseQuantity(text)).toThrow(`"${text}" is no quantity`);
});
