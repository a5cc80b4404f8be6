const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([A-Za-z]{0,2}))$/;

/** A Kubernetes quantity in its base unit (cores, bytes, pieces): `250m` is 0.25, `1Gi` 1073741824. undefined: it is none. */
export const readQuantity = (text: string | number | undefined): number | undefined => {
  const [, digits, exponent, suffix = ''] = QUANTITY.exec(String(text ?? '').trim()) ?? [];
  const factor = exponent ? Number(`1${exponent}`) : SUFFIXES[suffix];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
};

/** Like `readQuantity`; throws on anything that is no quantity. */
export const parseQuantity = (text: string | number): number => {
  const quantity = readQuantity(text);
  if (quantity === undefined) throw new Error(`"${text}" is no quantity, such as 250m, 2 or 1Gi`);
  return quantity;
};
