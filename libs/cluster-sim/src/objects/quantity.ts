const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity (`100m`, `1.5`, `64Mi`, `1e3`) as a number; 0 for what is none, since the API lets it pass. */
export const quantityOf = (value: string | number | undefined): number => {
  if (typeof value === 'number') return value;
  const [, digits, suffix = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(value ?? '') ?? [];
  const number = Number(digits) * (FACTORS[suffix] ?? Number.NaN);
  return Number.isFinite(number) ? number : 0;
};
