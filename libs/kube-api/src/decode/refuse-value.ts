import { badRequest } from '../status-errors/errors.ts';
import { MAX_DEPTH } from './scan-json.ts';

/** What no store and no client keeps as it is, refused by name. */
export function refuseKey(path: string): Error {
  return badRequest(`field ${JSON.stringify(path)}: a key named __proto__ cannot be stored`);
}

export function tooDeep(): Error {
  return badRequest(`the body is nested too deep: lists and objects may lie in each other ${MAX_DEPTH} deep at most`);
}

/** Kubernetes reads whole numbers of 64 bits; here a number that would be rounded is refused instead. */
export function refuseInexact({ path, written }: { path: string; written: string }): Error {
  return badRequest(
    `field ${JSON.stringify(path)}: the number ${written.slice(0, 60)} cannot be stored exactly; allowed are whole numbers ` +
      `of at most ${Number.MAX_SAFE_INTEGER}, and numbers that a double holds; a larger one may be written as a text`,
  );
}

/** Throws for a text or a key with half of a surrogate pair: no UTF-8 can carry it. */
export function refuseHalfSurrogates(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw badRequest(`field ${JSON.stringify(path)} holds half of a surrogate pair`);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => refuseHalfSurrogates(item, `${path}[${index}]`));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      const below = path === '' ? key : `${path}.${key}`;
      if (!key.isWellFormed()) throw badRequest(`a key in ${JSON.stringify(path)} holds half of a surrogate pair`);
      refuseHalfSurrogates(field, below);
    }
  }
}

/** Whether lists and objects lie in each other deeper than a body may have them; looks no deeper than that. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth > MAX_DEPTH || Object.values(value).some((below) => isTooDeep(below, depth + 1));
}
