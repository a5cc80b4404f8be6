const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** A UUID (version 4 in form) from a seeded source: the same seed gives the same row of them. */
export const uuidFrom = (random: () => number): string => {
  const hex = (digits: number): string =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(8)}${hex(4)}`;
};

/** Five letters as Kubernetes puts them behind generated names. */
export const suffixFrom = (random: () => number): string => {
  let number = Math.floor(random() * LETTERS.length ** 5);
  let suffix = '';
  for (let index = 0; index < 5; index++) {
    suffix += LETTERS[number % LETTERS.length];
    number = Math.floor(number / LETTERS.length);
  }
  return suffix;
};
