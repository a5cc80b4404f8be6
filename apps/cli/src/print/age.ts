const STEPS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
];

/** `5s`, `12m`, `3h`, `9d`: the largest whole unit of which there are two or more. */
export const age = (from: string | undefined, now: Date): string => {
  if (!from) return '';
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(from)) / 1_000));
  for (const [size, unit] of STEPS) if (seconds >= 2 * size) return `${Math.floor(seconds / size)}${unit}`;
  return `${seconds}s`;
};
